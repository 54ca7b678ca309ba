import { internalsOf, isCache } from '../cache/internals.js';
import type { Class } from '../command/stack-spec.js';
import type { Gate } from '../command/gate.js';
import type { Cache } from '../contracts/cache.js';
import type { FreshnessOptions, LeaseOptions, LoadingOptions, OriginOptions } from '../contracts/loading.js';
import { ConfigError, isCacheError, UnknownCacheError } from '../errors.js';
import { FRESHNESS_OPTIONS } from '../loading/freshness.js';
import { OriginLimit } from '../loading/origin-limit.js';
import type { LoadPlan } from '../loading/plan.js';
import type { Loading } from '../loading/loading.js';
import { defaultRegistry, defaultRegistryVersion } from '../registry/default-registry.js';
import type { CacheRegistry } from '../registry/registry.js';
import type { Ttl } from '../util/duration.js';
import { disown } from '../util/maybe-promise.js';
import { className, LiveNames } from './class-names.js';
import type { KeyRules } from './key-rules.js';
import { NearTable } from './near-table.js';
import type { Site } from './site.js';
import { located } from '../registry/option.js';
import { registryOf, slotVersion } from './slot.js';

/** The options of a decorator that say where and how its method is cached. */
export interface PlanOptions extends LoadingOptions, FreshnessOptions, LeaseOptions, OriginOptions {
  readonly cache?: string | Cache | ((self: never) => Cache) | undefined;
  readonly ttl?: Ttl | ((...args: never) => Ttl | undefined) | undefined;
  readonly tags?: readonly string[] | ((...args: never) => readonly string[]) | undefined;
  readonly prefix?: string | undefined;
  readonly dataClasses?: readonly Class[] | undefined;
}

/** How one decorated method is cached for one class in one cache: all that need not be found out again for each call. */
export interface Plan {
  readonly cache: Cache;
  readonly gate: Gate;
  readonly loading: Loading;
  readonly load: LoadPlan;
  /** `undefined` where no default keys are made. */
  readonly rules: KeyRules | undefined;
  /** Where hits may bypass the cache's pipeline. */
  readonly near: NearTable | undefined;
}

/** What a method does about keys: makes default ones, and may look arguments up without making one. */
export interface KeyStyle {
  readonly defaultKeys: boolean;
  readonly near: boolean;
}

const LOADING_OPTIONS = ['budget', 'isolation', 'lease', 'onCacheError', ...FRESHNESS_OPTIONS] as const;

function pick<Options, Name extends keyof Options>(options: Options, names: readonly Name[]): Pick<Options, Name> {
  return Object.fromEntries(names.map((name) => [name, options[name]])) as Pick<Options, Name>;
}

/** Which class and method a default key begins with, per registry and per cache: two must not begin alike. */
const heads = new WeakMap<object, LiveNames>();

function headsOf(owner: object): LiveNames {
  let names = heads.get(owner);
  if (names === undefined) heads.set(owner, (names = new LiveNames()));
  return names;
}

/** Makes the plans of one decorated method, and remembers them. */
export class Planner {
  readonly #site: Site;
  readonly #options: PlanOptions;
  readonly #style: KeyStyle;
  readonly #plans = new WeakMap<Cache, WeakMap<object, Plan>>();
  /** One per cache, also where classes inherit the method. */
  readonly #limits = new WeakMap<Cache, OriginLimit>();
  /** One per cache, too, where a `prefix` lets the classes that inherit the method share its keys. */
  readonly #argumentClasses = new WeakMap<Cache, LiveNames>();
  /** Stand for "this method in that class" among the heads. */
  readonly #holders = new WeakMap<Class, object>();
  // The last call's plan, and what it was found by.
  #self: unknown;
  #plan: Plan | undefined;
  #slots = -1;
  #defaults = -1;

  constructor(site: Site, options: PlanOptions, style: KeyStyle) {
    this.#site = site;
    this.#options = options;
    this.#style = style;
  }

  /** The plan of the last call, if it was for `self` and still holds: most services are singletons. */
  recall(self: unknown): Plan | undefined {
    const known =
      self === this.#self && this.#slots === slotVersion.current && this.#defaults === defaultRegistryVersion;
    return known && this.#plan?.gate.open === true ? this.#plan : undefined;
  }

