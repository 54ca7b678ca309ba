import type { Class } from '../command/stack-spec.js';
import { className, classOf } from './class-names.js';
import { announceClass } from './slot.js';

/** How wrappers call a method. */
export type Original = (this: unknown, ...args: unknown[]) => Promise<unknown>;

/** A decorated method where it stands in its class: what is known of it however many instances and subclasses there are. */
export class Site {
  readonly method: string | symbol;
  readonly isStatic: boolean;
  readonly original: Original;
  /** What stands in the class instead. */
  replacement: Original;
  #home: object | undefined;

  constructor(method: string | symbol, isStatic: boolean, original: Original) {
    this.method = method;
    this.isStatic = isStatic;
    this.original = original;
    this.replacement = original;
  }

  /** The method as messages call it: `Users.find`; `find` as long as the class is not known. */
  get label(): string {
    const name = this.#home === undefined ? '' : className(this.#declaring(this.#home) ?? Object);
    return name === '' ? String(this.method) : `${name}.${String(this.method)}`;
  }

  /** The class that declares it; `self` is what it was called on, and needed as long as nobody knows. */
  declaringClass(self: object): Class | undefined {
    if (this.#home === undefined) this.meet(self);
    return this.#home === undefined ? undefined : this.#declaring(this.#home);
  }

  /** The class it runs for: that of the instance, or for a static method the class it was called on. */
  runtimeClass(self: object): Class | undefined {
    if (this.isStatic) return typeof self === 'function' ? (self as Class) : undefined;
    return (Object.getPrototypeOf(self) as object | null)?.constructor as Class | undefined;
  }

  /** Makes `home`, a prototype or for a static method a class, the object that declares the method. */
  settle(home: object): void {
    this.#home = home;
    sitesOf(home).set(this.method, this);
    if (this.isStatic) return;
    const owner = classOf(home);
    if (owner !== undefined) announceClass(owner);
  }

  /**
   * Finds out who declares it from an object that inherits it. Another decorator may have wrapped the replacement once more;
   * then it is the outermost ancestor with a method of that name that is no other site's, since ancestors settle first.
   */
  meet(self: object): void {
    if (this.#home !== undefined) return;
    const homes = inheritance(self).filter((home) => Object.hasOwn(home, this.method));
    const mine = homes.find((home) => Object.getOwnPropertyDescriptor(home, this.method)?.value === this.replacement);
    const home = mine ?? homes.findLast((candidate) => !sites.get(candidate)?.has(this.method));
    if (home !== undefined) this.settle(home);
  }

  #declaring(home: object): Class | undefined {
    return this.isStatic ? (home as Class) : classOf(home);
  }
}

/** Decorated methods by the prototype, or for static ones the class, that declares them. */
const sites = new WeakMap<object, Map<string | symbol, Site>>();

function sitesOf(home: object): Map<string | symbol, Site> {
  let found = sites.get(home);
  if (found === undefined) sites.set(home, (found = new Map()));
  return found;
}

/** The decorated methods of `self`, own class first. An overridden one is left out. */
export function sitesFor(self: object): Map<string | symbol, Site> {
  const found = new Map<string | symbol, Site>();
  for (const home of inheritance(self)) {
    for (const [method, site] of sites.get(home) ?? []) if (!found.has(method)) found.set(method, site);
  }
  return found;
}

function inheritance(self: object): object[] {
  const chain: object[] = [];
  for (let at: object | null = self; at !== null; at = Object.getPrototypeOf(at) as object | null) chain.push(at);
  return chain;
}
