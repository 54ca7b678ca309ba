import type { ModulesContainer } from '@nestjs/core';
import type { Class } from '../command/stack-spec.js';
import { sitesOf } from '../decorators/site.js';
import { attachRegistry, SLOT } from '../decorators/slot.js';
import type { CacheRegistry } from '../registry/registry.js';
import type { LateRegistry } from './late-registry.js';
import type { Provider } from './provider-graph.js';
import { injectSlot } from './slot-injection.js';

/** Everything Nest makes for this application: providers, controllers, guards and the like, middleware. */
export function providersIn(modules: ModulesContainer): Provider[] {
  return [...modules.values()].flatMap(({ providers, controllers, injectables, middlewares }) =>
    [providers, controllers, injectables, middlewares].flatMap((collection) => [...collection.values()] as Provider[]),
  );
}

/** The class of a provider that Nest makes by `new`. */
export function classOfProvider({ metatype, inject }: Provider): Class | undefined {
  const isMadeByNew = typeof metatype === 'function' && (inject === undefined || inject === null);
  return isMadeByNew ? (metatype as unknown as Class) : undefined;
}

/** The instances there are of a provider. Of a request-scoped one it is a placeholder without any properties. */
export function instancesOf(provider: Provider): object[] {
  const hosts = provider.isTransient ? provider.getStaticTransientInstances() : [];
  const instances: unknown[] = [provider.instance, ...hosts.map((host) => host?.instance)];
  return instances.filter((instance) => typeof instance === 'object' && instance !== null);
}

/** Gives the registry to whatever Nest's property injection does not reach. */
export function attachEverywhere(modules: ModulesContainer, late: Provider): void {
  const registry = late.instance as LateRegistry;
  for (const provider of providersIn(modules)) {
    const owner = classOfProvider(provider);
    if (owner !== undefined) {
      if (sitesOf(owner).length > 0) attachRegistry(owner, registry);
      if (sitesOf(owner.prototype as object).length > 0) catchUp(provider, owner, late);
    } else if (isMadeAgain(provider)) attachToEach(provider, registry);
    for (const instance of instancesOf(provider)) attachTo(instance, registry);
  }
}

/** For a class that had injections of its own before this library could add one. */
function catchUp(provider: Provider, owner: Class, late: Provider): void {
  injectSlot(owner);
  const properties = provider.getPropertiesMetadata() ?? [];
  // Nest 10 and 11 look no further once they know some.
  if (properties.length > 0 && !properties.some(({ key }) => key === SLOT)) provider.addPropertiesMetadata(SLOT, late);
}

function isMadeAgain(provider: Provider): boolean {
  return typeof provider.metatype === 'function' && (provider.isTransient || !provider.isDependencyTreeStatic());
}

/** Nest injects nothing into what a factory answers, and this factory runs again for each request or consumer. */
function attachToEach(provider: Provider, registry: CacheRegistry): void {
  const make = provider.metatype as (...dependencies: unknown[]) => unknown;
  provider.metatype = async (...dependencies: unknown[]) => {
    const instance = await make(...dependencies);
    if (typeof instance === 'object' && instance !== null) attachTo(instance, registry);
    return instance;
  };
}

/** Asks the prototype, since an instance may be anything, a mock for one. */
function attachTo(instance: object, registry: CacheRegistry): void {
  const prototype = Object.getPrototypeOf(instance) as object | null;
  if (prototype !== null && SLOT in prototype) attachRegistry(instance, registry);
}
