import type { CopyStore, NearEntry } from '../../contracts/near.js';
import type { Clock } from '../../util/clock.js';
import { NO_SLOT, type EntryStore } from './entry-store.js';
import type { EvictionCause } from './removals.js';

/** The entries of a store that have not expired; those that have are removed when somebody comes across them. */
export class LiveEntries implements CopyStore {
  hits = 0;
  misses = 0;
  readonly #store: EntryStore;

  constructor(
    store: EntryStore,
    readonly clock: Clock,
  ) {
    this.#store = store;
  }

  get size(): number {
    return this.#store.size;
  }

  get bytes(): number {
    return this.#store.bytes;
  }

  get weight(): number | undefined {
    return this.#store.weight;
  }

  get evictions(): Readonly<Record<EvictionCause, number>> {
    return this.#store.evictions;
  }

  get coldShare(): number | undefined {
    return this.#store.coldShare;
  }

  /** The slot of a live entry; {@link NO_SLOT} if there is none. */
  slotOf(key: string): number {
    const slot = this.#store.find(key);
    if (slot === NO_SLOT) return NO_SLOT;
    const expiresAt = this.#store.expiryOf(slot);
    // The clock costs as much as the look-up: it is read only for what can expire at all.
    if (expiresAt === Infinity || expiresAt > this.clock.now()) return slot;
    this.#store.expired(slot);
    return NO_SLOT;
  }

  valueOf(slot: number): unknown {
    return this.#store.valueOf(slot);
  }

  expiryOf(slot: number): number {
    return this.#store.expiryOf(slot);
  }

  /** {@link slotOf}, counted as a read: as a use, and in the statistics. */
  read(key: string): number {
    const slot = this.slotOf(key);
    if (slot === NO_SLOT) {
      this.misses++;
      return NO_SLOT;
    }
    this.hits++;
    this.#store.use(slot);
    return slot;
  }

  /** Counts a miss, but a hit only when the entry is touched. */
  find(key: string): NearEntry | undefined {
    const slot = this.slotOf(key);
    if (slot !== NO_SLOT) return this.#store.entryOf(slot);
    this.misses++;
    return undefined;
  }

  touch(entry: NearEntry): void {
    this.hits++;
    this.#store.touch(entry);
  }

  /** The live entry under a key, for those who do not read it. */
  entryOf(key: string): NearEntry | undefined {
    const slot = this.slotOf(key);
    return slot === NO_SLOT ? undefined : this.#store.entryOf(slot);
  }

  /**
   * @param ttlMs `undefined` = never expires
   * @param namespace what `key` begins with, the same every time; default: not known
   */
  put(key: string, value: unknown, ttlMs: number | undefined, namespace = ''): void {
    this.#store.put(key, value, this.#after(ttlMs), namespace);
  }

  /** Changes the value and keeps the lifetime. */
  rewrite(slot: number, value: unknown): void {
    // It is there, and stays in its namespace.
    this.#store.put(this.#store.keyOf(slot), value, this.#store.expiryOf(slot), '');
  }

  expire(slot: number, ttlMs: number | undefined): void {
    this.#store.expire(slot, this.#after(ttlMs));
  }

  remove(slot: number): void {
    this.#store.remove(slot);
  }

  drop(key: string): void {
    const slot = this.#store.find(key);
    if (slot !== NO_SLOT) this.#store.remove(slot);
  }

  *startingWith(prefix: string): Iterable<string> {
    for (const key of this.#store.keys()) {
      if (key.startsWith(prefix) && this.slotOf(key) !== NO_SLOT) yield key;
    }
  }

  /** Removes whatever begins with the prefix, expired or not. */
  clear(prefix: string): void {
    this.#store.clear(prefix);
  }

  purge(): number {
    const before = this.size;
    for (const key of this.#store.keys()) this.slotOf(key);
    return before - this.size;
  }

  stop(): void {
    this.#store.stop();
  }

  #after(ttlMs: number | undefined): number {
    return ttlMs === undefined ? Infinity : this.clock.now() + ttlMs;
  }
}
