import type { Framed } from '../entries/framed.js';
import { isolate } from '../util/isolation.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import { throwIfAborted } from '../util/signal.js';
import { abortable, untilAborted } from './abortable.js';
import { type Flight, type FlightKind, NOT_FOUND, PLAIN, REFRESHING } from './flight.js';
import { LoaderContext } from './load-context.js';
import type { LoadSubject } from './load-run.js';
import { isLessPatient, joinWithin, leftOf, SPENT } from './patience.js';
import { wouldDeadlock } from './reentrance.js';
import { Rescue } from './rescue.js';
import type { LoadTask } from './task.js';

/** One call, as far as it waits for a flight: with options of its own, whoever began that. */
export interface Caller<T> extends LoadSubject<T> {
  /** Begins a load. @param budgetMs what is left for the cache */
  load(kind: FlightKind, stale: Framed<T> | undefined, budgetMs: number | undefined): Flight<T>;
  /** Does all of it once more. */
  again(): Promise<T>;
}

/** Runs the loader with no cache around it. Its one caller may still give up, and it is told. */
export function runDirectly<T>(key: string, task: LoadTask<T>, signal?: AbortSignal): Promise<T> {
  const run = async (): Promise<T> =>
    task.run({ context: () => new LoaderContext(key, { signal: signal ?? new AbortController().signal }, undefined) });
  return signal === undefined ? run() : untilAborted(run(), signal);
}

/** The value of somebody else's flight, unless that waits for us. */
export function join<T>(caller: Caller<T>, flight: Flight<T>, signal: AbortSignal | undefined): Promise<T> {
  return wouldDeadlock(flight.running)
    ? runDirectly(caller.key, caller.task, signal)
    : take(caller, flight, signal, true);
}

/** A flight's value as this caller gets it. @param joined the load is somebody else's */
export function take<T>(
  caller: Caller<T>,
  flight: Flight<T>,
  signal: AbortSignal | undefined,
  joined: boolean,
): Promise<T> {
  const { engine, plan, scope } = caller;
  if (scope?.write !== false) flight.wanted = true;
  const { freshness, isolation } = plan;
  let answer = joined ? inTime(caller, flight, signal) : flight.promise;
  const strict = joined && flight.strict;
  if (strict) answer = answer.catch((error: unknown) => flight.instead(error));
  if (strict || flight.kind.shared)
    answer = answer.then((value) => ((value as unknown) === NOT_FOUND ? caller.again() : value));
  if (freshness?.rescues === true) {
    const leave = (hard: boolean): void => engine.leave(flight, hard);
    answer = new Rescue(flight, freshness, engine.stack, leave).answer(answer);
  }
  if (isolation !== 'none') answer = answer.then((value) => isolated(caller, flight, value, joined));
  if (signal !== undefined) return abortable(flight, answer, signal);
  flight.stay();
  return answer;
}

/** Whoever joined waits for the cache as long as they would by themselves, and no longer. */
function inTime<T>(caller: Caller<T>, flight: Flight<T>, signal: AbortSignal | undefined): Promise<T> {
  const { engine, plan, scope } = caller;
  const patience = scope?.awaitWrite === false ? { answerMs: plan.answerMs, budgetMs: 0 } : plan;
  if (!isLessPatient(patience, flight.patience)) return flight.promise;
  const since = performance.now();
  return joinWithin(flight, patience, engine.stack.deadlines).then((answer) =>
    answer === SPENT ? goOn(caller, flight, since, signal) : answer,
  );
}

/** The flight that was joined is still asking the cache, and this caller goes on to load. It is one load all the same. */
function goOn<T>(caller: Caller<T>, joined: Flight<T>, since: number, signal: AbortSignal | undefined): Promise<T> {
  throwIfAborted(signal);
  let own: Flight<T> | undefined;
  // Who joined a load anew shares its outcome with those who asked for that.
  const kind = joined.kind.refreshing ? REFRESHING : PLAIN;
  const next = caller.engine.flights.succeed(
    joined,
    () => (own = caller.load(kind, undefined, leftOf(caller.plan, since))),
  );
  return next === own ? take(caller, next, signal, false) : join(caller, next, signal);
}

function isolated<T>({ key, plan, task }: Caller<T>, flight: Flight<T>, value: T, joined: boolean): MaybePromise<T> {
  if (!flight.unshareable) {
    try {
      return isolate(value, plan.isolation);
    } catch {
      // Whoever began the load was content with less protection.
    }
  }
  return joined ? runDirectly(key, task) : value;
}
