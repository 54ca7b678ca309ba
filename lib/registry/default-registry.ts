import { ConfigError } from '../errors.js';
import { createRegistry } from './create.js';
import { CacheRegistry } from './registry.js';

// The one mutable state of a module in this library: a decorator on a plain class runs where nobody hands it anything, so the
// registry it falls back on must be found from everywhere. Nest applications and explicit caches never look here.
let current: CacheRegistry | undefined;

/** Grows with every `setDefaultRegistry`: what was resolved under another number has to be resolved again. */
export let defaultRegistryVersion = 0;

/** The registry of code outside Nest. Until one is set: a single memory cache named `default`. */
export function defaultRegistry(): CacheRegistry {
  current ??= createRegistry({ default: { backend: 'memory' } });
  return current;
}

/** Makes `registry` the default one. The one before is not closed. */
export function setDefaultRegistry(registry: CacheRegistry): void {
  if (!(registry instanceof CacheRegistry))
    throw new ConfigError('the default registry must be made by createRegistry');
  current = registry;
  defaultRegistryVersion += 1;
}
