import type { Cache } from '../contracts/cache.js';
import { ConfigError } from '../errors.js';
import { didYouMean, mistyped } from '../registry/readers.js';
import { classOf } from './class-names.js';
import type { AsyncMethod } from './dialect.js';
import { isObject, keyedSite, sitesOf } from './site.js';

/** The arguments with one id in place of the list of ids. */
export type PerId<Args extends readonly unknown[]> = {
  [Position in keyof Args]: NonNullable<Args[Position]> extends readonly (infer Id)[] ? Id : Args[Position];
};

/** What a method over many ids answers for one of them. */
export type ValueOf<Result> =
  Result extends ReadonlyMap<unknown, infer Value>
    ? Value
    : Result extends readonly (infer Value)[]
      ? Value
      : Result extends Readonly<Record<string, infer Value>>
        ? Value
        : never;

type ArgsOf<Method> = Method extends (...args: infer Args) => unknown ? Args : never;
type ResultOf<Method> = Method extends (...args: never) => Promise<infer Result> ? Result : never;

/**
 * What can be done with the cached results of one method. A `@MultiCached` method is spoken of per id: one id stands in place
 * of the ids; a list of them is a `ConfigError`. The second form of each function is for those.
 */
export interface CachedMethodHandle<Args extends readonly unknown[], Result> {
  /** The cache the method uses. */
  readonly cache: Cache;
  /** The key for these arguments. */
  key(...args: Args): string;
  key(...args: PerId<Args>): string;
  /** The stored value, `undefined` if there is none. The method is not run. Rejects when the cache fails. */
  peek(...args: Args): Promise<Result | undefined>;
  peek(...args: PerId<Args>): Promise<ValueOf<Result> | undefined>;
  /** Runs the method, whatever is stored, and stores what it answers. */
  refresh(...args: Args): Promise<Result>;
  refresh(...args: PerId<Args>): Promise<ValueOf<Result> | undefined>;
  /** Deletes the stored value. If that fails it is tried again until it is done. */
  invalidate(...args: Args): Promise<void>;
  invalidate(...args: PerId<Args>): Promise<void>;
}

/** The names of the methods that can be cached. */
type AsyncNames<Instance> = {
  [Name in keyof Instance]: Instance[Name] extends AsyncMethod ? Name : never;
}[keyof Instance];

/**
 * The cached results of a `@Cached` or `@MultiCached` method.
 * @param instance the object that the method belongs to; the class, for a static method
 * @throws ConfigError when no such method is cached
 */
export function cachedMethod<Instance extends object, Name extends AsyncNames<Instance> & (string | symbol)>(
  instance: Instance,
  name: Name,
): CachedMethodHandle<ArgsOf<Instance[Name]>, ResultOf<Instance[Name]>> {
  if (!isObject(instance))
    throw mistyped(instance, 'cachedMethod: the instance', 'give the object that the method belongs to');
  // With standard decorators a method may not know its class yet: looking at all of them tells it.
  const found = isPrototype(instance)
    ? undefined
    : (keyedSite(instance, name) ?? (sitesOf(instance).length > 0 ? keyedSite(instance, name) : undefined));
  if (found === undefined) throw notCached(instance, name);
  const { keyed } = found;
  const handle = {
    get cache() {
      return keyed.planFor(instance).cache;
    },
    key(...args: unknown[]) {
      keyed.checkSingle(args);
      return keyed.keyOf(keyed.planFor(instance), instance, args);
    },
    async peek(...args: unknown[]) {
      keyed.checkSingle(args);
      const plan = keyed.planFor(instance);
      return keyed.seen(plan, await plan.cache.get(keyed.keyOf(plan, instance, args)));
    },
    async refresh(...args: unknown[]) {
      keyed.checkSingle(args);
      return keyed.refresh(instance, args);
    },
    async invalidate(...args: unknown[]) {
      keyed.checkSingle(args);
      const plan = keyed.planFor(instance);
      await plan.loading.invalidations.invalidate({ keys: [keyed.keyOf(plan, instance, args)] }, plan.load);
    },
  };
  return handle as CachedMethodHandle<ArgsOf<Instance[Name]>, ResultOf<Instance[Name]>>;
}

/** Keys are made for the class of the instance; that of a prototype is the one above. */
function isPrototype(value: object): boolean {
  return classOf(value) !== undefined;
}

function notCached(instance: object, name: string | symbol): ConfigError {
  const prototype = isPrototype(instance) ? instance : (instance as { readonly prototype?: unknown }).prototype;
  if (isObject(prototype) && sitesOf(prototype).some((site) => site.keyed !== undefined && site.name === name))
    return new ConfigError(`cachedMethod: ${String(name)} is a method of instances; give one instead of the class`);
  const cached = sitesOf(instance).flatMap((site) => (site.keyed === undefined ? [] : [String(site.name)]));
  const known = cached.length === 0 ? 'there are none' : `there are: ${[...new Set(cached)].join(', ')}`;
  return new ConfigError(
    `cachedMethod: ${String(name)} is no cached method;${didYouMean(String(name), cached)} ${known}`,
  );
}
