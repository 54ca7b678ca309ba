import type { MethodFit } from './dialect.js';
import type { CachedOptions, CacheEvictOptions, CachePutOptions, MultiCachedOptions } from './options.js';
import type { WantedArgs, WantedItem, WantedResult, WantedSelf } from './wants.js';

/** The options whose functions get the same whatever the method is. */
type SameForAll = 'onCacheError' | 'staleIfErrorWhen' | 'errors';

/**
 * The given options and nothing else: a name that is none of `Known`'s does not compile. From the last part the compiler knows
 * what functions get that need no annotations.
 */
export type Exactly<Given, Known> = Given & { readonly [Name in Exclude<keyof Given, keyof Known>]: never } & Pick<
    Known,
    keyof Known & SameForAll
  >;

type ArgsOf<Method> = Method extends (...args: infer Args) => unknown ? Args : never;
type ResultOf<Method> = Method extends (...args: never) => Promise<infer Result> ? Result : never;

/** The names of the given options that `Wanted` does not accept. */
type Misfits<Given, Wanted> = {
  [Name in keyof Given & keyof Wanted]: Given[Name] extends Wanted[Name] ? never : Name;
}[keyof Given & keyof Wanted];

/** `of` names a method that takes these arguments. What is not public cannot be looked up here; it is checked when first used. */
type MisfitOf<Given, Self, Method> = Given extends { readonly of: infer Name extends keyof Self }
  ? Self[Name] extends (...args: infer Wanted) => unknown
    ? ArgsOf<Method> extends Wanted
      ? never
      : 'of'
    : 'of'
  : never;

interface OptionsFit<Given> extends MethodFit {
  readonly self: WantedSelf<Given>;
  readonly args: WantedArgs<Given>;
  readonly result: WantedResult<Given>;
}

export interface CachedFit<Given> extends OptionsFit<Given> {
  readonly other: never;
  readonly misfit: Misfits<Given, CachedOptions<ArgsOf<this['method']>, ResultOf<this['method']>, this['this']>>;
}

export interface CachePutFit<Given> extends OptionsFit<Given> {
  readonly other: MisfitOf<Given, this['this'], this['method']>;
  readonly misfit:
    Misfits<Given, CachePutOptions<ArgsOf<this['method']>, ResultOf<this['method']>, this['this']>> | this['other'];
}

export interface CacheEvictFit<Given> extends OptionsFit<Given> {
  readonly other: MisfitOf<Given, this['this'], this['method']>;
  readonly misfit:
    Misfits<Given, CacheEvictOptions<ArgsOf<this['method']>, ResultOf<this['method']>, this['this']>> | this['other'];
}

/** Where the ids stand among the arguments, and what stands beside them. */
type Split<Args extends readonly unknown[], Position, Before extends readonly unknown[] = []> = Args extends readonly [
  (infer First)?,
  ...infer Rest,
]
  ? Before['length'] extends Position
    ? { readonly ids: First; readonly others: [...Before, ...Rest] }
    : Rest['length'] extends 0
      ? never
      : Split<Rest, Position, [...Before, First]>
  : never;

type Position<Given> = Given extends { readonly idsFrom: infer At extends number } ? At : 0;

type IdOf<Ids> = never[] extends Ids ? (Ids extends Iterable<infer Id> ? Id : never) : never;

type Shape<Given> = Given extends { readonly returns: infer Returns extends string }
  ? Returns
  : Given extends { readonly idOf: unknown }
    ? 'array'
    : 'map';

interface Answers<Id, Value> {
  readonly map: ReadonlyMap<Id, Value>;
  readonly record: Readonly<Record<Id & PropertyKey, Value>>;
  readonly array: readonly Value[];
}

type ValueOf<Result, Returns> = Returns extends 'map'
  ? Result extends ReadonlyMap<unknown, infer Value>
    ? Value
    : never
  : Returns extends 'array'
    ? Result extends readonly (infer Value)[]
      ? Value
      : never
    : Result extends ReadonlyMap<unknown, unknown> | readonly unknown[]
      ? never
      : Result extends object
        ? Result[keyof Result]
        : never;

export interface MultiCachedFit<Given> extends MethodFit {
  readonly misfit: MultiMisfit<Given, this['method'], this['this']>;
  readonly self: WantedSelf<Given>;
  readonly args: unknown;
  readonly result: Answers<unknown, WantedItem<Given>>[Shape<Given> & keyof Answers<never, never>];
  // A function that takes `never` takes any item, and any instance.
  readonly other: MultiMisfit<Given, this['method'], never, never>;
}

type Parts<Given, Method> = Split<ArgsOf<Method>, Position<Given>>;

/** `Value` and `Self` are what the functions among the options get. */
type MultiMisfit<Given, Method, Self, Value = ValueOf<ResultOf<Method>, Shape<Given>>> = [
  Parts<Given, Method>,
] extends [never]
  ? 'idsFrom'
  : Parts<Given, Method> extends { readonly ids: infer Ids; readonly others: infer Others extends readonly unknown[] }
    ? [IdOf<Ids>] extends [never]
      ? 'idsFrom: the argument there takes no array'
      : ResultOf<Method> extends Answers<IdOf<Ids>, unknown>[Shape<Given> & keyof Answers<never, never>]
        ? Misfits<Given, MultiCachedOptions<ArgsOf<Method>, IdOf<Ids>, Others, Value, Self, IdOf<Ids>>>
        : 'returns'
    : never;
