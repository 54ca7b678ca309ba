import type { Commands } from '../command/compile.js';
import type { Stack } from '../command/stack.js';
import type { NearEntry } from '../contracts/near.js';
import type { GetOrSetOptions, Loader } from '../contracts/loading.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import { CacheClosedError, ConfigError, namedCache } from '../errors.js';
import { loadMany } from './batch-load.js';
import { LoadEngine } from './engine.js';
import { Invalidations } from './invalidation.js';
import { planLoading, type LoadPlan } from './plan.js';
import { hitOf, loadOne } from './single-load.js';
import type { BatchTask, ContextSource, LoadTask } from './task.js';

/** Everything of one cache that loads values: what `getOrSet` and the decorators call. */
export class Loading {
  readonly stack: Stack;
  readonly invalidations: Invalidations;
  readonly #engine: LoadEngine;
  readonly #defaultPlan: LoadPlan;

  constructor(stack: Stack, commands: Commands) {
    this.stack = stack;
    this.#engine = new LoadEngine(stack, commands);
    this.#defaultPlan = planLoading(stack, {});
    this.invalidations = new Invalidations(this.#engine);
  }

  /** @throws ConfigError naming the option that is wrong */
  plan(options: GetOrSetOptions): LoadPlan {
    try {
      return planLoading(this.stack, options);
    } catch (error) {
      throw namedCache(error, this.stack.name);
    }
  }

  /** The entry that answers a call with this key, where hits may be taken straight from the entries. Counts as a use. */
  hit(key: string, plan: LoadPlan): NearEntry | undefined {
    return hitOf(this.#engine, key, plan);
  }

  /** One key. Cache failures go by the plan; only the task's own errors and the program's mistakes reject. */
  one<T>(key: string, task: LoadTask<T>, plan: LoadPlan, signal?: AbortSignal): Promise<T> {
    return loadOne(this.#engine, key, task, plan, signal);
  }

  /** Many keys, by position. */
  many<T>(keys: readonly string[], task: BatchTask<T>, plan: LoadPlan): Promise<(T | undefined)[]> {
    return loadMany(this.#engine, keys, task, plan);
  }

  async getOrSet<T>(key: string, loader: Loader<T>, options: GetOrSetOptions | undefined): Promise<T> {
    if (typeof loader !== 'function')
      throw new ConfigError('getOrSet: the loader must be a function', { cache: this.stack.name });
    if (!this.stack.gate.open) throw new CacheClosedError('getOrSet: the cache is closed', { cache: this.stack.name });
    const plan = options === undefined ? this.#defaultPlan : this.plan(options);
    return this.one(key, new LoaderTask(loader), plan, options?.signal);
  }

  close(): void {
    this.invalidations.close();
  }
}

class LoaderTask<T> implements LoadTask<T> {
  readonly #loader: Loader<T>;

  constructor(loader: Loader<T>) {
    this.#loader = loader;
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
