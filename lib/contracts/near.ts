import { Framed } from '../entries/framed.js';
import type { Clock } from '../util/clock.js';

/**
 * An entry that can be held on to. While `expiresAt` lies in the future the entry is alive and `value` is what the cache
 * would answer; deleting, clearing or evicting it sets `expiresAt` to `-Infinity`, overwriting it changes it in place.
 */
export interface NearEntry {
  value: unknown;
  /** A settled promise of `value`, kept by whoever made one; a new value clears it. */
  answer: Promise<unknown> | undefined;
  /** On the store's clock, in ms; `Infinity` = never, `-Infinity` = dead for good. */
  expiresAt: number;
  /** A table that points at this entry, to be cleaned when it dies. One at most. */
  alias: NearAlias | undefined;
}

/** Where an entry is also listed, under another key. */
export interface NearAlias {
  readonly table: Map<unknown, NearEntry>;
  readonly key: unknown;
}

/**
 * Offered by a backend in this process whose values are stored as they are: what the decorators build their fast path on.
 * The biggest cost of a hit is hashing the string key, so they look up the raw argument in a table of their own.
 */
export interface NearStore {
  readonly clock: Clock;
  /** The live entry under a final key. */
  find(key: string): NearEntry | undefined;
  /** Counts as a use of the entry. */
  touch(entry: NearEntry): void;
}

/** A store of copies: what the near tier of a shared cache is kept in. */
export interface CopyStore extends NearStore {
  /** Stores, making room if need be. @param ttlMs `undefined` = never expires */
  put(key: string, value: unknown, ttlMs: number | undefined): void;
  /** Whoever holds on to the entry sees it dead. */
  drop(key: string): void;
  /** Drops those whose keys begin with `prefix`, compared literally. */
  clear(prefix: string): void;
}

/**
 * The promise of an entry's value. All hits get the same one: making a promise costs as much as finding the entry.
 * `undefined` = being stored is not enough for this entry to be the answer: it knows more about itself.
 */
export function answerOf(entry: NearEntry): Promise<unknown> | undefined {
  return entry.answer ?? firstAnswer(entry);
}

function firstAnswer(entry: NearEntry): Promise<unknown> | undefined {
  return entry.value instanceof Framed ? undefined : (entry.answer = Promise.resolve(entry.value));
}
