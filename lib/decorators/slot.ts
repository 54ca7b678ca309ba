import type { Class } from '../command/stack-spec.js';
import type { CacheRegistry } from '../registry/registry.js';

/** Assigning a registry to an instance's `[SLOT]` attaches it: that is how Nest's property injection fills it in. */
export const SLOT = Symbol('cachewright.registry');

/** The property that really holds it, apart from the slot so that every assignment is noticed. */
const HELD = Symbol('cachewright.attached');

/** For instances that take no more properties. */
const frozen = new WeakMap<object, CacheRegistry>();

interface Attached {
  readonly [HELD]?: CacheRegistry;
}

/** Grows whenever an object that may already have been looked at gets a registry: plans remembered per instance are void then. */
export const slotVersion = { current: 0 };

/**
 * Makes `registry` the one that the decorated methods of `instance` take their caches from.
 * For a class: the one of its static methods.
 */
export function attachRegistry(instance: object, registry: CacheRegistry): void {
  if (registryOf(instance) === registry) return;
  const property = { value: registry, configurable: true, writable: true, enumerable: false };
  if (!Reflect.defineProperty(instance, HELD, property)) frozen.set(instance, registry);
  slotVersion.current++;
}

/** The registry attached to `instance`, or to what it inherits from. */
export function registryOf(instance: unknown): CacheRegistry | undefined {
  return (instance as Attached | null | undefined)?.[HELD] ?? frozen.get(instance as object);
}

let decorated: WeakRef<Class>[] = [];
const seen = new WeakSet<Class>();
const listeners = new Set<(owner: Class) => void>();

/**
 * Tells of every class with a decorated instance method: of those known at once, of later ones as they come. With legacy
 * decorators that is when the class is defined, with standard ones when it is first constructed.
 */
export function onDecoratedClass(listener: (owner: Class) => void): void {
  listeners.add(listener);
  for (const reference of decorated) {
    const owner = reference.deref();
    if (owner !== undefined) listener(owner);
  }
}

/** Gives the instances of a class their slot, and the listeners the news. */
export function announceClass(owner: Class): void {
  if (seen.has(owner)) return;
  seen.add(owner);
  Object.defineProperty(owner.prototype, SLOT, {
    configurable: true,
    get(this: object) {
      return registryOf(this);
    },
    set(this: object, registry: CacheRegistry) {
      attachRegistry(this, registry);
    },
  });
  decorated = decorated.filter((reference) => reference.deref() !== undefined);
  decorated.push(new WeakRef(owner));
  for (const listener of listeners) listener(owner);
}
