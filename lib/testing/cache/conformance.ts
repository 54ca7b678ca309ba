import { randomUUID } from 'node:crypto';
import type { Cache } from '../../contracts/cache.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import { PassingTime, type ControlledClock } from '../passing-time.js';
import { checkSuite, declareSuite } from '../suite.js';
import type { CacheCase } from './case.js';
import { CACHE_CASES } from './cases.js';
import { CacheTrial, type TrialOverrides } from './trial.js';

/** Options of `cacheConformance`. */
export interface CacheConformanceOptions {
  /** Makes a cache with these options on top of its own; called for every case, and what it answers is closed after it. The store may be shared: every trial has a namespace of its own. */
  readonly create: (overrides: TrialOverrides) => MaybePromise<Cache>;
  /** Given where lifetimes follow it. Default: real time, and short waits. */
  readonly clock?: ControlledClock | undefined;
  /** Granularity of lifetimes, in ms. Default 1. */
  readonly ttlResolutionMs?: number | undefined;
  /** The backend clears whole namespaces, so their names need not be the beginning of its keys. Default `false`. */
  readonly wholeNamespaces?: boolean | undefined;
  /** What the serializer keeps: each has to come back deeply equal. Default: everything JSON knows. Texts among them are needed. */
  readonly values?: readonly unknown[] | undefined;
  /** Whether the cache's serializer promises `decimalIntegers`; where it does not, `increment` has to be refused. Default `true`. */
  readonly counters?: boolean | undefined;
}

/**
 * Declares a suite that holds a cache to every rule for its commands.
 * @throws ConfigError for an option that is wrong or does not exist
 */
export function cacheConformance(name: string, options: CacheConformanceOptions): void {
  checkSuite('cacheConformance', name, options, [
    'create',
    'clock',
    'ttlResolutionMs',
    'wholeNamespaces',
    'values',
    'counters',
  ]);
  const { counters = true } = options;
  const cases = CACHE_CASES.filter((rule) => rule.counters === undefined || rule.counters === counters);
  declareSuite(name, cases, (rule) => runCacheCase(rule, options));
}

/** Rejects if the cache breaks the rule. */
export async function runCacheCase(rule: CacheCase, options: CacheConformanceOptions): Promise<void> {
  const caches: Cache[] = [];
  const create = async (overrides: TrialOverrides): Promise<Cache> => {
    const cache = await options.create(overrides);
    caches.push(cache);
    return cache;
  };
  const namespace = `conformance-${randomUUID()}`;
  const time = new PassingTime(options.clock, options.ttlResolutionMs ?? 1);
  try {
    const cache = await create({ namespace });
    await rule.run(new CacheTrial(cache, namespace, options, time, create));
  } finally {
    for (const cache of caches) await cache.close();
  }
}
