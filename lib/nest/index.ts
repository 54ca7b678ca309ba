export { CacheModule } from './cache.module.js';
export type {
  CacheModuleOptions,
  CacheOptionsFactory,
  CacheRootAsyncOptions,
  CacheRootOptions,
  FeatureCacheConfigs,
  NestCacheConfig,
  NestCacheConfigs,
  ProviderToken,
} from './options.js';
export { getCacheRegistryToken, getCacheToken, InjectCache, InjectCacheRegistry, type Injection } from './tokens.js';
