import type { NearEntry } from '../../contracts/near.js';

/** An entry of a store: what it is, whatever the store keeps beside it. */
export interface StoredEntry extends NearEntry {
  readonly key: string;
}

/**
 * Holds entries within bounds, and alone decides which one has to go. Knows nothing of commands, and hides no entry
 * for having expired: that is its caller's to check.
 */
export interface EntryStore<Stored extends StoredEntry = StoredEntry> {
  /** How many entries there are, expired ones that nobody came across included. */
  readonly size: number;
  /** Estimated bytes of all entries. Walks over them unless the store is bounded by bytes. */
  readonly bytes: number;
  find(key: string): Stored | undefined;
  /** Counts as a use. A dead entry is let be. */
  touch(entry: Stored): void;
  /**
   * Stores, making room if need be; an entry that is there is changed in place. Counts as a use.
   * What could not be stored alone is not: then nothing is under `key` any more.
   */
  put(key: string, value: unknown, expiresAt: number): void;
  /** Whoever holds on to the entry sees it dead. */
  remove(entry: Stored): void;
  /** In no particular order. Entries may be removed on the way. */
  entries(): Iterable<Stored>;
}
