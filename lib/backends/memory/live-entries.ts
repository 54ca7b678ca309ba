import type { CopyStore } from '../../contracts/near.js';
import type { Clock } from '../../util/clock.js';
import type { EntryStore, StoredEntry } from './entry-store.js';

/** The entries of a store that have not expired; those that have are removed when somebody comes across them. */
export class LiveEntries implements CopyStore {
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

  find(key: string): StoredEntry | undefined {
    const entry = this.#store.find(key);
    // The clock costs as much as the look-up: it is read only for what can expire at all.
    if (entry === undefined || entry.expiresAt === Infinity || entry.expiresAt > this.clock.now()) return entry;
    this.#store.remove(entry);
    return undefined;
  }

  touch(entry: StoredEntry): void {
    this.#store.touch(entry);
  }

  /** @param ttlMs `undefined` = never expires */
  put(key: string, value: unknown, ttlMs: number | undefined): void {
    this.#store.put(key, value, this.expiryOf(ttlMs));
  }

  /** Changes the value and keeps the lifetime. */
  rewrite(entry: StoredEntry, value: unknown): void {
    this.#store.put(entry.key, value, entry.expiresAt);
  }

  remove(entry: StoredEntry): void {
    this.#store.remove(entry);
  }

  expiryOf(ttlMs: number | undefined): number {
    return ttlMs === undefined ? Infinity : this.clock.now() + ttlMs;
  }

  *startingWith(prefix: string): Iterable<StoredEntry> {
    for (const { key } of this.#store.entries()) {
      const entry = key.startsWith(prefix) ? this.find(key) : undefined;
      if (entry !== undefined) yield entry;
    }
  }

  purge(): number {
    const before = this.size;
    for (const { key } of this.#store.entries()) this.find(key);
    return before - this.size;
  }
}
