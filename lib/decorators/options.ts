import type { Class } from '../command/stack-spec.js';
import type { Cache } from '../contracts/cache.js';
import type {
  FreshnessOptions,
  KeepingOptions,
  LeaseOptions,
  LoadingOptions,
  OriginOptions,
} from '../contracts/loading.js';
import type { Ttl } from '../util/duration.js';

/** Arguments of a method. */
type Arguments = readonly unknown[];

/** Which cache a decorated method uses. */
interface CacheChoice<Self> {
  /** A name, a cache, or a function of the instance. Default: `'default'`. */
  readonly cache?: string | Cache | ((self: Self) => Cache) | undefined;
}

interface Condition<Args extends Arguments> {
  /** `false` = leave the cache alone for this call: neither read, join nor write. */
  readonly condition?: ((...args: Args) => boolean) | undefined;
}

interface Storing<Value, Args extends Arguments> {
  /** How long values stay. `undefined` = the cache's default; `0`/`null` = for ever. */
  readonly ttl?: Ttl | ((result: Value, ...args: Args) => Ttl | undefined) | undefined;
  /** `true` = do not store this value. */
  readonly unless?: ((result: Value, ...args: Args) => boolean) | undefined;
}

interface Tagging<Value, Args extends Arguments> {
  /** What `invalidateTags` knows the entry by: a list, or a synchronous function. Default: none. */
  readonly tags?: readonly string[] | ((result: Value, ...args: Args) => readonly string[]) | undefined;
}

interface DefaultKey {
  /** Replaces class and method in the default key. */
  readonly prefix?: string | undefined;
  /** Classes whose instances, as arguments, are nothing but their own enumerable properties. */
  readonly dataClasses?: readonly Class[] | undefined;
}

/** Options of `@Cached`. All functions are synchronous and annotate their parameters. */
export interface CachedOptions<Args extends Arguments = never, Result = never, Self = never>
  extends
    LoadingOptions,
    FreshnessOptions,
    LeaseOptions,
    OriginOptions,
    CacheChoice<Self>,
    Condition<Args>,
    Storing<Result, Args>,
    Tagging<Result, Args>,
    DefaultKey {
  /** The key in the cache, as it is. Default: made of class, method and arguments. */
  readonly key?: ((...args: Args) => string) | undefined;
}

/** Options of `@MultiCached`. `Args` are those of the method, `Others` those beside the ids; `ItemId` is what `idOf` answers. */
export interface MultiCachedOptions<
  Args extends Arguments = never,
  Id = never,
  Others extends Arguments = never,
  Value = never,
  Self = never,
  ItemId = unknown,
>
  extends
    LoadingOptions,
    FreshnessOptions,
    LeaseOptions,
    OriginOptions,
    CacheChoice<Self>,
    Condition<Args>,
    Storing<Value, [id: Id, ...others: Others]>,
    Tagging<Value, [id: Id, ...others: Others]>,
    DefaultKey {
  /** The key of one id, as it is. Default: made of class, method and arguments, the id in place of the ids. */
  readonly key?: ((id: Id, ...others: Others) => string) | undefined;
  /** Position of the argument with the ids. Default: 0. */
  readonly idsFrom?: number | undefined;
  /** What the method answers with. Default: `'map'`, or `'array'` when there is an `idOf`. */
  readonly returns?: 'map' | 'record' | 'array' | undefined;
  /** The id of an item of the array. */
  readonly idOf?: ((item: Value) => ItemId) | undefined;
  /** Also remember which ids were not found. Default: `false`. */
  readonly cacheMissing?: boolean | undefined;
}

/** Options of `@CachePut`: one of `key`, `keyOf` and `of` says where the result goes. */
export interface CachePutOptions<Args extends Arguments = never, Result = never, Self = never>
  extends
    LoadingOptions,
    KeepingOptions,
    CacheChoice<Self>,
    Condition<Args>,
    Storing<Result, Args>,
    Tagging<Result, Args> {
  /** The key, as it is. */
  readonly key?: ((...args: Args) => string) | undefined;
  /** Like `key`, from the result. */
  readonly keyOf?: ((result: Result, ...args: Args) => string) | undefined;
  /** The key that this sibling method has for these arguments, in its cache unless `cache` names another. */
  readonly of?: string | symbol | undefined;
}

/** Options of `@CacheEvict`: `key`, `keyOf`, `of`, `tags` and `clear`, at least one of them, say what goes; together they add up. */
export interface CacheEvictOptions<Args extends Arguments = never, Result = never, Self = never>
  extends Omit<LoadingOptions, 'isolation'>, CacheChoice<Self>, Condition<Args>, Tagging<Result, Args> {
  /** The key, or the keys. */
  readonly key?: ((...args: Args) => string | readonly string[]) | undefined;
  /** Like `key`, from the result. */
  readonly keyOf?: ((result: Result, ...args: Args) => string | readonly string[]) | undefined;
  /** The key that this sibling method has for these arguments, in its cache unless `cache` names another. */
  readonly of?: string | symbol | undefined;
  /** The whole namespace of the cache. */
  readonly clear?: boolean | undefined;
  /** Evict before the method runs, whatever becomes of it. Default: afterwards, and only if it succeeded. */
  readonly before?: boolean | undefined;
}
