import type { Class } from '../command/stack-spec.js';
import { ConfigError } from '../errors.js';
import type { CacheRegistry } from '../registry/registry.js';
import { didYouMean } from '../registry/readers.js';
import { type KeyFunction, keyText } from './key-text.js';
import type { KeyedMethod } from './keyed-method.js';
import { type Plan, Planner, type PlanOptions } from './plan.js';
import { keyedSite, type Site, sitesOf } from './site.js';

interface TargetOptions extends PlanOptions {
  readonly key?: KeyFunction | undefined;
  readonly keyOf?: KeyFunction | undefined;
  readonly of?: string | symbol | undefined;
}

/** Which keys, in which cache, a method that changes things is about. */
export class Target {
  readonly #site: Site;
  readonly #options: TargetOptions;
  readonly #planner: Planner;

  constructor(site: Site, options: TargetOptions) {
    this.#site = site;
    this.#options = options;
    this.#planner = new Planner(site, options, { defaultKeys: false, near: false });
    site.verify = (registry, owner) => this.#verify(registry, owner);
  }

  /** `undefined` = there is no cache in use. */
  planFor(self: unknown): Plan | undefined {
    return this.#planner.active(() => {
      const { cache, of } = this.#options;
      if (of === undefined || cache !== undefined) return this.#planner.planFor(self);
      return this.#planner.planOn(this.#sibling(self, of).planFor(self).cache, self);
    });
  }

  /** The keys that follow from the arguments alone. */
  keysOf(self: unknown, args: readonly unknown[]): readonly string[] {
    const { key, of } = this.#options;
    const keys = key === undefined ? [] : this.#listed(key(...(args as never)));
    if (of === undefined) return keys;
    const sibling = this.#sibling(self, of);
    return [...keys, ...sibling.keysOf(sibling.planFor(self), self, args)];
  }

  /** The keys that follow from the result. */
  keysOfResult(result: unknown, args: readonly unknown[]): readonly string[] {
    const { keyOf } = this.#options;
    return keyOf === undefined ? [] : this.#listed(keyOf(...([result, ...args] as never)));
  }

  #listed(answer: unknown): readonly string[] {
    const answers: unknown[] = Array.isArray(answer) ? answer : [answer];
    return answers.map((key) => keyText(this.#site, key));
  }

  #verify(registry: CacheRegistry, owner: Class): void {
    const { cache, of } = this.#options;
    if (of !== undefined) this.#sibling(this.#site.isStatic ? owner : owner.prototype, of);
    if (of === undefined || cache !== undefined) this.#planner.verify(registry, owner);
  }

  #sibling(self: unknown, of: string | symbol): KeyedMethod {
    const found = keyedSite(self as object, of);
    if (found !== undefined) return found.keyed;
    const cached = sitesOf(self as object).filter((site) => site.keyed !== undefined);
    const near = didYouMean(
      String(of),
      cached.map((site) => String(site.name)),
    );
    throw new ConfigError(
      `@${this.#site.decorator} on ${this.#site.label}: of: there is no cached method ${String(of)};${near} name one of this class`,
    );
  }
}
