import type { MaybePromise } from '../util/maybe-promise.js';
import type { BackendCall, Wire } from './backend.js';

/** Known to the backend alone. `undefined` = this key cannot be watched: what is loaded for it is stored as it comes. */
export type LoadToken = unknown;

/** A loaded value, and the token that was taken before it was loaded. */
export interface LoadedEntry {
  readonly key: string;
  readonly wire: Wire;
  readonly token: LoadToken;
}

/**
 * Keeps what was loaded before an invalidation by another process from being stored after it. Every `delete`, `multiDelete`
 * and `clear` of the backend takes the tokens of its keys away, before it touches what is stored; every other write is
 * noticed by what it leaves behind. From "Scaling Memcache at Facebook" (R. Nishtala et al., NSDI 2013), where tokens are
 * called leases.
 */
export interface LoadFences {
  /** Before a load, a token for each key, by position. Loads of several processes may hold one token. */
  take(keys: readonly string[], call: BackendCall): MaybePromise<readonly LoadToken[]>;
  /**
   * Stores each entry, atomically, if its token is still there and nothing was written under its key since that was taken.
   * Answers by position whether it did.
   * @param withinMs of the server's time; what arrives later is not stored. `undefined` = whenever it arrives
   */
  store(
    entries: readonly LoadedEntry[],
    ttlMs: number | undefined,
    withinMs: number | undefined,
    call: BackendCall,
  ): MaybePromise<readonly boolean[]>;
}
