import { Framed } from '../entries/framed.js';
import { isPending, type MaybePromise } from '../util/maybe-promise.js';
import { adopt } from './adopt.js';
import type { LoadEngine } from './engine.js';
import { tolerate } from './failure.js';
import { BACKGROUND, type Flight, type FlightKind, PLAIN, REFRESHING } from './flight.js';
import { apart, type Found, lastResort, newerThan, protect, stateFor } from './found.js';
import { loadUnderLease } from './leased-load.js';
import { LoadRun } from './load-run.js';
import { leftOf } from './patience.js';
import { type LoadPlan, planWithin, readWithin } from './plan.js';
import { canFollow } from './reentrance.js';
import { currentScope, type CacheScopeOptions } from './scope.js';
import { type Caller, join, runDirectly, take } from './take.js';
import type { LoadTask } from './task.js';
import { throwIfAborted } from '../util/signal.js';

/** The value of one key: read, or loaded once for all who ask for it. */
export function loadOne<T>(
  engine: LoadEngine,
  key: string,
  task: LoadTask<T>,
  plan: LoadPlan,
  signal?: AbortSignal,
): Promise<T> {
  try {
    throwIfAborted(signal);
    if (!engine.usable(plan, key)) return runDirectly(key, task, signal);
    const finalKey = engine.stack.keys.final(key, plan.namespace);
    const scope = currentScope();
    const hits = scope === undefined && engine.direct ? plan.hits : undefined;
    const entry = hits === undefined ? undefined : engine.entry(finalKey);
    const answer = entry === undefined ? undefined : hits!.answer(entry);
    if (answer !== undefined) return answer as Promise<T>;
    const missed = hits !== undefined && entry === undefined && engine.stack.immediate;
    return new SingleLoad(engine, key, finalKey, task, plan, scope).answer(missed, signal);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** One call: finds the value or the flight to join, or makes the flight and sees it through. */
class SingleLoad<T> implements Caller<T> {
  /** What answers the call, and is to be loaded anew in the background. */
  private due: Framed<T> | undefined = undefined;
  /** What may stand in for a new value though nobody can tell whether it is outdated. */
  private spare: Framed<T> | undefined = undefined;

  constructor(
    readonly engine: LoadEngine,
    readonly key: string,
    readonly finalKey: string,
    readonly task: LoadTask<T>,
    readonly plan: LoadPlan,
    readonly scope: CacheScopeOptions | undefined,
  ) {}

  /** @param missed it is known that no value is stored */
  answer(missed: boolean, signal: AbortSignal | undefined): Promise<T> {
    const { flights, stack } = this.engine;
    if (this.scope?.read === false) return take(this, this.load(REFRESHING, undefined), signal, false);
    const flight = flights.find(this.finalKey) as Flight<T> | undefined;
    // A refresh under way need not be waited for where looking for a value costs nothing.
    if (flight !== undefined && !(flight.kind.refreshing && stack.immediate)) return join(this, flight, signal);

    const found = missed ? undefined : this.read();
    if (isPending(found)) return take(this, this.continue(found), signal, false);
    const hit = this.hitIn(found);
    if (hit !== undefined) {
      if (this.due !== undefined) this.refresh(this.due);
      else if (found instanceof Framed && this.plan.hits !== undefined)
        return this.plan.hits.prepare(found) as Promise<T>;
      return Promise.resolve(hit);
    }
    const stale = this.staleIn(found);
    if (flight !== undefined) {
      flight.stale ??= stale;
      return join(this, flight, signal);
    }
    const own = this.load(PLAIN, stale);
    if (missed) this.task.departed?.(own);
    return take(this, own, signal, false);
  }

  /** The stored value; a cache that fails holds none. What waits to be invalidated is none either, whoever asks, and when. */
  private read(withinMs?: number): MaybePromise<Found<T>> {
    if (this.engine.stack.fence.blocks(this.finalKey)) return undefined;
    try {
      return this.engine.commands.find({ key: this.key, options: readWithin(this.plan, withinMs) }) as MaybePromise<
        Found<T>
      >;
    } catch (error) {
      return this.readFailed(error);
    }
  }

  /** A copy whose time is over is better than nothing. While its entry would be fresh it only stands in for a new value. */
  private readFailed(error: unknown): Found<T> {
    this.tolerate(error, 'read');
    const spare = this.plan.copies?.spare(this.finalKey) as Framed<T> | undefined;
    if (spare === undefined || spare.facts.freshUntil <= this.now) return spare;
    this.spare = spare;
    return undefined;
  }

  load(kind: FlightKind, stale: Framed<T> | undefined, budgetMs = this.plan.budgetMs): Flight<T> {
    const flight = this.depart(kind);
    flight.stale = stale;
    // Whoever wants it anew does not care whether others are loading it.
    flight.promises(kind === REFRESHING ? this.run(flight, budgetMs) : this.loadOnce(flight, budgetMs));
    return flight;
  }

  /** Callers who come while the value is being looked for join already now: one read for all. */
  private continue(reading: Promise<Found<T>>): Flight<T> {
    const startedAt = performance.now();
    const flight = this.depart(PLAIN);
    const landed = (found: Found<T>): MaybePromise<T> => {
      const hit = this.orLand(flight, () => this.hitIn(found));
      if (hit === undefined) {
        flight.stale = this.staleIn(found);
        return this.loadOnce(flight, leftOf(this.plan, startedAt));
      }
      if (found instanceof Framed) flight.found = found;
      this.engine.flights.land(flight);
      if (this.due !== undefined && !flight.outdated) this.refresh(this.due);
      return hit;
    };
    flight.promises(reading.then(landed, (error) => landed(this.orLand(flight, () => this.readFailed(error)))));
    return flight;
  }

  /** Nobody may join a flight that ended here: with an error of the cache that callers shall see, or one of a `random` of theirs. */
  private orLand<R>(flight: Flight<T>, work: () => R): R {
    try {
      return work();
    } catch (error) {
      flight.cacheFailure = error;
      this.engine.flights.land(flight);
      throw error;
    }
  }

  /** What was found, if it answers the call. */
  private hitIn(found: Found<T>): T | undefined {
    if (!(found instanceof Framed)) return protect(found, this.plan);
    const state = stateFor(this.plan, found, this.engine, this.finalKey);
    if (state === 'due') this.due = found;
    return state === 'fresh' || state === 'due' ? protect(found.value, this.plan) : undefined;
  }

  private staleIn(found: Found<T>): Framed<T> | undefined {
    return lastResort(found ?? this.spare, this.plan, this.engine.stack.form.clock);
  }

  /** Loads anew what is stored, without anybody waiting. One such load per key; a loader that failed is left alone for a while. */
  private refresh(due: Framed<T>): void {
    const { flights, refreshes, rests, stack } = this.engine;
    if (!refreshes.room || this.scope?.write === false || stack.fence.blocks(this.finalKey)) return;
    if (rests.resting(this.finalKey) || flights.inBackground(this.finalKey) !== undefined) return;
    if (flights.find(this.finalKey) !== undefined) return;
    const stale = apart(due, this.plan);
    refreshes.start(() => {
      const flight = this.plan.copies === undefined ? this.load(BACKGROUND, stale) : this.reload(stale);
      flight.wanted = true;
      flight.stay();
      return flight;
    });
  }

  /** What is due may be a copy that others have replaced long since. */
  private reload(stale: Framed<T>): Flight<T> {
    const flight = this.depart(BACKGROUND);
    flight.stale = stale;
    const since = async (): Promise<T> => {
      const newer = await this.storedSince(flight, undefined);
      if (newer === undefined) return this.loadOnce(flight, this.plan.budgetMs);
      this.engine.flights.land(flight);
      return newer;
    };
    flight.promises(since());
    return flight;
  }

  private depart(kind: FlightKind): Flight<T> {
    return this.engine.flights.depart<T>(this.finalKey, kind, this.plan);
  }

  /** A load that is under way in the background is good enough. With a `lease`, other processes are asked first. */
  private loadOnce(flight: Flight<T>, budgetMs: number | undefined): Promise<T> {
    const { engine, plan } = this;
    const { flights } = engine;
    const alone = flight.kind.background || flight.fenced;
    const other = flight.successor ?? (alone ? undefined : flights.inBackground(this.finalKey));
    if (other !== undefined && canFollow(flight, other.running))
      return adopt(engine, flight, other as Flight<T>, budgetMs, (leftMs) => this.run(flight, leftMs));
    const { leaseMs } = plan;
    if (leaseMs === undefined) return this.run(flight, budgetMs);
    flight.loadingSince = performance.now();
    flight.begin();
    return loadUnderLease(engine.stack, flight, {
      key: engine.stack.keys.lock(this.key, plan.namespace),
      leaseMs,
      timeoutMs: plan.budgetMs,
      budgetMs,
      read: (withinMs) => this.storedSince(flight, withinMs),
      load: (leftMs) => this.run(flight, leftMs),
      found: () => engine.flights.land(flight),
    });
  }

  /** What somebody else stored since, if that is told within so many ms; never rejects. What is not there any more is not stale, but gone. */
  private async storedSince(flight: Flight<T>, withinMs: number | undefined): Promise<T | undefined> {
    this.plan.copies?.retire(this.finalKey);
    try {
      const found = await this.read(withinMs);
      const newer = newerThan(flight.stale, found, this.plan, this.now);
      if (newer === undefined) flight.stale = this.staleIn(found);
      return newer;
    } catch {
      return undefined;
    }
  }

  private run(flight: Flight<T>, budgetMs: number | undefined): Promise<T> {
    const now = performance.now();
    flight.loadingSince ??= now;
    return new LoadRun(this, flight, budgetMs, now).start();
  }

  again(leftMs: number | undefined): Promise<T> {
    return loadOne(this.engine, this.key, this.task, planWithin(this.plan, leftMs));
  }

  private tolerate(error: unknown, phase: 'read' | 'write'): void {
    tolerate(error, this.plan.onCacheError, this.engine.stack, this.key, phase);
  }

  /** On the clock of the entries. */
  private get now(): number {
    return this.engine.stack.form.clock.now();
  }
}
