import type { CopyStore, NearEntry } from '../../contracts/near.js';
import type { Clock } from '../../util/clock.js';
import { NO_SLOT, type EntryStore } from './entry-store.js';

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

  /** The slot of a live entry; {@link NO_SLOT} if there is none. */
  slotOf(key: string): number {
    const slot = this.#store.find(key);
    if (slot === NO_SLOT) return NO_SLOT;
    const expiresAt = this.#store.expiryOf(slot);
    // The clock costs as much as the look-up: it is read only for what can expire at all.
    if (expiresAt === Infinity || expiresAt > this.clock.now()) return slot;
    this.#store.remove(slot);
    return NO_SLOT;
  }

  valueOf(slot: number): unknown {
    return this.#store.valueOf(slot);
  }

  expiryOf(slot: number): number {
    return this.#store.expiryOf(slot);
  }

  use(slot: number): void {
    this.#store.use(slot);
  }

  find(key: string): NearEntry | undefined {
    const slot = this.slotOf(key);
    return slot === NO_SLOT ? undefined : this.#store.entryOf(slot);
  }

  touch(entry: NearEntry): void {
    this.#store.touch(entry);
  }

  /** @param ttlMs `undefined` = never expires */
  put(key: string, value: unknown, ttlMs: number | undefined): void {
    this.#store.put(key, value, this.#after(ttlMs));
  }

  /** Changes the value and keeps the lifetime. */
  rewrite(slot: number, value: unknown): void {
    this.#store.put(this.#store.keyOf(slot), value, this.#store.expiryOf(slot));
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
    for (const key of this.#store.keys()) if (key.startsWith(prefix)) this.#store.remove(this.#store.find(key));
  }

  purge(): number {
    const before = this.size;
    for (const key of this.#store.keys()) this.slotOf(key);
    return before - this.size;
  }

  #after(ttlMs: number | undefined): number {
    return ttlMs === undefined ? Infinity : this.clock.now() + ttlMs;
  }
}
