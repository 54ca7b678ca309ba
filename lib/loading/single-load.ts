import { answerOf, type NearEntry } from '../contracts/near.js';
import { isPending, type MaybePromise } from '../util/maybe-promise.js';
import { isolate } from '../util/isolation.js';
import { abortable } from './abortable.js';
import { waitAtMost } from './budget.js';
import type { LoadEngine } from './engine.js';
import { tolerate } from './failure.js';
import { type Flight, type FlightKind, NOT_FOUND, PLAIN, REFRESHING } from './flight.js';
import { loadUnderLease } from './leased-load.js';
import { LoaderContext } from './load-context.js';
import type { LoadPlan } from './plan.js';
import { loaderEnds, loaderStarts, runInside, wouldDeadlock } from './reentrance.js';
import { currentScope, type CacheScopeOptions } from './scope.js';
import { sharingFailure } from './sharing.js';
import type { ContextSource, LoadTask } from './task.js';

/** The value of one key: read, or loaded once for all who ask for it. */
export function loadOne<T>(
  engine: LoadEngine,
  key: string,
  task: LoadTask<T>,
  plan: LoadPlan,
  signal?: AbortSignal,
): Promise<T> {
  try {
    signal?.throwIfAborted();
    if (!engine.usable(plan, key)) return runDirectly(key, task);
    const finalKey = engine.stack.keys.final(key, plan.namespace);
    const scope = currentScope();
    const direct = plan.direct && scope === undefined && engine.direct;
    const entry = direct ? entryOf(engine, finalKey) : undefined;
    if (entry !== undefined) return answerOf(entry) as Promise<T>;
    return new SingleLoad(engine, key, finalKey, task, plan, scope).answer(direct, signal);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** The entry that answers a call, where hits may be taken straight from the entries. Counts as a use. */
export function hitOf(engine: LoadEngine, key: string, plan: LoadPlan): NearEntry | undefined {
  if (!plan.direct || !engine.direct || currentScope() !== undefined) return undefined;
  return entryOf(engine, engine.stack.keys.final(key, plan.namespace));
}

function entryOf({ stack }: LoadEngine, finalKey: string): NearEntry | undefined {
  const entry = stack.near!.find(finalKey);
  if (entry !== undefined) stack.near!.touch(entry);
  return entry;
}

/** Runs the loader with no cache around it. */
async function runDirectly<T>(key: string, task: LoadTask<T>): Promise<T> {
  return task.run({ context: () => new LoaderContext(key, new AbortController()) });
}

/** One call: finds the value or the flight to join, or makes the flight and sees it through. */
class SingleLoad<T> implements ContextSource {
  private flight!: Flight<T>;
  private asked: LoaderContext | undefined = undefined;

  constructor(
    private readonly engine: LoadEngine,
    private readonly key: string,
    private readonly finalKey: string,
    readonly task: LoadTask<T>,
    private readonly plan: LoadPlan,
    private readonly scope: CacheScopeOptions | undefined,
  ) {}

  /** @param missed it is known that no value is stored */
  answer(missed: boolean, signal: AbortSignal | undefined): Promise<T> {
    const { flights, stack } = this.engine;
    if (this.scope?.read === false) return this.take(this.load(true), signal, false);
    const flight = flights.find(this.finalKey) as Flight<T> | undefined;
    // A refresh under way need not be waited for where looking for a value costs nothing.
    if (flight !== undefined && !(flight.kind.refreshing && stack.immediate)) return this.join(flight, signal);

    const found = missed || stack.fence.blocks(this.finalKey) ? undefined : this.read();
    if (isPending(found)) return this.take(this.continue(found), signal, false);
    const hit = this.protect(found);
    if (hit !== undefined) return Promise.resolve(hit);
    if (flight !== undefined) return this.join(flight, signal);
    const own = this.load(false);
    if (missed) this.task.departed?.(own);
    return this.take(own, signal, false);
  }

  context(): LoaderContext {
    return (this.asked ??= new LoaderContext(this.key, this.flight));
  }

  /** The stored value; a cache that fails holds none. */
  private read(): MaybePromise<T | undefined> {
    try {
      return this.engine.commands.get({ key: this.key, options: this.plan.read }) as MaybePromise<T | undefined>;
    } catch (error) {
      this.tolerate(error, 'read');
      return undefined;
    }
  }

  private load(refreshing: boolean): Flight<T> {
    const flight = this.depart(refreshing ? REFRESHING : PLAIN);
    // Whoever wants it anew does not care whether others are loading it.
    const { budgetMs } = this.plan;
    flight.promises(refreshing ? this.run(flight, budgetMs) : this.loadOnce(flight, budgetMs));
    return flight;
  }

  /** Callers who come while the value is being looked for join already now: one read for all. */
  private continue(reading: Promise<T | undefined>): Flight<T> {
    const startedAt = performance.now();
    const flight = this.depart(PLAIN);
    const landed = (found: T | undefined): MaybePromise<T> => {
      const hit = this.protect(found);
      if (hit === undefined) return this.loadOnce(flight, this.remaining(startedAt));
      this.engine.flights.land(flight);
      return hit;
    };
    const outcome = reading.then(landed, (error: unknown) => {
      try {
        this.tolerate(error, 'read');
      } catch (visible) {
        flight.cacheFailure = visible;
        this.engine.flights.land(flight);
        throw visible;
      }
      return landed(undefined);
    });
    flight.promises(outcome);
    return flight;
  }

  private depart(kind: FlightKind): Flight<T> {
    const flight = this.engine.flights.depart<T>(this.finalKey, kind);
    flight.strict = this.plan.onCacheError !== 'run';
    return flight;
  }

  /** With a `lease`, other processes are asked first. */
  private loadOnce(flight: Flight<T>, budgetMs: number | undefined): Promise<T> {
    const { leaseMs } = this.plan;
    if (leaseMs === undefined) return this.run(flight, budgetMs);
    return loadUnderLease(this.engine.stack, flight, {
      key: this.engine.stack.keys.lock(this.key, this.plan.namespace),
      leaseMs,
      timeoutMs: this.plan.budgetMs,
      read: () =>
        Promise.resolve(this.read()).then(
          (found) => this.protect(found),
          () => undefined,
        ),
      load: () => this.run(flight, budgetMs),
      found: () => this.engine.flights.land(flight),
    });
  }

  private run(flight: Flight<T>, budgetMs: number | undefined): Promise<T> {
    this.flight = flight;
    loaderStarts();
    let value: MaybePromise<T>;
    try {
      value = runInside(flight, runTask, this) as MaybePromise<T>;
    } catch (error) {
      value = Promise.reject(error);
    }
    // Promise.resolve tames thenables that call back twice or throw.
    return Promise.resolve(value).then(
      (loaded) => {
        loaderEnds();
        return this.loaded(flight, loaded, budgetMs);
      },
      (error: unknown) => {
        loaderEnds();
        this.engine.flights.land(flight);
        throw error;
      },
    );
  }

  private loaded(flight: Flight<T>, value: T, budgetMs: number | undefined): MaybePromise<T> {
    const { flights, stack } = this.engine;
    let storing: MaybePromise<void>;
    try {
      storing = this.canBeShared(flight, value) ? this.store(flight, value) : undefined;
    } catch (error) {
      flights.land(flight);
      throw error;
    }
    if (!isPending(storing)) {
      flights.land(flight);
      return value;
    }
    flight.storing = storing;
    const leave = (): void => stack.fence.leave(flight);
    storing.then(leave, leave);
    const waitMs = this.scope?.awaitWrite === false ? 0 : budgetMs;
    return waitAtMost(storing, waitMs, stack.deadlines)
      .then(() => value)
      .finally(() => (flight.joinable = false));
  }

  /** Stores what was loaded, if anybody wants that and nothing forbids it. A cache that fails stores nothing. */
  private store(flight: Flight<T>, value: T): MaybePromise<void> {
    const { commands, stack } = this.engine;
    if (value === undefined || !flight.wanted || this.asked?.skipped === true || !this.task.stores(value)) return;
    const decided = this.asked?.ttl;
    const own = decided === undefined ? this.task.ttl(value) : decided;
    // Asked last: the functions above are the user's, and may have invalidated the key themselves.
    if (flight.fenced || stack.fence.blocks(this.finalKey)) return;
    const { write } = this.plan;
    const options = own === undefined ? write : { ...write, ttl: own };
    try {
      const storing = commands.store({ key: this.key, value, options });
      return isPending(storing) ? storing.catch((error: unknown) => this.notStored(flight, error)) : undefined;
    } catch (error) {
      return this.notStored(flight, error);
    }
  }

  private canBeShared(flight: Flight<T>, value: T): boolean {
    const failure = sharingFailure(value, this.plan.isolation, this.engine.stack.name);
    if (failure === undefined) return true;
    flight.unshareable = true;
    this.notStored(flight, failure);
    return false;
  }

  private notStored(flight: Flight<T>, error: unknown): void {
    try {
      this.tolerate(error, 'write');
    } catch (visible) {
      flight.cacheFailure = visible;
      throw visible;
    }
  }

  private join(flight: Flight<T>, signal: AbortSignal | undefined): Promise<T> {
    return wouldDeadlock(flight.running) ? runDirectly(this.key, this.task) : this.take(flight, signal, true);
  }

  /** A flight's value as this caller gets it. @param joined the load is somebody else's */
  private take(flight: Flight<T>, signal: AbortSignal | undefined, joined: boolean): Promise<T> {
    if (this.scope?.write !== false) flight.wanted = true;
    let answer = flight.promise;
    if (joined && flight.strict) answer = answer.catch((error: unknown) => this.afterFailure(flight, error));
    if (flight.kind.shared) answer = answer.then((value) => ((value as unknown) === NOT_FOUND ? this.again() : value));
    if (this.plan.isolation !== 'none') answer = answer.then((value) => this.isolated(flight, value, joined));
    if (signal !== undefined) return abortable(flight, answer, signal);
    flight.stay();
    return answer;
  }

  /** How the cache's failure ended the load for the call that began it is not how it has to end for us. */
  private afterFailure(flight: Flight<T>, error: unknown): Promise<T> {
    if (flight.cacheFailure !== error) throw error;
    return this.again();
  }

  private again(): Promise<T> {
    return loadOne(this.engine, this.key, this.task, this.plan);
  }

  private isolated(flight: Flight<T>, value: T, joined: boolean): MaybePromise<T> {
    if (!flight.unshareable) {
      try {
        return isolate(value, this.plan.isolation);
      } catch {
        // Whoever began the load was content with less protection.
      }
    }
    return joined ? runDirectly(this.key, this.task) : value;
  }

  /** A stored value as this caller may have it; `undefined` when it cannot be protected from its callers. */
  private protect(found: T | undefined): T | undefined {
    if (found === undefined || !this.plan.protectsHits) return found;
    try {
      return isolate(found, this.plan.isolation);
    } catch {
      return undefined;
    }
  }

  private tolerate(error: unknown, phase: 'read' | 'write'): void {
    tolerate(error, this.plan.onCacheError, this.engine.stack, this.key, phase);
  }

  private remaining(startedAt: number): number | undefined {
    const { budgetMs } = this.plan;
    return budgetMs === undefined ? undefined : budgetMs - (performance.now() - startedAt);
  }
}

function runTask(load: SingleLoad<unknown>): unknown {
  return load.task.run(load);
}
