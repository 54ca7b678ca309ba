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
  /** The cache that failed. */
  readonly cache: Cache;
  /** The key, or the keys, concerned; `undefined` for a whole namespace. */
  readonly key: string | readonly string[] | undefined;
  /** What the cache was asked for. */
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

/** How long what is stored stays fresh, and how much longer it is kept. */
export interface KeepingOptions {
  /** Fraction of the ttl, 0 to 1: up to so much is added to it at random, once per entry, so that entries stored together do not expire together. Default 0. */
  readonly jitter?: number | undefined;
  /** So long past its ttl a value is answered at once, and loaded anew in the background. Default: not at all. */
  readonly staleWhileRevalidate?: Duration | undefined;
  /** So long past its ttl a value is kept to answer with when loading a new one fails or takes too long. Default: not at all. */
  readonly staleIfError?: Duration | undefined;
}

/** What is done about values that are, or will soon be, no longer fresh. */
export interface FreshnessOptions extends KeepingOptions {
  /** Which errors a stale value may stand in for; synchronous. Default: all. Needs `staleIfError`. */
  readonly staleIfErrorWhen?: ((error: unknown) => boolean) | undefined;
  /** Longest wait for the loader where a stale value can be had: it is answered then; the load goes on and is stored. Default: none. */
  readonly softTimeout?: Duration | undefined;
  /** Longest wait for the loader in any case: without a stale value, a `LoaderTimeoutError`. The load goes on and is stored. Default: none. */
  readonly hardTimeout?: Duration | undefined;
  /** Fraction of the ttl, 0 to 1, after which a hit loads the value anew in the background. Default: none. */
  readonly refreshAhead?: number | undefined;
  /**
   * Hits load anew, in the background, with a chance that grows towards the end of the ttl, the earlier the longer loading took;
   * 1 is usual, more is earlier. (XFetch: Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache Stampede
   * Prevention", VLDB 2015.) Default: none.
   */
  readonly earlyExpiration?: number | undefined;
  /**
   * So long after a failed load stale values are answered, and the loader is left alone. Needs an option that answers with
   * values while another is loaded: `staleIfError`, `staleWhileRevalidate`, `refreshAhead` or `earlyExpiration`. Default: calls that need a value try
   * again at once; background loads from the second failure in a row on wait 1 s, doubling up to 30 s.
   */
  readonly retryAfter?: Duration | undefined;
  /** Failures of loaders that callers get again for a while, without a load. Default: none are remembered. */
  readonly errors?: RememberedErrors | undefined;
}

/** Failures to be remembered. */
export interface RememberedErrors {
  /** How long; callers meanwhile get the same error, without a load. Any invalidation of the key ends it. */
  readonly ttl: Duration;
  /** Which ones; synchronous. Default: all. */
  readonly when?: ((error: unknown) => boolean) | undefined;
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

/** How hard the origin may be asked, whatever the cache is doing. */
export interface OriginOptions {
  /**
   * The most loaders that run at the same time in this process; further loads wait in order, while `softTimeout`, `hardTimeout`
   * and the callers' signals go on. A decorated method has a limit of its own, per cache; calls of `getOrSet` that give the
   * same number share one per cache. Default: the cache's `originConcurrency`, a limit for all that give none; `0`/`null` = no limit.
   */
  readonly originConcurrency?: number | null | undefined;
}

/**
 * Options of `getOrSet`. One that does not exist, or is wrong, rejects with a `ConfigError`.
 * @typeParam T what the loader answers
 */
export interface GetOrSetOptions<T = unknown>
  extends LoadingOptions, FreshnessOptions, LeaseOptions, OriginOptions, ValueOptions {
  /** `undefined` = the cache's default; `0`/`null` = never expires. */
  readonly ttl?: Ttl | undefined;
  /** What `invalidateTags` knows the entry by: a list, or a synchronous function of the value. Default: none. */
  readonly tags?: readonly string[] | ((value: T) => readonly string[]) | undefined;
}

/** What a loader is told, and what it may decide. */
export interface LoadContext {
  /** The key that is being loaded, without its namespace. */
  readonly key: string;
  /** Aborted when every caller that waits for this load has given up. */
  readonly signal: AbortSignal;
  /** The value that is still kept though no longer fresh, if there is one. To answer it says that it is good for another ttl. */
  readonly stale: unknown;
  /** Overrides the ttl for the value being loaded. */
  readonly setTtl: (ttl: Ttl) => void;
  /** Adds tags to those of the options. Tags that are only known here are best announced there, by a function. */
  readonly setTags: (tags: readonly string[]) => void;
  /** The value is answered but not stored. */
  readonly skip: () => void;
}

/** Fetches the value on a miss. Its errors reach the caller untouched and are never stored. */
export type Loader<T> = (context: LoadContext) => MaybePromise<T>;
