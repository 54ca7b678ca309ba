import { BackendError, NotANumberError, UnsupportedCommandError } from '../../errors.js';
import { parseDecimalBytes } from '../../util/decimal.js';
import { Turns } from '../../util/turns.js';
import { Opcode, type Reply, Status } from './packet.js';
import type { Servers } from './servers.js';
import { counting, endIsKnown, endOf, lifetime, until } from './storage.js';

/** How often others may get in between before we give up. */
const MAX_ATTEMPTS = 100;
/** The server counts up to 2^64. */
const LONGEST_COUNT = 20;
const BLANK = 0x20;

/** Commands that depend on what is there: they read, and write only if nobody wrote since. */
export class Rewriting {
  readonly #servers: Servers;
  readonly #cache: string;
  readonly #turns = new Turns();

  constructor(servers: Servers, cache: string) {
    this.#servers = servers;
    this.#cache = cache;
  }

  /**
   * Not the server's own counting, where it can be helped: it knows no negative numbers, stops at 0, counts past what a
   * number can hold, and pads with blanks.
   */
  increment(key: string, delta: number, ttlMs: number | undefined): Promise<number> {
    return this.#repeat(key, async (found) => {
      if (found === undefined) {
        const value = Buffer.from(`${delta}`);
        const { status } = await this.#servers.one({ opcode: Opcode.add, key, value, extras: lifetime(ttlMs) });
        return status === Status.ok ? delta : undefined;
      }
      const count = parseDecimalBytes(valueOf(found)) ?? Number.NaN;
      const sum = count + delta;
      if (!Number.isSafeInteger(sum)) {
        throw new NotANumberError('the stored value, or the sum, is no safe integer; nothing was changed', {
          cache: this.#cache,
        });
      }
      if (!endIsKnown(found.extras)) return this.#count(key, found, count, delta);
      const written = await this.#replace(key, found, Buffer.from(`${sum}`), until(endOf(found.extras)));
      return written ? sum : undefined;
    });
  }

  /** Only the server knows when the entry ends, and only its own counting leaves that as it is. */
  async #count(key: string, { cas }: Reply, count: number, delta: number): Promise<number | undefined> {
    if (count < 0 || count + delta < 0) {
      throw new UnsupportedCommandError(
        'increment: another program wrote this entry, and memcached does not count below 0; expire() it first, which makes it one of this cache',
        { cache: this.#cache },
      );
    }
    const opcode = delta < 0 ? Opcode.decrement : Opcode.increment;
    const { status, value } = await this.#servers.one({ opcode, key, extras: counting(Math.abs(delta)), cas });
    // Its own answer: where others count at the same time, a `GET` of memcached 1.6 may show a value with the next one's number.
    return status === Status.ok ? Number(value.readBigUInt64BE()) : undefined;
  }

  /** Whether the key is there. @param beginning what begins so is left alone, and answered with `null` */
  expire(key: string, ttlMs: number | undefined, beginning?: string): Promise<boolean | null> {
    return this.#repeat(key, async (found) => {
      if (found === undefined) return false;
      const value = valueOf(found);
      if (beginning !== undefined && value.toString('latin1', 0, beginning.length) === beginning) return null;
      return (await this.#replace(key, found, value, lifetime(ttlMs))) ? true : undefined;
    });
  }

  async #replace(key: string, { cas }: Reply, value: Buffer, extras: Buffer): Promise<boolean> {
    const { status } = await this.#servers.one({ opcode: Opcode.set, key, value, extras, cas });
    return status === Status.ok;
  }

  /** @param attempt answers `undefined` when somebody else was faster */
  #repeat<T>(key: string, attempt: (found: Reply | undefined) => Promise<T | undefined>): Promise<T> {
    return this.#turns.take(key, async () => {
      for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
        const outcome = await attempt(await this.#servers.get(key));
        if (outcome !== undefined) return outcome;
      }
      throw new BackendError('too many others change this entry; nothing was changed', {
        cache: this.#cache,
        refused: true,
      });
    });
  }
}

/** The server fills up with blanks what its own counting has made shorter; ours never does. */
function valueOf({ extras, value }: Reply): Buffer {
  if (endIsKnown(extras) || value.length > LONGEST_COUNT) return value;
  let end = value.length;
  while (end > 0 && value[end - 1] === BLANK) end--;
  const unpadded = value.subarray(0, end);
  return parseDecimalBytes(unpadded) === undefined ? value : unpadded;
}
