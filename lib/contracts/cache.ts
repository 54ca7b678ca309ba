import type { Ttl } from '../util/duration.js';
import type { ClearOptions, CommandOptions, Entries, GetOptions, ValueOptions, WriteOptions } from './commands.js';
import type { GetOrSetOptions, Loader } from './loading.js';
import type { Plugin } from './plugin.js';

/**
 * One named cache: a backend, a serializer, plugins and defaults behind one interface.
 * Every command answers with a promise and never throws synchronously. A miss is `undefined`; `null` is a value.
 */
export interface Cache extends AsyncDisposable {
  /** Its name in the registry; of a lone cache, that of its backend. What errors and plugins call it. */
  readonly name: string;
  /** The resolved namespace: what stands, encoded, before every key. `''` = bare keys. */
  readonly namespace: string;
  /** Whether `close` was called. */
  readonly closed: boolean;
  /** Whether the cache is in use: not switched off by `disable` or `CACHEWRIGHT_DISABLE=1`. */
  readonly enabled: boolean;
  /** Invalidations by decorated methods that failed and are being retried until the backend is back. */
  readonly pendingInvalidations: number;
  /**
   * Entries found that could not be trusted: damaged, or written by another serializer or a newer version of this library.
   * Each was a miss, and was left where it is.
   */
  readonly discardedEntries: number;

  /** Stores only if the key is absent, atomically. Answers whether it did. */
  add(key: string, value: unknown, options?: WriteOptions): Promise<boolean>;
  /** The value, else `options.default`, else `undefined`. */
  get<T = unknown>(key: string, options: GetOptions<T> & { readonly default: T }): Promise<T>;
  get<T = unknown>(key: string, options?: GetOptions<T>): Promise<T | undefined>;
  /** Replaces value and lifetime. */
  set(key: string, value: unknown, options?: WriteOptions): Promise<void>;
  /** By position; duplicates are allowed. Any collection of keys, but no text, which is one of its characters. */
  multiGet<T = unknown>(keys: Iterable<string> & object, options?: ValueOptions): Promise<(T | undefined)[]>;
  /** Not atomic across batches; a partial failure rejects. */
  multiSet(entries: Entries, options?: WriteOptions): Promise<void>;
  /** Answers whether the key was there. */
  delete(key: string, options?: CommandOptions): Promise<boolean>;
  /** How many of the keys were there. */
  multiDelete(keys: Iterable<string> & object, options?: CommandOptions): Promise<number>;
  /** Whether the key is there. */
  exists(key: string, options?: CommandOptions): Promise<boolean>;
  /** The new number. A missing key starts at `delta` (default 1) and takes the ttl; an existing one keeps its own. */
  increment(key: string, delta?: number, options?: WriteOptions): Promise<number>;
  /** Sets the lifetime, `0`/`null` lifts it. Answers whether the key was there. */
  expire(key: string, ttl: Ttl, options?: CommandOptions): Promise<boolean>;
  /** Remaining ms, `null` = never expires, `undefined` = no such key. */
  ttl(key: string, options?: CommandOptions): Promise<number | null | undefined>;
  /** Deletes the cache's own namespace (or the given one) and nothing else. */
  clear(options?: ClearOptions): Promise<void>;
  /** What the vendor client answers to its own command. */
  raw<T = unknown>(command: string, ...args: unknown[]): Promise<T>;
  /** The cached value, else what `loader` answers, stored. One load per key and process, however many callers. */
  getOrSet<T>(key: string, loader: Loader<T>, options?: GetOrSetOptions<T>): Promise<T>;
  /** Makes every entry with one of these tags a miss, in time that does not depend on how many there are. Tags belong to a namespace. */
  invalidateTags(tags: Iterable<string> & object, options?: CommandOptions): Promise<void>;

  /** Connects now instead of on first use; rejects when the backend is not there. Does nothing while the cache is switched off. */
  connect(): Promise<void>;
  /** From now on commands answer as an empty cache would. */
  disable(): void;
  /** Ends what `disable` or `CACHEWRIGHT_DISABLE=1` began. */
  enable(): void;
  /** One of its plugins, by name. */
  plugin<P extends Plugin = Plugin>(name: string): P | undefined;
  /** Releases what this cache opened. Idempotent; later commands reject with `CacheClosedError`. */
  close(): Promise<void>;
}
