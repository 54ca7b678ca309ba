import type { Abstract, InjectionToken, ModuleMetadata, OptionalFactoryDependency, Type } from '@nestjs/common';
import type { PluginName } from '../contracts/names.js';
import type { Plugin } from '../contracts/plugin.js';
import type { Serializer } from '../contracts/serializer.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import type { CacheConfig, CacheUrl, RegistryOptions } from '../registry/config.js';

/** A provider of any module: its class, or the symbol or string that it is provided as. */
export type ProviderToken<T> = Type<T> | Abstract<T> | symbol | (string & {});

/** A cache's configuration as `createRegistry` takes it; plugins and serializer may also be providers. */
export type NestCacheConfig = WithProviders<CacheConfig>;

type WithProviders<Config extends CacheConfig> = Config extends CacheConfig
  ? Omit<Config, 'plugins' | 'serializer'> & {
      /** By name, instances, or providers; hooks run in this order. Default: none. */
      readonly plugins?: readonly (PluginName | Plugin | ProviderToken<Plugin>)[] | undefined;
      /** By name, an object, or a provider. Default: `reference` for memory, `json` elsewhere. */
      readonly serializer?: Config['serializer'] | ProviderToken<Serializer>;
    }
  : never;

/** More caches, for `forFeature`. */
export interface FeatureCacheConfigs {
  readonly [name: string]: NestCacheConfig | CacheUrl;
}

/** Named caches. There is always a `default`. */
export interface NestCacheConfigs extends FeatureCacheConfigs {
  readonly default: NestCacheConfig | CacheUrl;
}

/** What `forRootAsync` asks for: the options of a registry, and some of Nest's. */
export interface CacheModuleOptions extends RegistryOptions {
  /** The caches by name; there has to be one called `default`. */
  readonly caches: NestCacheConfigs;
  /** `true` = connect at boot, and do not start unless every backend is there. Default: `false`, an app starts without them. */
  readonly failFast?: boolean | undefined;
}

interface Visibility {
  /** Whether caches and registry can be injected in every module, or only where this one is imported. Default: `true`. */
  readonly isGlobal?: boolean | undefined;
}

/** Options of `CacheModule.forRoot`. */
export interface CacheRootOptions extends CacheModuleOptions, Visibility {}

/** Makes the options: implemented by the class that `useClass` or `useExisting` names. */
export interface CacheOptionsFactory {
  createCacheOptions(): MaybePromise<CacheModuleOptions>;
}

interface AsyncOptions extends Visibility {
  /** The caches to inject by `@InjectCache(name)`, beside `default`. Decorated methods and the registry need no list. */
  readonly names?: readonly string[] | undefined;
  readonly imports?: ModuleMetadata['imports'];
}

/** Where the options come from: exactly one of `useFactory`, `useClass` and `useExisting`. */
export type CacheRootAsyncOptions =
  | (AsyncOptions & {
      readonly useFactory: (...dependencies: never[]) => MaybePromise<CacheModuleOptions>;
      readonly inject?: readonly (InjectionToken | OptionalFactoryDependency)[] | undefined;
      readonly useClass?: undefined;
      readonly useExisting?: undefined;
    })
  | (AsyncOptions & {
      readonly useClass: Type<CacheOptionsFactory>;
      readonly useFactory?: undefined;
      readonly useExisting?: undefined;
    })
  | (AsyncOptions & {
      readonly useExisting: InjectionToken<CacheOptionsFactory>;
      readonly useFactory?: undefined;
      readonly useClass?: undefined;
    });
