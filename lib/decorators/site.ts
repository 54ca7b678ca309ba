import type { Class } from '../command/stack-spec.js';
import type { CacheRegistry } from '../registry/registry.js';
import { className, classOf } from './class-names.js';
import type { KeyedMethod } from './keyed-method.js';
import { announceClass } from './slot.js';

/** How wrappers call a method. */
export type Method = (this: unknown, ...args: unknown[]) => Promise<unknown>;

/** A decorated method where it stands in its class: what is known of it however many instances and subclasses there are. */
export class Site {
  readonly decorator: string;
  readonly name: string | symbol;
  readonly isStatic: boolean;
  /** The method itself. */
  readonly original: Method;
  /** What stands in the class instead. */
  replacement: Method;
  /** What its keys are made with, if its results are cached. */
  keyed: KeyedMethod | undefined;
  /** Makes sure that instances of `owner` find what they need in `registry`. */
  verify: (registry: CacheRegistry, owner: Class) => void = () => undefined;
  #home: object | undefined;
  #outer: Site | undefined;

  constructor(decorator: string, name: string | symbol, isStatic: boolean, original: Method) {
    this.decorator = decorator;
    this.name = name;
    this.isStatic = isStatic;
    this.original = original;
    this.replacement = original;
  }

  /** The method as messages call it: `Users.find`; `find` as long as the class is not known. */
  get label(): string {
    const owner = this.#home === undefined ? undefined : this.#ownerOf(this.#home);
    const prefix = owner === undefined ? '' : className(owner);
    return prefix === '' ? String(this.name) : `${prefix}.${String(this.name)}`;
  }

  /** The class that declares it. `self` is what it was called on, and needed as long as nobody knows. */
  declaringClass(self: unknown): Class | undefined {
    this.meet(self);
    return this.#home === undefined ? undefined : this.#ownerOf(this.#home);
  }

  /** The class it runs for: that of the instance, or for a static method the class it was called on. */
  runtimeClass(self: unknown): Class | undefined {
    if (!isObject(self)) return this.declaringClass(self);
    if (this.isStatic) return self as Class;
    return (Object.getPrototypeOf(self) as object | null)?.constructor as Class | undefined;
  }

  /** Runs the method, and answers with a promise whatever it does. */
  async run(self: unknown, args: readonly unknown[]): Promise<unknown> {
    return this.original.apply(self, args as unknown[]);
  }

  /** Makes what stands in the class instead. */
  install(replacement: Method): void {
    this.replacement = replacement;
    sitesByReplacement.set(replacement, this);
    const inner = sitesByReplacement.get(this.original);
    if (inner !== undefined) inner.#outer = this;
  }

  /** Makes `home`, a prototype or for a static method a class, the object that declares the method. */
  settle(home: object): void {
    this.#home = home;
    const here = sitesByHome.get(home) ?? new Map<string | symbol, Site[]>();
    sitesByHome.set(home, here);
    here.set(this.name, [...(here.get(this.name) ?? []), this]);
    const owner = this.isStatic ? undefined : classOf(home);
    if (owner !== undefined) announceClass(owner);
  }

  /** Finds out who declares it from an object that inherits it. */
  meet(self: unknown): void {
    if (this.#home !== undefined || !isObject(self)) return;
    const home = this.#homeIn(self);
    if (home !== undefined) this.settle(home);
  }

  /**
   * Another decorator may have wrapped the replacement once more. If it is none of ours, home is taken to be the outermost
   * ancestor with a method of that name that is no other site's, since ancestors settle first.
   */
  #homeIn(self: object): object | undefined {
    if (this.#outer !== undefined) return this.#outer.#home ?? this.#outer.#homeIn(self);
    const homes = inheritance(self).filter((home) => Object.hasOwn(home, this.name));
    const exact = homes.find((home) => Object.getOwnPropertyDescriptor(home, this.name)?.value === this.replacement);
    return exact ?? homes.findLast((home) => !sitesByHome.get(home)?.has(this.name));
  }

  #ownerOf(home: object): Class | undefined {
    return this.isStatic ? (home as Class) : classOf(home);
  }
}

/** Decorated methods by the prototype, or for static ones the class, that declares them. */
const sitesByHome = new WeakMap<object, Map<string | symbol, Site[]>>();
const sitesByReplacement = new WeakMap<Method, Site>();

/** The decorated methods of an object with this inheritance, own class first. */
export function sitesOf(self: object): Site[] {
  // With standard decorators a method does not know its class before the first instance: look for it where it stands.
  for (const home of inheritance(self)) {
    for (const name of Reflect.ownKeys(home)) {
      const value: unknown = Object.getOwnPropertyDescriptor(home, name)?.value;
      if (typeof value === 'function') sitesByReplacement.get(value as Method)?.meet(self);
    }
  }
  return inheritance(self).flatMap((home) => [...(sitesByHome.get(home)?.values() ?? [])].flat());
}

/** The decorated method of that name whose results are cached. */
export function keyedSite(self: object, name: string | symbol): (Site & { readonly keyed: KeyedMethod }) | undefined {
  const named = inheritance(self).find((home) => sitesByHome.get(home)?.has(name));
  const found =
    named &&
    sitesByHome
      .get(named)!
      .get(name)!
      .find((site) => site.keyed !== undefined);
  return found as (Site & { readonly keyed: KeyedMethod }) | undefined;
}

function inheritance(self: object): object[] {
  const chain: object[] = [];
  for (let at: object | null = self; at !== null; at = Object.getPrototypeOf(at) as object | null) chain.push(at);
  return chain;
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
