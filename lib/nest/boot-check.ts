import type { ModulesContainer } from '@nestjs/core';
import type { Class } from '../command/stack-spec.js';
import { classOf } from '../decorators/class-names.js';
import { sitesOf } from '../decorators/site.js';
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
    for (const site of new Set(sites)) site.verify(registry, owner);
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
