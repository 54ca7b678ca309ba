import type { Commands } from '../command/compile.js';
import { checkIsOptions } from '../command/given-options.js';
import type { Stack } from '../command/stack.js';
import type { NearEntry } from '../contracts/near.js';
import type { GetOrSetOptions, Loader } from '../contracts/loading.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import { CacheClosedError, ConfigError, namedCache } from '../errors.js';
import { parseConcurrency } from '../util/concurrency.js';
import type { Ttl } from '../util/duration.js';
import { isolate } from '../util/isolation.js';
import { checkKnownOptions } from '../util/known-options.js';
import { loadMany } from './batch-load.js';
import { LoadEngine } from './engine.js';
import { Invalidations } from './invalidation.js';
import type { TagStamp } from '../command/tags/tags.js';
import { valueWithin } from './budget.js';
import { OriginLimit } from './origin-limit.js';
import { GET_OR_SET_OPTIONS, planLoading, type LoadPlan } from './plan.js';
import { PlanMemo } from './plan-memo.js';
import { sharingFailure } from './sharing.js';
import { loadOne } from './single-load.js';
import type { BatchTask, ContextSource, LoadTask } from './task.js';

/** `originConcurrency`: a limit that is there already can be given, too. */
type PlanOptions = Omit<GetOrSetOptions, 'tags' | 'originConcurrency'> & {
  readonly tags?: readonly string[] | undefined;
  readonly originConcurrency?: number | null | OriginLimit | undefined;
};

/** Everything of one cache that loads values: what `getOrSet` and the decorators call. */
export class Loading {
  readonly stack: Stack;
  readonly invalidations: Invalidations;
  readonly #engine: LoadEngine;
  readonly #defaultPlan: LoadPlan;
  readonly #plans = new PlanMemo();
  /** Of all loads that name none themselves. */
  readonly #limit: OriginLimit | undefined;
  readonly #limits = new Map<number, OriginLimit>();

