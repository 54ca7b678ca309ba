import { BackendError, NotANumberError } from '../../errors.js';
import { parseDecimalBytes } from '../../util/decimal.js';
import { Turns } from '../../util/turns.js';
import type { Item } from './client.js';
import { absent, unchanged } from './conditions.js';
import { expiryOf, type Items } from './items.js';
import type { Reads } from './reads.js';
import { REFUSED, type Table } from './table.js';

/** How often others may get in between before we give up. */
const MAX_ATTEMPTS = 100;

/** Counters are values like any other, so that every write and every read understands them: they are read and replaced. */
export class Counters {
  readonly #table: Table;
  readonly #items: Items;
  readonly #reads: Reads;
  readonly #cache: string;
  readonly #turns = new Turns();

  constructor(table: Table, items: Items, reads: Reads, cache: string) {
    this.#table = table;
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
    const condition =
      found === undefined ? absent(this.#table.store.attributes.key) : unchanged(found['version']?.S ?? '');
    const Item = this.#items.entry(key, `${sum}`, lifetime);
    return (await this.#table.askIf('PutItem', { Item, ...condition }, signal)) === REFUSED ? undefined : sum;
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