  /**
   * The plan for a call on `self`.
   * @throws UnknownCacheError, ConfigError; CacheClosedError when the registry was closed before the method was ever used
   */
  planFor(self: unknown): Plan {
    const recalled = this.recall(self);
    if (recalled !== undefined) return recalled;
    const plan = this.#find(self);
    if (typeof this.#options.cache === 'function') return plan; // it may answer with another cache each time
    this.#self = self;
    this.#plan = plan;
    this.#slots = slotVersion.current;
    this.#defaults = defaultRegistryVersion;
    return plan;
  }

  /** The plan for calls on `self` in a cache that somebody else chose. */
  planOn(cache: Cache, self: unknown): Plan {
    return this.#planOf(cache, undefined, this.#site.runtimeClass(self), self);
  }

  /** Makes sure that instances of `owner` will find their cache in `registry`, and keys of their own. */
  verify(registry: CacheRegistry, owner: Class): void {
    if (typeof this.#options.cache !== 'function') this.#planIn(registry, owner, owner.prototype);
  }

  /**
   * What `find` answers if there is a cache to use; `undefined` = just run the method: the cache is switched off, or it was
   * closed before the method was ever used. Later on a closed cache has a plan that tells `onCacheError`.
   */
  active(find: () => Plan): Plan | undefined {
    let plan: Plan;
    try {
      plan = find();
    } catch (error) {
      if (isCacheError(error, 'ERR_CACHE_CLOSED') && this.#options.onCacheError !== 'throw') return undefined;
      throw error;
    }
    return plan.gate.open && !plan.gate.enabled ? undefined : plan;
  }

  #find(self: unknown): Plan {
    try {
      return this.#planIn(registryOf(self) ?? defaultRegistry(), this.#site.runtimeClass(self), self);
    } catch (error) {
      if (isCacheError(error, 'ERR_CACHE_CLOSED') && this.#plan !== undefined && this.#self === self) return this.#plan;
      throw error;
    }
  }

  #planIn(registry: CacheRegistry, runtime: Class | undefined, self: unknown): Plan {
    const { cache = 'default' } = this.#options;
    if (typeof cache === 'string') return this.#planOf(this.#named(cache, registry), registry, runtime, self);
    const given = typeof cache === 'function' ? cache(self as never) : cache;
    if (isCache(given)) return this.#planOf(given, undefined, runtime, self);
    disown(given);
    throw new ConfigError(`@${this.#site.decorator} on ${this.#site.label}: the \`cache\` function answered no cache`);
  }

  #named(name: string, registry: CacheRegistry): Cache {
    try {
      return registry.get(name);
    } catch (error) {
      if (!isCacheError(error, 'ERR_CACHE_UNKNOWN_CACHE')) throw error;
      throw new UnknownCacheError(`@${this.#site.decorator} on ${this.#site.label}: ${error.message}`, {
        cache: error.cache,
      });
    }
  }

  #planOf(cache: Cache, registry: CacheRegistry | undefined, runtime: Class | undefined, self: unknown): Plan {
    const owner = runtime ?? this.#site;
    let plans = this.#plans.get(cache);
    if (plans === undefined) this.#plans.set(cache, (plans = new WeakMap()));
    let plan = plans.get(owner);
    if (plan === undefined) plans.set(owner, (plan = this.#make(cache, registry, runtime, self)));
    return plan;
  }

  #make(cache: Cache, registry: CacheRegistry | undefined, runtime: Class | undefined, self: unknown): Plan {
    const { stack, loading } = internalsOf(cache);
    const { ttl, tags } = this.#options;
    const fixed = {
      ttl: typeof ttl === 'function' ? undefined : ttl,
      tags: typeof tags === 'function' ? undefined : tags,
      originConcurrency: this.#limitOn(cache),
    };
    const place = `@${this.#site.decorator} on ${this.#site.label}: `;
    const load = located(place, cache.name, () => loading.plan({ ...pick(this.#options, LOADING_OPTIONS), ...fixed }));
    const rules = this.#style.defaultKeys ? this.#rules(cache, registry, runtime, self) : undefined;
    const near = this.#style.near && load.hits !== undefined ? new NearTable(stack.near!) : undefined;
    return { cache, gate: stack.gate, loading, load, rules, near };
  }

  #limitOn(cache: Cache): OriginLimit | null | undefined {
    const { originConcurrency: most } = this.#options;
    if (most === undefined) return undefined;
    if (most === null || most === 0) return null;
    let limit = this.#limits.get(cache);
    if (limit === undefined) this.#limits.set(cache, (limit = new OriginLimit(most)));
    return limit;
  }

  #argumentClassesIn(cache: Cache): LiveNames {
    let names = this.#argumentClasses.get(cache);
    if (names === undefined) this.#argumentClasses.set(cache, (names = new LiveNames()));
    return names;
  }

  #rules(cache: Cache, registry: CacheRegistry | undefined, runtime: Class | undefined, self: unknown): KeyRules {
    const { head, holder } = this.#head(runtime, self);
    for (const place of registry === undefined ? [cache] : [cache, registry]) {
      if (headsOf(place).claim(head, holder)) continue;
      throw new ConfigError(
        `@${this.#site.decorator} on ${this.#site.label}: another class or method has keys that begin with ${head}; ` +
          'rename one, or give one decorator a `prefix`',
        { cache: cache.name },
      );
    }
    const { stack } = internalsOf(cache);
    return {
      head,
      method: this.#site.label,
      dataClasses: [...(this.#options.dataClasses ?? []), ...stack.spec.dataClasses],
      argumentClasses: this.#options.prefix === undefined ? new LiveNames() : this.#argumentClassesIn(cache),
    };
  }

  /** `Users.find`, `Admin<Users>.find` in a subclass, `Users::find` for a static method, or the `prefix`. */
  #head(runtime: Class | undefined, self: unknown): { head: string; holder: object } {
    const { prefix } = this.#options;
    if (prefix !== undefined) return { head: prefix, holder: this.#site };
    const declaring = this.#site.declaringClass(self) ?? runtime;
    const name = runtime === undefined ? '' : className(runtime);
    const declared = declaring === undefined ? '' : className(declaring);
    if (runtime === undefined || name === '' || declared === '' || typeof this.#site.name === 'symbol') {
      const what =
        typeof this.#site.name === 'symbol'
          ? 'a method named by a symbol'
          : runtime === undefined
            ? 'a method that was not called on an instance, before its class is known,'
            : 'an anonymous class';
      throw new ConfigError(
        `@${this.#site.decorator} on ${this.#site.label}: ${what} has no name to begin keys with; give the decorator a \`prefix\` or a \`key\``,
      );
    }
    let holder = this.#holders.get(runtime);
    if (holder === undefined) this.#holders.set(runtime, (holder = {}));
    const owner = declaring === runtime ? name : `${name}<${declared}>`;
    return { head: `${owner}${this.#site.isStatic ? '::' : '.'}${this.#site.name}`, holder };
  }
}
