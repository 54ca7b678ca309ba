import type { CachePhase } from '../contracts/loading.js';
import type { TagStamp } from '../command/tags/tags.js';
import { isPending, type MaybePromise } from '../util/maybe-promise.js';
import type { BatchFlights } from './batch-flights.js';
import { BatchStore, type LoadedBatch } from './batch-store.js';
import { waitAtMost } from './budget.js';
import type { LoadEngine } from './engine.js';
import { ANY_TAG, NOT_FOUND } from './flight.js';
import type { LoadPlan } from './plan.js';
import { loaderEnds, loaderStarts, runInside, type RunningLoad } from './reentrance.js';
import type { CacheScopeOptions } from './scope.js';
import { sharingFailure } from './sharing.js';
import { takeStamp } from './take-stamp.js';
import { type LoadTokens, NO_TOKENS, takeTokens } from './take-tokens.js';
import type { BatchTask } from './task.js';

/** What one batch load is about. Keys are known by position. */
export interface BatchSubject<T> {
  readonly engine: LoadEngine;
  readonly keys: readonly string[];
  readonly finalKeys: readonly string[];
  readonly task: BatchTask<T>;
  readonly plan: LoadPlan;
  readonly scope: CacheScopeOptions | undefined;
  readonly own: BatchFlights<T>;
  /** Returns when the load shall go on without the cache. @param keys default: all */
  tolerate(error: unknown, phase: CachePhase, keys?: readonly string[]): undefined;
}

/** One run of a batch's loader, for some of its keys: from the marks of their tags to the stored values. */
export class BatchRun<T> {
  readonly #batch: BatchSubject<T>;
  readonly #positions: readonly number[];
  readonly #running: RunningLoad;
  #budgetMs: number | undefined;

  /** @param running what the flights of these keys stand for */
  constructor(
    batch: BatchSubject<T>,
    positions: readonly number[],
    running: RunningLoad,
    budgetMs: number | undefined,
  ) {
    this.#batch = batch;
    this.#positions = positions;
    this.#running = running;
    this.#budgetMs = budgetMs;
  }

  /** A value, or {@link NOT_FOUND}, for every position. */
  async load(): Promise<ReadonlyMap<number, T>> {
    const { engine, own, plan, task } = this.#batch;
    const positions = this.#positions;
    const moment = plan.copies?.moment();
    const askedAt = performance.now();
    const stamping = this.#takeStamp();
    const taking = this.#takeTokens();
    const asked = isPending(stamping) || isPending(taking);
    const [stamp, taken] = asked ? await Promise.all([stamping, taking]) : [stamping, taking];
    if (this.#budgetMs !== undefined) this.#budgetMs -= performance.now() - askedAt;
    const tokens = taken && new Map(positions.map((position, index) => [position, taken[index]]));
    const turn = plan.limit?.take(this.#running, own.at(positions[0]!));
    if (turn !== undefined) await turn;
    const startedAt = performance.now();
    loaderStarts();
    let loaded: ReadonlyMap<number, T>;
    try {
      loaded = await runInside(this.#running, (missing) => task.run(missing), positions);
    } catch (error) {
      this.#failed(error);
      throw error;
    } finally {
      loaderEnds(this.#running);
      plan.limit?.release(this.#running);
    }
    const costMs = performance.now() - startedAt;
    const found = new Map<number, T>();
    for (const position of positions) {
      engine.rests.succeeded(this.#batch.finalKeys[position]!);
      const value = loaded.get(position);
      if (value !== undefined) found.set(position, plan.copies === undefined ? value : plan.copies.asRead(value));
    }
    await this.#store(found, loaded, { stamp, tokens, moment, costMs });
    for (const position of positions) if (!found.has(position)) found.set(position, NOT_FOUND as T);
    return found;
  }

  #failed(error: unknown): void {
    const { engine, finalKeys, own, plan } = this.#batch;
    for (const position of this.#positions) {
      engine.rests.failed(finalKeys[position]!, plan.freshness, own.at(position).kind.background);
    }
    if (plan.freshness?.remembers(error) === true) own.remember(this.#positions, error, plan.freshness.errorsMs!);
  }

  #takeStamp(): MaybePromise<TagStamp | undefined> {
    const { engine, own, plan, task } = this.#batch;
    const sure = task.tags !== undefined;
    for (const position of this.#positions) own.at(position).tags = sure ? ANY_TAG : plan.tags;
    if (plan.tags.length === 0 && !sure) return undefined;
    return takeStamp(engine, plan, sure ? 'surely' : 'hardly', this.#budgetMs, (error) =>
      this.#batch.tolerate(error, 'read'),
    );
  }

  #takeTokens(): MaybePromise<LoadTokens | undefined> {
    const { engine, finalKeys, plan, scope } = this.#batch;
    if (scope?.write === false) return NO_TOKENS;
    const keys = this.#positions.map((position) => finalKeys[position]!);
    return takeTokens(engine, keys, plan, this.#budgetMs, (error) => this.#batch.tolerate(error, 'read'));
  }

  /**
   * Stores what was loaded, waiting for it as long as the budget lasts.
   * @param made what the method answered: the functions of the options are about that, and not about what becomes of it
   */
  async #store(found: ReadonlyMap<number, T>, made: ReadonlyMap<number, T>, loaded: LoadedBatch): Promise<void> {
    const { engine, keys, own, plan, scope, task } = this.#batch;
    if (scope?.write === false) return;
    const store = new BatchStore(engine, keys, task, plan, loaded, (error, those) =>
      this.#batch.tolerate(error, 'write', those),
    );
    for (const position of this.#positions) {
      const value = found.get(position);
      const flight = own.at(position);
      flight.unshareable = !this.#canBeShared(value);
      if (!flight.unshareable) store.offer(position, flight, value, made.get(position));
    }
    const storing = store.write();
    if (!isPending(storing)) return;
    for (const [position, value] of found) own.at(position).stores(value);
    await waitAtMost(storing, scope?.awaitWrite === false ? 0 : this.#budgetMs, engine.stack.deadlines);
  }

  #canBeShared(value: T | undefined): boolean {
    const { engine, plan } = this.#batch;
    const failure = sharingFailure(value, plan.isolation, engine.stack.name);
    if (failure === undefined) return true;
    this.#batch.tolerate(failure, 'write');
    return false;
  }
}
