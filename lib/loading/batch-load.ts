import type { CachePhase } from '../contracts/loading.js';
import { Framed } from '../entries/framed.js';
import { isPending, type MaybePromise } from '../util/maybe-promise.js';
import { cloneValue } from '../util/isolation.js';
import { BatchFlights } from './batch-flights.js';
import { BatchJoined, type Overtaken, type Overtaking } from './batch-joined.js';
import { BatchJudge } from './batch-judge.js';
import { loadUnderLeases } from './batch-leases.js';
import { BatchRun, type BatchSubject } from './batch-run.js';
import type { LoadEngine } from './engine.js';
import { tolerate } from './failure.js';
import { type Flight, NOT_FOUND } from './flight.js';
import { newerThan, protect } from './found.js';
import { type LoadPlan, readWithin } from './plan.js';
import { canFollow, runningLoad, wouldDeadlock } from './reentrance.js';
import { Rescue } from './rescue.js';
import { currentScope, type CacheScopeOptions } from './scope.js';
import type { BatchTask } from './task.js';

/**
 * The values of many keys, by position; `undefined` = there is none. The task runs once, with the keys that are
 * neither stored nor being loaded by somebody else; of equal keys, only with the first.
 */
export async function loadMany<T>(
  engine: LoadEngine,
  keys: readonly string[],
  task: BatchTask<T>,
  plan: LoadPlan,
): Promise<(T | undefined)[]> {
  if (keys.length === 0) return [];
  if (!engine.usable(plan, keys)) {
    const loaded = await task.run(keys.map((_, position) => position));
    return keys.map((_, position) => loaded.get(position));
  }
  return new BatchLoad(engine, keys, task, plan, currentScope()).answer();
}

class BatchLoad<T> implements BatchSubject<T>, Overtaking<T> {
  readonly #judge: BatchJudge<T>;
  readonly finalKeys: readonly string[];
  /** The first position of each key. */
  readonly #first = new Map<string, number>();
  readonly #found = new Map<number, T>();
  readonly #running = runningLoad();
  readonly own: BatchFlights<T>;
  #budgetMs: number | undefined;
  /** The caller was answered before the load ended; it goes on, and its flights end with it. */
  #left = false;

