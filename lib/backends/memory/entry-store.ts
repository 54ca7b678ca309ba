import type { NearEntry } from '../../contracts/near.js';
import type { EvictionCause } from './removals.js';

/** A slot that no entry is in. */
export const NO_SLOT = 0;

/**
 * Holds entries within bounds, and alone decides which one has to go. Knows nothing of commands, and hides no entry
 * for having expired: that is its caller's to check. Entries are known by their slot, a number that another entry may
 * get as soon as the first has gone.
 */
export interface EntryStore {
  /** How many entries there are, those included that expired a moment ago. */
  readonly size: number;
  /** Estimated bytes of all entries. Walks over them unless the store is bounded by bytes. */
  readonly bytes: number;
  /** The same where it is known anyway: `undefined` unless the store is bounded by bytes. */
  readonly weight: number | undefined;
  /** {@link NO_SLOT} if nothing is under the key. */
  find(key: string): number;
  keyOf(slot: number): string;
  valueOf(slot: number): unknown;
  /** `Infinity` = never. */
  expiryOf(slot: number): number;
  /** The entry as an object that can be held on to; always the same one. Made when it is first asked for. */
  entryOf(slot: number): NearEntry;
  /** Counts as a use. */
  use(slot: number): void;
  /** Counts as a use. A dead entry is let be. */
  touch(entry: NearEntry): void;
  /**
   * Stores, making room if need be; an entry that is there is changed in place. Counts as a use.
   * What could not be stored alone is not: then nothing is under `key` any more.
   * @param namespace what `key` begins with, the same every time
   */
  put(key: string, value: unknown, expiresAt: number, namespace: string): void;
  expire(slot: number, expiresAt: number): void;
  /** Whoever holds on to the entry sees it dead. */
  remove(slot: number): void;
  /** Removes an entry whose time is over. */
  expired(slot: number): void;
  /** Removes whatever begins with the prefix, expired or not. */
  clear(prefix: string): void;
  /** Stops what goes on by itself, until something is stored again. */
  stop(): void;
  /** How many entries it dropped by itself, by cause. */
  readonly evictions: Readonly<Record<EvictionCause, number>>;
  /** Part of the entries that is kept for what nobody has used again yet; `undefined` if it makes no such difference. */
  readonly coldShare: number | undefined;
  /** In no particular order. Entries may be removed on the way. */
  keys(): Iterable<string>;
}
