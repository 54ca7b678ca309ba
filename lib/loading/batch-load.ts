import { ignoreRejection, isPending, type MaybePromise } from '../util/maybe-promise.js';
import { cloneValue, isolate } from '../util/isolation.js';
import { BatchStore } from './batch-store.js';
import { waitAtMost } from './budget.js';
import type { LoadEngine } from './engine.js';
import { tolerate } from './failure.js';
import { type Flight, NOT_FOUND, SHARED } from './flight.js';
import type { LoadPlan } from './plan.js';
import { loaderEnds, loaderStarts, runInside, type RunningLoad, wouldDeadlock } from './reentrance.js';
import { sharingFailure } from './sharing.js';
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

/** One of our flights, and how it ends. */
interface Departed<T> {
  readonly flight: Flight<T>;
  settle(value: T): void;
  fail(error: unknown): void;
}

class BatchLoad<T> {
  readonly #finalKeys: readonly string[];
  /** The first position of each key. */
  readonly #first = new Map<string, number>();
  readonly #found = new Map<number, T>();
  readonly #own = new Map<number, Departed<T>>();
  readonly #running: RunningLoad = { outer: undefined, awaits: undefined };
  #budgetMs: number | undefined;

  constructor(
    private readonly engine: LoadEngine,
    private readonly keys: readonly string[],
    private readonly task: BatchTask<T>,
    private readonly plan: LoadPlan,
    private readonly scope: CacheScopeOptions | undefined,
  ) {
    this.#finalKeys = keys.map((key) => engine.stack.keys.final(key, plan.namespace));
    this.#finalKeys.forEach((key, position) => this.#first.has(key) || this.#first.set(key, position));
    this.#budgetMs = plan.budgetMs;
  }

  async answer(): Promise<(T | undefined)[]> {
    const joined = this.scope?.read === false ? new Map<number, Flight<T>>() : this.#joinable();
    const wanted = [...this.#first.values()].filter((position) => !joined.has(position));
    try {
      await this.#find(wanted);
      const missing = wanted.filter((position) => !this.#found.has(position));
      if (missing.length > 0) await this.#load(missing);
    } catch (error) {
      for (const { flight, fail } of this.#own.values()) {
        this.engine.flights.land(flight);
        fail(error);
      }
      throw error;
    }
    for (const [position, flight] of joined) this.#keep(position, await flight.promise);
    return this.#finalKeys.map((key) => this.#delivered(this.#found.get(this.#first.get(key)!)));
  }

  /** Loads of others that answer some of the keys; not those we are inside of. */
  #joinable(): Map<number, Flight<T>> {
    const joined = new Map<number, Flight<T>>();
    for (const [finalKey, position] of this.#first) {
      const flight = this.engine.flights.find(finalKey) as Flight<T> | undefined;
      if (flight === undefined || flight.kind.refreshing || wouldDeadlock(flight.running)) continue;
      this.#hold(flight);
      joined.set(position, flight);
    }
    return joined;
  }

  /** Reads what is stored. Whatever is not found in this very turn departs in it, so that others can join already now. */
  async #find(wanted: readonly number[]): Promise<void> {
    const { fence } = this.engine.stack;
    const reads = this.scope?.read !== false;
    const readable = reads ? wanted.filter((position) => !fence.blocks(this.#finalKeys[position]!)) : [];
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

  #keepRead(positions: readonly number[], values: readonly (T | undefined)[]): void {
    positions.forEach((position, index) => {
      const value = values[index];
      if (value === undefined) return;
      const answer = this.#protected(value);
      if (answer === undefined) return;
      this.#keep(position, answer);
      this.#land(position, answer);
    });
  }

  /** The stored values; a cache that fails holds none. */
  #read(keys: readonly string[]): MaybePromise<(T | undefined)[]> {
    if (keys.length === 0) return [];
    const failed = (error: unknown): (T | undefined)[] => {
      tolerate(error, this.plan.onCacheError, this.engine.stack, keys, 'read');
      return [];
    };
    try {
      const found = this.engine.commands.multiGet({ keys, options: this.plan.read });
      return (isPending(found) ? found.catch(failed) : found) as MaybePromise<(T | undefined)[]>;
    } catch (error) {
      return failed(error);
    }
  }

  async #load(missing: readonly number[]): Promise<void> {
    loaderStarts();
    let loaded: ReadonlyMap<number, T>;
    try {
      loaded = await runInside(this.#running, (positions) => this.task.run(positions), missing);
    } finally {
      loaderEnds();
    }
    for (const position of missing) {
      const value = loaded.get(position);
      if (value !== undefined) this.#found.set(position, value);
    }
    await this.#store(missing);
    for (const position of missing) {
      this.#land(position, this.#found.has(position) ? this.#found.get(position)! : (NOT_FOUND as T));
    }
  }

  /** Stores what was loaded, waiting for it as long as the budget lasts. */
  async #store(loaded: readonly number[]): Promise<void> {
    if (this.scope?.write === false) return;
    const store = new BatchStore(this.engine, this.keys, this.task, this.plan);
    for (const position of loaded) {
      const value = this.#found.get(position);
      const { flight } = this.#own.get(position)!;
      flight.unshareable = !this.#canBeShared(value);
      if (!flight.unshareable) store.offer(position, flight, value);
    }
    const storing = store.write();
    if (!isPending(storing)) return;
    const waitMs = this.scope?.awaitWrite === false ? 0 : this.#budgetMs;
    await waitAtMost(storing, waitMs, this.engine.stack.deadlines);
  }

  #canBeShared(value: T | undefined): boolean {
    const failure = sharingFailure(value, this.plan.isolation, this.engine.stack.name);
    if (failure === undefined) return true;
    tolerate(failure, this.plan.onCacheError, this.engine.stack, this.keys, 'write');
    return false;
  }

  #depart(positions: readonly number[]): void {
    for (const position of positions) {
      const flight = this.engine.flights.depart<T>(this.#finalKeys[position]!, SHARED);
      let settle!: (value: T) => void;
      let fail!: (error: unknown) => void;
      flight.promises(
        new Promise<T>((resolve, reject) => {
          settle = resolve;
          fail = reject;
        }),
      );
      flight.running = this.#running;
      this.#hold(flight);
      this.#own.set(position, { flight, settle, fail });
    }
  }

  /** A flight awaited only later, or by nobody: until then its failure must not count as unhandled. */
  #hold(flight: Flight<T>): void {
    flight.stay();
    ignoreRejection(flight.promise);
  }

  #keep(position: number, value: T): void {
    if ((value as unknown) !== NOT_FOUND && value !== undefined) this.#found.set(position, value);
  }

  #land(position: number, value: T): void {
    const own = this.#own.get(position);
    if (own === undefined) return;
    own.flight.joinable = false;
    if (own.flight.storing === undefined) this.engine.flights.land(own.flight);
    own.settle(value);
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
    if (!this.plan.protectsHits) return value;
    try {
      return isolate(value, this.plan.isolation);
    } catch {
      return undefined;
    }
  }
}
