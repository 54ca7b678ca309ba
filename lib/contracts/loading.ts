import type { CacheError } from '../errors.js';
import type { Duration, Ttl } from '../util/duration.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import type { ValueOptions } from './commands.js';
import type { Isolation } from './names.js';
import type { Cache } from './cache.js';

/** Which side of a load a cache failure happened on. */
export type CachePhase = 'read' | 'write' | 'invalidate';

/** What a handler of cache failures gets to know. */
export interface CacheFailure {
  readonly cache: Cache;
  /** The key, or the keys, concerned; `undefined` for a whole namespace. */
  readonly key: string | readonly string[] | undefined;
  readonly phase: CachePhase;
}

/**
 * What happens when the cache, not the loader, fails. `'run'` = carry on without it;
 * `'throw'` = reject (a failed read then does not run the loader); a function observes the failure and carries on.
 */
export type OnCacheError = 'run' | 'throw' | ((error: CacheError, failure: CacheFailure) => void);

/** Options of `getOrSet` and the decorators that say how a value is loaded, stored and shared. */
export interface LoadingOptions {
  /**
   * The most time a call may lose to the cache, reads and writes together. Default: the cache's (250 ms); `0`/`null` = no limit.
   * A spent budget is a miss; a write still under way goes on in the background.
   */
  readonly budget?: Duration | null | undefined;
  /** May callers mutate what they get? Default: the cache's (`'none'`: they share one object and must not). */
  readonly isolation?: Isolation | undefined;
  /** Default `'run'`. */
  readonly onCacheError?: OnCacheError | undefined;
}

/** Also one load across processes. */
export interface LeaseOptions {
  /**
   * On a shared backend, one load across processes: whoever loads holds a lock of this length, renewed while the loader
   * runs, and the others wait for the value. Should the holder vanish, one of them takes over when the lease ends. Where
   * the lock cannot be asked for, the loader just runs. Default: none.
   */
  readonly lease?: Duration | undefined;
}

export interface GetOrSetOptions extends LoadingOptions, LeaseOptions, ValueOptions {
  /** `undefined` = the cache's default; `0`/`null` = never expires. */
  readonly ttl?: Ttl | undefined;
}

/** What a loader is told, and what it may decide. */
export interface LoadContext {
  readonly key: string;
  /** Aborted when every caller that waits for this load has given up. */
  readonly signal: AbortSignal;
  /** Overrides the ttl for the value being loaded. */
  readonly setTtl: (ttl: Ttl) => void;
  /** The value is answered but not stored. */
  readonly skip: () => void;
}

/** Fetches the value on a miss. Its errors reach the caller untouched and are never stored. */
export type Loader<T> = (context: LoadContext) => MaybePromise<T>;
