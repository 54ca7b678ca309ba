import { BackendError, NotANumberError } from '../../errors.js';
import { parseDecimalBytes } from '../../util/decimal.js';
import { Turns } from '../../util/turns.js';
import { Opcode, type Reply, Status } from './packet.js';
import type { Servers } from './servers.js';
import { endOf, lifetime, until } from './storage.js';

/** How often others may get in between before we give up. */
const MAX_ATTEMPTS = 100;

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
   * Not the server's own counting: it knows no negative numbers, stops at 0, counts past what a number can hold, and pads
   * with blanks.
   */
  increment(key: string, delta: number, ttlMs: number | undefined): Promise<number> {
    return this.#repeat(key, async (found) => {
      if (found === undefined) {
        const value = Buffer.from(`${delta}`);
        const { status } = await this.#servers.one({ opcode: Opcode.add, key, value, extras: lifetime(ttlMs) });
        return status === Status.ok ? delta : undefined;
      }
      const count = parseDecimalBytes(found.value);
      const sum = (count ?? Number.NaN) + delta;
      if (!Number.isSafeInteger(sum)) {
        throw new NotANumberError('the stored value, or the sum, is no safe integer; nothing was changed', {
          cache: this.#cache,
        });
      }
      const written = await this.#replace(key, found, Buffer.from(`${sum}`), until(endOf(found.extras)));
      return written ? sum : undefined;
    });
  }

  expire(key: string, ttlMs: number | undefined): Promise<boolean> {
    return this.#repeat(key, async (found) => {
      if (found === undefined) return false;
      return (await this.#replace(key, found, found.value, lifetime(ttlMs))) ? true : undefined;
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
