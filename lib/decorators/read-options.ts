import type { FreshnessOptions } from '../contracts/loading.js';
import { isCache } from '../cache/internals.js';
import { ConfigError } from '../errors.js';
import { Freshness } from '../loading/freshness.js';
import { readDataClasses } from '../registry/data-classes.js';
import { checkNames, located } from '../registry/option.js';
import { choiceReader, functionReader, mistyped, readName, readWait, type Reader } from '../registry/readers.js';
import { readTags } from '../loading/tag-names.js';
import { parseConcurrency } from '../util/concurrency.js';
import { parseLimit } from '../util/duration.js';
import type { CachedOptions, CacheEvictOptions, CachePutOptions, MultiCachedOptions } from './options.js';
import type { Site } from './site.js';

/** Checks one option; the option itself is taken as it is. */
type Check = Reader<unknown>;

type Checks<Options> = { readonly [Name in keyof Required<Options>]: Check };

const anyFunction: Check = functionReader();

const flag: Check = (value, path) => {
  if (typeof value !== 'boolean') throw mistyped(value, path, 'use true or false');
};

const cache: Check = (value, path) => {
  if (typeof value === 'string' || typeof value === 'function' || isCache(value)) return;
  throw mistyped(value, path, 'use the name of a cache, a cache, or a function that answers one');
};

const ttl: Check = (value, path) => {
  if (typeof value !== 'function') parseLimit(value, path);
};

const onCacheError: Check = (value, path) => {
  if (typeof value !== 'function') choiceReader(['run', 'throw'])(value, path);
};

const idsFrom: Check = (value, path) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw new ConfigError(`${path} is no position; use 0 for the first argument`);
};

const methodName: Check = (value, path) => {
  if (typeof value !== 'string' && typeof value !== 'symbol')
    throw mistyped(value, path, 'use the name of a method of this class');
};

const tags: Check = (value, path) => {
  if (typeof value !== 'function') readTags(value, path, undefined);
};

/** Checked all together, by {@link Freshness}: some need each other. */
const together: Check = () => undefined;

const keeping = { jitter: together, staleWhileRevalidate: together, staleIfError: together };
const freshness = {
  ...keeping,
  staleIfErrorWhen: together,
  softTimeout: together,
  hardTimeout: together,
  refreshAhead: together,
  earlyExpiration: together,
  retryAfter: together,
  errors: together,
};

const calls = { cache, condition: anyFunction, budget: parseLimit, onCacheError };
const stores = { ttl, tags, unless: anyFunction, isolation: choiceReader(['none', 'copy', 'freeze']) };
const defaultKeys = { key: anyFunction, prefix: readName, dataClasses: readDataClasses };

const perKey = { ...calls, ...stores, ...defaultKeys };

const loads = { ...freshness, lease: readWait, originConcurrency: parseConcurrency };

const CACHED: Checks<CachedOptions> = { ...perKey, ...loads };

const MULTI_CACHED: Checks<MultiCachedOptions> = {
  ...perKey,
  ...loads,
  idsFrom,
  returns: choiceReader(['map', 'record', 'array']),
  idOf: anyFunction,
  cacheMissing: flag,
};

const targets = { key: anyFunction, keyOf: anyFunction, of: methodName };

const CACHE_PUT: Checks<CachePutOptions> = { ...calls, ...stores, ...keeping, ...targets };

const CACHE_EVICT: Checks<CacheEvictOptions> = { ...calls, ...targets, tags, clear: flag, before: flag };

const CHECKS = { Cached: CACHED, MultiCached: MULTI_CACHED, CachePut: CACHE_PUT, CacheEvict: CACHE_EVICT };

/**
 * A checked copy of a decorator's options.
 * @throws ConfigError naming decorator, class (where the dialect tells it), method and option
 */
export function readOptions<Options extends object>(site: Site, options: Options): Options {
  const place = `@${site.decorator} on ${site.label}`;
  const checks: Readonly<Record<string, Check>> = CHECKS[site.decorator as keyof typeof CHECKS];
  if (typeof options !== 'object' || options === null) throw mistyped(options, `${place}: options`, 'use an object');
  checkNames(options, Object.keys(checks), `${place}: options`, `@${site.decorator}`);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) checks[name]!(value, `${place}: ${name}`);
  located(`${place}: `, undefined, () => checkFreshness(options));
  return Object.fromEntries(given) as Options;
}

function checkFreshness(options: FreshnessOptions & { readonly ttl?: unknown }): void {
  const freshness = new Freshness(options, Math.random);
  if (typeof options.ttl !== 'function' && options.ttl !== undefined)
    freshness.checkKept(parseLimit(options.ttl, 'ttl'));
}

/** @throws ConfigError when not exactly one of the options is given (`false` is as good as not given) */
export function exactlyOne<Options extends object>(
  site: Site,
  options: Options,
  names: readonly (keyof Options & string)[],
): void {
  const given = givenOf(options, names);
  if (given.length !== 1) throw needs(site, 'one', names, given.length === 0 ? 'has none' : `has ${given.length}`);
}

/** @throws ConfigError when the decorator has none of these options */
export function oneOrMore<Options extends object>(
  site: Site,
  options: Options,
  names: readonly (keyof Options & string)[],
): void {
  if (givenOf(options, names).length === 0) throw needs(site, 'at least one', names, 'has none');
}

function givenOf<Options extends object>(options: Options, names: readonly (keyof Options & string)[]): string[] {
  return names.filter((name) => options[name] !== undefined && options[name] !== false);
}

function needs(site: Site, many: string, names: readonly string[], problem: string): ConfigError {
  return new ConfigError(
    `@${site.decorator} on ${site.label}: needs ${many} of the options ${names.join(', ')}, and ${problem}`,
  );
}

/** @throws ConfigError when both options are given: `one` would do nothing */
export function notBoth<Options extends object>(
  site: Site,
  options: Options,
  one: keyof Options & string,
  other: keyof Options & string,
): void {
  if (options[one] === undefined || options[other] === undefined) return;
  throw new ConfigError(
    `@${site.decorator} on ${site.label}: ${one} does nothing beside ${other}; leave one of them out`,
  );
}
