import type { ModulesContainer } from '@nestjs/core';
import type { Class } from '../command/stack-spec.js';
import { classOf } from '../decorators/class-names.js';
import { type Site, sitesOf } from '../decorators/site.js';
import { isCacheError, UnknownCacheError } from '../errors.js';
import type { CacheRegistry } from '../registry/registry.js';
import { classOfProvider, instancesOf, providersIn } from './explorer.js';

/**
 * Looks at every decorated method of the application, also of classes that Nest has not made an instance of yet.
 * @throws UnknownCacheError when one names a cache that is not there
 * @throws ConfigError when two classes of one name would share their keys
 */
export function checkDecorated(modules: ModulesContainer, registry: CacheRegistry): void {
  for (const owner of classesIn(modules)) {
    const sites = [...sitesOf(owner), ...sitesOf(owner.prototype as object)];
    for (const site of new Set(sites)) check(site, owner, registry);
  }
}

function check(site: Site, owner: Class, registry: CacheRegistry): void {
  try {
    site.verify(registry, owner);
  } catch (error) {
    if (!isCacheError(error, 'ERR_CACHE_UNKNOWN_CACHE')) throw error;
    throw new UnknownCacheError(`@${site.decorator} on ${site.label}: ${error.message}`, { cache: error.cache });
  }
}

function classesIn(modules: ModulesContainer): Set<Class> {
  const classes = new Set<Class>();
  for (const provider of providersIn(modules)) {
    const owner = classOfProvider(provider);
    if (owner !== undefined) classes.add(owner);
    for (const instance of instancesOf(provider)) {
      const prototype = Object.getPrototypeOf(instance) as object | null;
      const made = prototype === null ? undefined : classOf(prototype);
      if (made !== undefined) classes.add(made);
    }
  }
  return classes;
}