  constructor(stack: Stack, commands: Commands) {
    this.stack = stack;
    this.#engine = new LoadEngine(stack, commands);
    const { originConcurrency } = stack.spec;
    this.#limit = originConcurrency === undefined ? undefined : new OriginLimit(originConcurrency);
    this.#defaultPlan = planLoading(stack, {}, this.#limit);
    this.invalidations = new Invalidations(this.#engine);
  }

  /** @throws ConfigError naming the option that is wrong */
  plan(options: PlanOptions): LoadPlan {
    try {
      return planLoading(this.stack, options, this.#limitFor(options.originConcurrency));
    } catch (error) {
      throw namedCache(error, this.stack.name);
    }
  }

  /** The entry that answers a call with this key, where hits may be taken straight from the entries. Counts as a use. */
  hit(key: string, plan: LoadPlan): NearEntry | undefined {
    return this.#engine.hit(key, plan);
  }

  /** One key. Cache failures go by the plan; only the task's own errors and the program's mistakes reject. */
  one<T>(key: string, task: LoadTask<T>, plan: LoadPlan, signal?: AbortSignal): Promise<T> {
    return loadOne(this.#engine, key, task, plan, signal);
  }

  /** Many keys, by position. */
  many<T>(keys: readonly string[], task: BatchTask<T>, plan: LoadPlan): Promise<(T | undefined)[]> {
    return loadMany(this.#engine, keys, task, plan);
  }

  /**
   * The marks of the tags before a method runs whose answer is to be stored; `undefined` = they cannot be had.
   * @param later others follow from its answer
   */
  async stamp(plan: LoadPlan, later: boolean): Promise<TagStamp | undefined> {
    const { deadlines, keys, tags } = this.stack;
    const stamp = async (): Promise<TagStamp> =>
      tags.stamp(keys.prefix(plan.namespace), { known: plan.tags, more: later ? 'surely' : 'hardly' });
    return valueWithin(stamp(), plan.budgetMs, deadlines).catch(() => undefined);
  }

  /** Stores what a method answered, isolated as the plan says. If one of its tags was invalidated meanwhile it is not stored, and what is there is invalidated. */
  async put(key: string, value: unknown, ttl: Ttl | undefined, plan: LoadPlan, tagging?: Tagging): Promise<void> {
    const { protectsHits, isolation } = plan;
    const refused = protectsHits ? sharingFailure(value, isolation, this.stack.name) : undefined;
    if (refused !== undefined) return this.invalidations.replaceByNothing(key, refused, plan);
    // At once: the caller may have the value, and change it, before it is written.
    const kept = protectsHits ? isolate(value, isolation) : value;
    const marks =
      tagging === undefined ? [] : await Promise.resolve(tagging.stamp?.marks(tagging.tags)).catch(() => undefined);
    if (marks === undefined) return this.invalidations.invalidate({ keys: [key] }, plan);
    await this.invalidations.replace(key, kept, plan.factsFor(ttl, 0, marks, plan.draw()), plan);
  }

  getOrSet<T>(key: string, loader: Loader<T>, options: GetOrSetOptions<T> | undefined): Promise<T> {
    try {
      const cache = this.stack.name;
      if (typeof loader !== 'function') throw new ConfigError('getOrSet: the loader must be a function', { cache });
      if (!this.stack.gate.open) throw new CacheClosedError('getOrSet: the cache is closed', { cache });
      if (options === undefined) return this.one(key, new LoaderTask(loader, undefined), this.#defaultPlan);
      checkIsOptions('getOrSet', options, cache);
      const { tags } = options;
      const later = typeof tags === 'function' ? tags : undefined;
      return this.one(key, new LoaderTask(loader, later), this.#planOf(options), options.signal ?? undefined);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #planOf<T>(options: GetOrSetOptions<T>): LoadPlan {
    const known = this.#plans.find(options);
    if (known !== undefined) return known;
    checkKnownOptions('getOrSet', options, GET_OR_SET_OPTIONS, this.#engine.stack.name);
    const plain = typeof options.tags === 'function' ? { ...options, tags: undefined } : (options as PlanOptions);
    const plan = this.plan(plain);
    this.#plans.remember(options, plan);
    return plan;
  }

  #limitFor(given: PlanOptions['originConcurrency']): OriginLimit | undefined {
    if (given === undefined) return this.#limit;
    if (given instanceof OriginLimit) return given;
    const most = parseConcurrency(given, 'originConcurrency');
    if (most === undefined) return undefined;
    let limit = this.#limits.get(most);
    if (limit === undefined) this.#limits.set(most, (limit = new OriginLimit(most)));
    return limit;
  }

  /** Ends retries, forgets failures, and waits for the loads under way in the background. */
  async close(): Promise<void> {
    this.invalidations.close();
    this.#engine.flights.close();
    const { gate } = this.stack;
    gate.draining = true;
    await this.#engine.refreshes.drain();
    gate.draining = false;
  }
}

/** The tags of something to be stored, and what their marks were before it was made. */
export interface Tagging {
  readonly tags: readonly string[];
  readonly stamp: TagStamp | undefined;
}

class LoaderTask<T> implements LoadTask<T> {
  readonly mayTag: 'hardly' | 'yes';
  /** Only there if there are any: the load asks. */
  declare readonly tags?: (value: T) => readonly string[];
  readonly #loader: Loader<T>;

  constructor(loader: Loader<T>, tags: ((value: T) => readonly string[]) | undefined) {
    this.#loader = loader;
    this.mayTag = loader.length > 0 ? 'yes' : 'hardly';
    if (tags !== undefined) this.tags = tags;
  }

  run(source: ContextSource): MaybePromise<T> {
    return this.#loader(source.context());
  }

  stores(): boolean {
    return true;
  }

  ttl(): undefined {
    return undefined;
  }
}
