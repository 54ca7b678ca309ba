import type { DynamoDbOptions } from '../backends/dynamodb/dynamodb-options.js';
import type { MemcachedOptions } from '../backends/memcached/memcached-options.js';
import type { MemoryOptions } from '../backends/memory/memory-options.js';
import type { RedisOptions } from '../backends/redis/redis-options.js';
import type { Backend, BackendFactory } from '../contracts/backend.js';
import type { Isolation, PluginName, SerializerName } from '../contracts/names.js';
import type { Plugin } from '../contracts/plugin.js';
import type { Serializer } from '../contracts/serializer.js';
import type { Clock } from '../util/clock.js';
import type { BusConfig } from './bus-source.js';
import type { Duration, Ttl } from '../util/duration.js';

/** When a shared backend that keeps failing is left alone, and when it is tried again. */
export interface BreakerOptions {
  /** Failures or timeouts running before commands are refused at once. Default 5. */
  readonly after?: number | undefined;
  /** First wait before one command may probe the backend; doubles with every failed probe. Default 500 ms. */
  readonly retry?: Duration | undefined;
  /** Longest wait between two probes. Default 2 s, or `retry` if that is longer. */
  readonly maxRetry?: Duration | undefined;
}

/**
 * Options that every cache takes, whatever its backend.
 * @typeParam Name the serializers that fit the backend
 */
export interface CommonOptions<Name extends SerializerName = SerializerName> {
  /** What stands, encoded, before every key. Default: the cache's name in a registry, `''` (bare keys) without one. */
  readonly namespace?: string | undefined;
  /** Replaces the rule that makes final keys. `clear` then needs keys that begin with `buildKey('', namespace)`. */
  readonly buildKey?: ((key: string, namespace: string) => string) | undefined;
  /** Lifetime of what is written without one. Default, `0` and `null`: never expires. */
  readonly ttl?: Ttl | undefined;
  /** Longest wait for a command. Default 5 s; `0`/`null` = no limit. */
  readonly timeout?: Duration | null | undefined;
  /** The most time a `getOrSet` or a decorated call may lose to the cache. Default 250 ms; `0`/`null` = no limit. */
  readonly budget?: Duration | null | undefined;
  /**
   * The most loaders that run at the same time, in `getOrSet` and decorated methods without a limit of their own. Further loads
   * wait in order. Default, `0` and `null`: no limit.
   */
  readonly originConcurrency?: number | null | undefined;
  /** By name, or an object. Default: `reference` for memory, `json` elsewhere. */
  readonly serializer?: Name | Serializer | undefined;
  /** By name, or instances; hooks run in this order. Default: none. */
  readonly plugins?: readonly (PluginName | Plugin)[] | undefined;
  /** Only shared backends have one, common to the caches of a process on one store with equal settings. `false` = none. */
  readonly breaker?: false | BreakerOptions | undefined;
  /** How a cached value is protected from the callers that share it. Default `'none'`. */
  readonly isolation?: Isolation | undefined;
  /** Where times come from. Default: the registry's, else the process's monotonic clock. */
  readonly clock?: Clock | undefined;
  /** Where `jitter` and `earlyExpiration` draw from: numbers from 0 to below 1. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** A cache in this process. */
export interface MemoryConfig extends CommonOptions, MemoryOptions {
  readonly backend: 'memory';
}

/** A cache on a Redis server. */
export interface RedisConfig extends CommonOptions<Exclude<SerializerName, 'reference'>>, RedisOptions {
  readonly backend: 'redis';
}

/** A cache on Memcached servers. */
export interface MemcachedConfig extends CommonOptions<Exclude<SerializerName, 'reference'>>, MemcachedOptions {
  readonly backend: 'memcached';
}

/** A cache in a table of DynamoDB. */
export interface DynamoDbConfig extends CommonOptions<Exclude<SerializerName, 'reference'>>, DynamoDbOptions {
  readonly backend: 'dynamodb';
}

/** A cache on a backend of your own: ready (then it stays yours to close), or made by `defineBackend`. */
export interface CustomConfig extends CommonOptions {
  readonly backend: Backend | BackendFactory;
}

/** The near tier: copies of entries, in this process. */
export interface NearTierConfig extends MemoryOptions {
  readonly backend: 'memory';
  /** Longest life of a copy: for so long it may be outdated when nobody tells. Default 30 s; `0`/`null` = as long as its entry. */
  readonly ttl?: Ttl | undefined;
}

type SharedBackendConfig =
  | ({ readonly backend: 'redis' } & RedisOptions)
  | ({ readonly backend: 'memcached' } & MemcachedOptions)
  | ({ readonly backend: 'dynamodb' } & DynamoDbOptions)
  | { readonly backend: Backend | BackendFactory };

/** The last tier: where the entries are. */
export type SharedTierConfig = SharedBackendConfig & {
  /** Lifetime of what is written without one. Default: that of the cache. */
  readonly ttl?: Ttl | undefined;
};

/** The middle one of three tiers: copies that all processes share, in front of a slower store. */
export type MiddleTierConfig = SharedBackendConfig & {
  /** Longest life of a copy: for so long it may be outdated when an invalidation failed. Default 5 min; `0`/`null` = as long as its entry. */
  readonly ttl?: Ttl | undefined;
};

/** A cache on a shared backend, with copies in this process in front of it. */
export interface TieredConfig extends CommonOptions<Exclude<SerializerName, 'reference'>> {
  /** Each tier has its own. */
  readonly backend?: undefined;
  /** Memory, then what all processes share, in one tier or two. */
  readonly tiers:
    | readonly [near: NearTierConfig | CacheUrl, shared: SharedTierConfig | CacheUrl]
    | readonly [
        near: NearTierConfig | CacheUrl,
        middle: MiddleTierConfig | CacheUrl,
        last: SharedTierConfig | CacheUrl,
      ];
  /** How processes tell one another which copies are outdated. Default: they do not, and copies end with their lifetime. */
  readonly bus?: BusConfig | undefined;
}

/** The configuration of one cache, as an object. */
export type CacheConfig = MemoryConfig | RedisConfig | MemcachedConfig | DynamoDbConfig | CustomConfig | TieredConfig;

/** A cache in one line, options in the query: `'redis://user:pw@host:6379/0?ttl=30s&plugins=timing'`. */
export type CacheUrl = `${'memory' | 'redis' | 'rediss' | 'memcached' | 'dynamodb'}://${string}`;

/** Named caches. There is always a `default`. */
export interface CacheConfigs {
  readonly default: CacheConfig | CacheUrl;
  readonly [name: string]: CacheConfig | CacheUrl;
}

/** What `registry.create(name, overrides)` may change. Options of another backend than the cache's are refused when it runs. */
export type CacheOverrides = CommonOptions &
  MemoryOptions &
  (RedisOptions | MemcachedOptions | Partial<DynamoDbOptions>);

/** Options of `createRegistry`. */
export interface RegistryOptions {
  /** One more encoded segment in front of all namespaces, for several applications on one server. Default: none. */
  readonly namespace?: string | undefined;
  /** For all caches that are given none of their own. */
  readonly clock?: Clock | undefined;
  /** Classes whose instances may be arguments of cached methods, taken by their fields. Default: none. */
  readonly dataClasses?: readonly (abstract new (...args: never[]) => object)[] | undefined;
}