  constructor(
    readonly engine: LoadEngine,
    readonly keys: readonly string[],
    readonly task: BatchTask<T>,
    readonly plan: LoadPlan,
    readonly scope: CacheScopeOptions | undefined,
  ) {
    this.finalKeys = keys.map((key) => engine.stack.keys.final(key, plan.namespace));
    this.finalKeys.forEach((key, position) => this.#first.has(key) || this.#first.set(key, position));
    this.#budgetMs = plan.budgetMs;
    this.own = new BatchFlights(engine.flights, this.#running, plan);
    this.#judge = new BatchJudge(engine, plan, this.finalKeys);
  }

  async answer(): Promise<(T | undefined)[]> {
    const joined = new BatchJoined<T>(this.engine, this.plan, this);
    if (this.scope?.read !== false) joined.joinAll(this.#first);
    if (joined.hopeless !== undefined) await joined.hopeless;
    const wanted = [...this.#first.values()].filter((position) => !joined.has(position));
    try {
      await this.#find(wanted);
      const missing = wanted.filter((position) => !this.#found.has(position) && !this.#succeeded(position, joined));
      if (missing.length > 0) await this.#loadOrStale(missing);
    } catch (error) {
      if (!this.#left) this.own.fail(error);
      throw error;
    }
    this.#refreshDue();
    const unshared = await joined.collect((position, value) => this.#keep(position, value));
    // As a single call does: for this caller alone.
    if (unshared.length > 0) (await this.task.run(unshared)).forEach((value, position) => this.#keep(position, value));
    return this.finalKeys.map((key) => this.#delivered(this.#found.get(this.#first.get(key)!)));
  }

  /** Reads what is stored. Whatever is not found in this very turn departs in it, so that others can join already now. */
  async #find(wanted: readonly number[]): Promise<void> {
    const { fence } = this.engine.stack;
    const reads = this.scope?.read !== false;
    const readable = reads ? wanted.filter((position) => !fence.blocks(this.finalKeys[position]!)) : [];
    const reading = this.#read(readable.map((position) => this.keys[position]!));
    if (!isPending(reading)) {
      this.#keepRead(readable, reading);
      return this.#depart(wanted.filter((position) => !this.#found.has(position)));
    }
    this.#depart(wanted);
    const startedAt = performance.now();
    const values = await reading;
    if (this.#budgetMs !== undefined) this.#budgetMs -= performance.now() - startedAt;
    this.#keepRead(readable, values);
  }

  #keepRead(positions: readonly number[], values: readonly (T | Framed<T> | undefined)[]): void {
    positions.forEach((position, index) => {
      const found = values[index];
      const value = this.#judge.hitIn(found, position);
      const answer = value === undefined ? undefined : this.#protected(value);
      if (answer === undefined) return;
      this.#keep(position, answer);
      this.own.land(position, answer, found instanceof Framed ? found : undefined);
    });
  }

  /** Whether a caller who could not wait for us to look for it has begun to load it: that is the one load there is. */
  #succeeded(position: number, joined: BatchJoined<T>): boolean {
    const { outdated, successor } = this.own.at(position);
    if (successor === undefined || !canFollow(this.#running, successor.running)) return false;
    if (!outdated) successor.stale ??= this.#judge.stale.get(position);
    const left = this.#budgetMs;
    joined.join(position, successor, { answerMs: left, budgetMs: left });
    this.own.follow(position, successor);
    return true;
  }

  overtake(those: readonly Overtaken<T>[]): void {
    const load = new BatchLoad(this.engine, this.keys, this.task, this.plan, this.scope);
    load.#budgetMs = those[0]!.budgetMs;
    const positions: number[] = [];
    for (const { position, flight, resolve } of those) {
      const begin = (): Flight<T> => {
        positions.push(position);
        load.#depart([position]);
        return load.own.at(position);
      };
      const next = this.engine.flights.succeed(flight, begin);
      resolve(wouldDeadlock(next.running) ? begin() : next);
    }
    if (positions.length > 0) void load.#loadAlone(positions);
  }

  /** Loads anew what was due, without anybody waiting. */
  #refreshDue(): void {
    const { refreshes } = this.engine;
    const idle = this.scope?.write === false ? [] : this.#judge.dueAndIdle();
    if (idle.length === 0 || !refreshes.room) return;
    refreshes.start(() => {
      const load = new BatchLoad(this.engine, this.keys, this.task, this.plan, undefined);
      return { promise: load.#refresh(new Map(idle)), stop: (reason) => load.own.stop(reason) };
    });
  }

  async #refresh(stale: ReadonlyMap<number, Framed<T>>): Promise<void> {
    const positions = [...stale.keys()];
    for (const [position, value] of stale) this.#judge.stale.set(position, value);
    for (const position of positions) this.own.depart(position, this.finalKeys[position]!, true);
    await this.#loadAlone(positions);
  }

  /** Nobody waits but for the flights. */
  async #loadAlone(positions: readonly number[]): Promise<void> {
    try {
      await this.#load(positions);
    } catch (error) {
      this.own.fail(error);
    }
  }

  /** Loads, unless that fails or takes too long and there is something stale for every key. */
  async #loadOrStale(missing: readonly number[]): Promise<void> {
    const { freshness } = this.plan;
    const loading = this.#load(missing);
    if (freshness?.rescues !== true) return loading;
    loading.catch((error: unknown) => this.own.fail(error));
    const own = this.own;
    const load = {
      loadingSince: performance.now(),
      stale: this.#judge.staleFor(missing, (value) => this.#protected(value)),
      cacheFailure: undefined,
      get outdated(): boolean {
        return own.outdated;
      },
    };
    const leave = (hard: boolean): void => {
      this.#left = true;
      // One that has not begun yet cannot be stuck: later calls still wait for it.
      if (hard && this.#running.line === undefined) this.own.seclude();
      this.engine.refreshes.keep({ promise: loading, stop: (reason) => this.own.stop(reason) });
    };
    const outcome = loading.then((): ReadonlyMap<number, T> => new Map());
    const instead = await new Rescue<ReadonlyMap<number, T>>(load, freshness, this.engine.stack, leave).answer(outcome);
    for (const [position, value] of instead) this.#found.set(position, value);
  }

  /** The stored values; a cache that fails holds none. */
  #read(keys: readonly string[]): MaybePromise<(T | Framed<T> | undefined)[]> {
    if (keys.length === 0) return [];
    const failed = (error: unknown): (Framed<T> | undefined)[] => {
      this.tolerate(error, 'read');
      return keys.map((key) =>
        this.#judge.spare(this.#first.get(this.engine.stack.keys.final(key, this.plan.namespace))!),
      );
    };
    try {
      const found = this.engine.commands.multiFind({ keys, options: this.plan.read });
      return (isPending(found) ? found.catch(failed) : found) as MaybePromise<(T | Framed<T> | undefined)[]>;
    } catch (error) {
      return failed(error);
    }
  }

  async #load(missing: readonly number[]): Promise<void> {
    const { plan } = this;
    for (const position of missing) {
      const flight = this.own.at(position);
      flight.stale = this.#judge.stale.get(position);
      flight.loadingSince = performance.now();
      flight.begin();
    }
    // Whoever wants it anew does not care whether others are loading it.
    const leased = plan.leaseMs !== undefined && this.scope?.read !== false;
    if (!leased) {
      const found = await this.#run(missing, this.#budgetMs);
      for (const position of missing) this.#landed(position, found.get(position)!);
      return;
    }
    await loadUnderLeases(this, missing, this.#budgetMs, {
      storedSince: (position, withinMs) => this.#storedSince(position, withinMs),
      run: (positions, budgetMs) => this.#run(positions, budgetMs, true),
      landed: (position, value) => this.#landed(position, value),
    });
  }

  /** @param apart there are other runs of this batch */
  #run(positions: readonly number[], budgetMs: number | undefined, apart = false): Promise<ReadonlyMap<number, T>> {
    let running = this.#running;
    // Its loader does not wait for what else this batch waits for.
    if (apart || running.awaits !== undefined) {
      running = runningLoad();
      this.own.standFor(positions, running);
    }
    return new BatchRun(this, positions, running, budgetMs).load();
  }

  #landed(position: number, value: T): void {
    this.#keep(position, value);
    this.own.land(position, value);
  }

  /** What somebody else stored since, if that is told within so many ms; never rejects. */
  async #storedSince(position: number, withinMs: number | undefined): Promise<T | undefined> {
    const { engine, plan } = this;
    const finalKey = this.finalKeys[position]!;
    if (engine.stack.fence.blocks(finalKey)) return undefined;
    plan.copies?.retire(finalKey);
    try {
      const found = await engine.commands.find({ key: this.keys[position]!, options: readWithin(plan, withinMs) });
      const now = engine.stack.form.clock.now();
      return newerThan(this.#judge.stale.get(position), found as T | Framed<T> | undefined, plan, now);
    } catch {
      return undefined;
    }
  }

  tolerate(error: unknown, phase: CachePhase, keys = this.keys): undefined {
    try {
      tolerate(error, this.plan.onCacheError, this.engine.stack, keys, phase);
    } catch (visible) {
      this.own.cacheFailed(visible);
      throw visible;
    }
  }

  #depart(positions: readonly number[]): void {
    for (const position of positions) {
      this.own.depart(position, this.finalKeys[position]!, false);
      this.own.at(position).wanted = this.scope?.write !== false;
    }
  }

  #keep(position: number, value: T): void {
    if ((value as unknown) !== NOT_FOUND && value !== undefined) this.#found.set(position, value);
  }

  /** As this caller gets it. What cannot be copied goes as it is to the caller whose load it was. */
  #delivered(value: T | undefined): T | undefined {
    if (this.plan.isolation !== 'copy') return value;
    try {
      return cloneValue(value);
    } catch {
      return value;
    }
  }

  #protected(value: T): T | undefined {
    return protect(value, this.plan);
  }
}
