import { Inject, type InjectionToken } from '@nestjs/common';
import { readName } from '../registry/readers.js';
import { CacheRegistry } from '../registry/registry.js';

/** Injects into properties and constructor parameters, whether or not the compiler emits their types. */
export type Injection = PropertyDecorator & ParameterDecorator;

/**
 * What a cache is provided as.
 * @throws ConfigError when the name is none
 */
export function getCacheToken(name = 'default'): string {
  readName(name, 'the name of a cache');
  return `cachewright:cache:${name}`;
}

/** What the application's registry is provided as. */
export function getCacheRegistryToken(): InjectionToken<CacheRegistry> {
  return CacheRegistry;
}

/** Injects the cache of that name. With `forRootAsync`, list it in `names`. */
export function InjectCache(name = 'default'): Injection {
  return Inject(getCacheToken(name));
}

/** Injects the application's registry. */
export function InjectCacheRegistry(): Injection {
  return Inject(getCacheRegistryToken());
}

/** What `forRoot` was given, or the factory of `forRootAsync` answered. */
export const OPTIONS = Symbol('cachewright.options');

/** The registry itself, in every module, also where `isGlobal: false` hides the caches. */
export const REGISTRY = Symbol('the registry that CacheModule.forRoot provides');

/** The registry as decorated classes get it. */
export const LATE_REGISTRY = Symbol('cachewright.late-registry');

/** Makes modules differ that were asked for twice: Nest 10 compares what can be seen of them, and would drop one silently. */
export const IDENTITY = Symbol('cachewright.identity');
