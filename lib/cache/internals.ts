import type { Commands } from '../command/compile.js';
import type { Stack } from '../command/stack.js';
import type { Cache } from '../contracts/cache.js';
import { ConfigError } from '../errors.js';
import type { Loading } from '../loading/loading.js';

/** Shared between copies of the package, so that a cache of one can be given to a decorator of the other. */
export const INTERNALS = Symbol.for('cachewright.internals');

/** What the layers above the cache work with. */
export interface CacheInternals {
  readonly stack: Stack;
  readonly commands: Commands;
  readonly loading: Loading;
}

/** Whether `value` is a cache of ours. */
export function isCache(value: unknown): value is Cache {
  return typeof value === 'object' && value !== null && INTERNALS in value;
}

/** @throws ConfigError when the object only looks like a cache */
export function internalsOf(cache: Cache): CacheInternals {
  if (!isCache(cache))
    throw new ConfigError('this is no cache of cachewright; make one with createCache or a registry');
  return (cache as Cache & { readonly [INTERNALS]: CacheInternals })[INTERNALS];
}
