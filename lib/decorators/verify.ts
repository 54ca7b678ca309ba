import type { Class } from '../command/stack-spec.js';
import type { CacheRegistry } from '../registry/registry.js';
import { sitesOf } from './site.js';

/**
 * Makes sure, before anything is called, that the decorated methods of a class find what they need in `registry`.
 * @throws UnknownCacheError for a cache that is not there; ConfigError for keys that another class has already, for a class
 * without a name, and for an `of` that names no cached method
 */
export function verifyDecorated(owner: Class, registry: CacheRegistry): void {
  for (const site of sitesOf(owner.prototype)) site.verify(registry, owner);
}
