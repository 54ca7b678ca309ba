export * from './errors.js';
export type { Clock } from './util/clock.js';
export type { Duration, DurationUnit, Ttl } from './util/duration.js';
export type { MaybePromise } from './util/maybe-promise.js';

export type {
  Backend,
  BackendCall,
  BackendCapabilities,
  BackendContext,
  BackendFactory,
  Wire,
} from './contracts/backend.js';
export { defineBackend } from './contracts/backend.js';
export type { Bus, BusContext, BusListener, BusMessage } from './contracts/bus.js';
export type { LoadedEntry, LoadFences, LoadToken } from './contracts/load-fences.js';
export type { LockGranted, LockHeld, LockStore } from './contracts/locks.js';
export type { Versioned, VersionedStore } from './contracts/versions.js';
export type { Cache } from './contracts/cache.js';
export type {
  ClearOptions,
  CommandInputs,
  CommandName,
  CommandOptions,
  CommandOutputs,
  Entries,
  GetOptions,
  ValueOptions,
  WriteOptions,
} from './contracts/commands.js';
export type {
  CacheFailure,
  CachePhase,
  FreshnessOptions,
  GetOrSetOptions,
  KeepingOptions,
  LeaseOptions,
  LoadContext,
  Loader,
  LoadingOptions,
  OnCacheError,
  OriginOptions,
  RememberedErrors,
} from './contracts/loading.js';
export type { Isolation, PluginName, SerializerName } from './contracts/names.js';
export type { CommandContext, CommandOutcome, Plugin } from './contracts/plugin.js';
export type { Serializer, WireKind } from './contracts/serializer.js';

export { optimistic, type Optimistic } from './cache/optimistic.js';
export { withLock, type HeldLock, type LockOptions } from './cache/with-lock.js';
export { cacheScope, type CacheScopeOptions } from './loading/scope.js';

export { memoryBackend } from './backends/memory/memory.js';
export type { DynamoDbOptions } from './backends/dynamodb/dynamodb-options.js';
export type { LargeValueOptions } from './backends/dynamodb/large-values.js';
export type { MemcachedOptions } from './backends/memcached/memcached-options.js';
export type { MemoryOptions, MemoryPolicy } from './backends/memory/memory-options.js';
export type { MemoryRawCommands, MemoryStats } from './backends/memory/raw-commands.js';
export type { Eviction, EvictionCause } from './backends/memory/removals.js';
export type { RedisOptions } from './backends/redis/redis-options.js';
export { localBus } from './bus/local-bus.js';
export { redisBus } from './bus/redis-bus.js';
export type { RedisBusOptions } from './bus/redis-bus-options.js';
export { serializerByName } from './serializers/by-name.js';
export { TimingPlugin, type CommandProfile } from './plugins/timing.js';
export { HitMissRatioPlugin, type HitMissStats } from './plugins/hit-miss-ratio.js';

export type { BusConfig, RedisBusConfig } from './registry/bus-source.js';
export type {
  BreakerOptions,
  CacheConfig,
  CacheConfigs,
  CacheOverrides,
  CacheUrl,
  CommonOptions,
  CustomConfig,
  DynamoDbConfig,
  MemcachedConfig,
  MemoryConfig,
  MiddleTierConfig,
  NearTierConfig,
  RedisConfig,
  SharedTierConfig,
  TieredConfig,
  RegistryOptions,
} from './registry/config.js';
export { createCache, createRegistry } from './registry/create.js';
export type { CacheRegistry } from './registry/registry.js';
export { defaultRegistry, setDefaultRegistry } from './registry/default-registry.js';

export { CacheEvict } from './decorators/cache-evict.js';
export { CachePut } from './decorators/cache-put.js';
export { Cached } from './decorators/cached.js';
export { MultiCached } from './decorators/multi-cached.js';
export { cachedMethod, type CachedMethodHandle } from './decorators/handle.js';
export type { MethodDecorator } from './decorators/dialect.js';
export type { CachedOptions, CacheEvictOptions, CachePutOptions, MultiCachedOptions } from './decorators/options.js';
