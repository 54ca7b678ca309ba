import { BackendError, NotANumberError } from '../../errors.js';
import { parseDecimalBytes } from '../../util/decimal.js';
import { Turns } from '../../util/turns.js';
import type { Item } from './client.js';
import { absent, unchanged } from './conditions.js';
import { expiryOf, type Items } from './items.js';
import type { Reads } from './reads.js';
import { REFUSED } from './table.js';
import type { Values } from './values.js';

/** How often others may get in between before we give up. */
const MAX_ATTEMPTS = 100;

/** Counters are values like any other, so that every write and every read understands them: they are read and replaced. */
export class Counters {
  readonly #keyAttribute: string;
  readonly #values: Values;
  readonly #items: Items;
  readonly #reads: Reads;
  readonly #cache: string;
  readonly #turns = new Turns();

  constructor(keyAttribute: string, items: Items, reads: Reads, values: Values, cache: string) {
    this.#keyAttribute = keyAttribute;
    this.#values = values;
    this.#items = items;
    this.#reads = reads;
    this.#cache = cache;
  }

  increment(key: string, delta: number, ttlMs: number | undefined, signal: AbortSignal | undefined): Promise<number> {
    return this.#turns.take(key, async () => {
      for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
        const sum = await this.#attempt(key, delta, ttlMs, signal);
        if (sum !== undefined) return sum;
      }
      throw new BackendError('too many others change this counter; nothing was changed', {
        cache: this.#cache,
        refused: true,
      });
    });
  }

  /** `undefined` = somebody else was faster. */
  async #attempt(
    key: string,
    delta: number,
    ttlMs: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<number | undefined> {
    const found = await this.#reads.get(key, signal);
    const sum = found === undefined ? delta : this.#sum(found, delta);
    const lifetime = found === undefined ? this.#items.lifetime(ttlMs) : this.#lifetimeOf(found);
    const condition = found === undefined ? absent(this.#keyAttribute) : unchanged(found['version']?.S ?? '');
    return (await this.#values.put(key, `${sum}`, lifetime, condition, signal)) === REFUSED ? undefined : sum;
  }

  #sum(found: Item, delta: number): number {
    const sum = (parseDecimalBytes(this.#items.bytesOf(found)) ?? Number.NaN) + delta;
    if (Number.isSafeInteger(sum)) return sum;
    throw new NotANumberError('the stored value, or the sum, is no safe integer; nothing was changed', {
      cache: this.#cache,
    });
  }

  #lifetimeOf(item: Item): Item {
    const expiresAt = expiryOf(item);
    return expiresAt === Infinity ? {} : this.#items.until(expiresAt);
  }
}
