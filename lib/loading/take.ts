import type { Framed } from '../entries/framed.js';
import { isolate } from '../util/isolation.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import { throwIfAborted } from '../util/signal.js';
import { abortable, untilAborted } from './abortable.js';
import { type Flight, type FlightKind, NOT_FOUND, PLAIN, REFRESHING } from './flight.js';
import { LoaderContext } from './load-context.js';
import { isAnswer } from './found.js';
import type { LoadSubject } from './load-run.js';
import { isLessPatient, joinWithin, leftOf, type Patience, patienceLeft, SPENT } from './patience.js';
import { wouldDeadlock } from './reentrance.js';
import { Rescue } from './rescue.js';
import type { LoadTask } from './task.js';

/** One call, as far as it waits for a flight: with options of its own, whoever began that. */
export interface Caller<T> extends LoadSubject<T> {
  /** Begins a load. @param budgetMs what is left for the cache */
  load(kind: FlightKind, stale: Framed<T> | undefined, budgetMs: number | undefined): Flight<T>;
  /** Does all of it once more. @param leftMs for the cache; `undefined` = as long as the first time */
  again(leftMs: number | undefined): Promise<T>;
}

/** Runs the loader with no cache around it, for this caller alone, who may still give up: it is told. */
export function runDirectly<T>(key: string, task: LoadTask<T>, signal: AbortSignal | undefined): Promise<T> {
  const run = async (): Promise<T> =>
    task.run({ context: () => new LoaderContext(key, { signal: signal ?? new AbortController().signal }, undefined) });
  return signal === undefined ? run() : untilAborted(run(), signal);
}

/** The value of somebody else's flight, unless that waits for us. */
export function join<T>(
  caller: Caller<T>,
  flight: Flight<T>,
  signal: AbortSignal | undefined,
  patience: Patience = caller.plan,
): Promise<T> {
  return wouldDeadlock(flight.running)
    ? runDirectly(caller.key, caller.task, signal)
    : take(caller, flight, signal, true, patience);
}

/** A flight's value as this caller gets it. @param joined the load is somebody else's */
export function take<T>(
  caller: Caller<T>,
  flight: Flight<T>,
  signal: AbortSignal | undefined,
  joined: boolean,
  patience: Patience = caller.plan,
): Promise<T> {
  const { engine, plan, scope } = caller;
  if (scope?.write !== false) flight.wanted = true;
  const { freshness, isolation } = plan;
  let answer = joined ? inTime(caller, flight, signal, patience) : flight.promise;
  const { shared } = flight.kind;
  const failing = joined && (flight.strict || shared);
  const since = failing ? performance.now() : 0;
  if (failing) answer = answer.catch((error: unknown) => flight.instead(error));
  if (failing || shared)
    answer = answer.then((value) => {
      if ((value as unknown) !== NOT_FOUND) return value;
      // What passed until then was lost to the cache; what passed since, not all of it.
      return caller.again(flight.begun ? undefined : leftOf(patience, since));
    });
  if (freshness?.rescues === true) {
    const leave = (hard: boolean): void => engine.leave(flight, hard);
    answer = new Rescue(flight, freshness, engine.stack, leave, scope?.read !== false).answer(answer);
  }
  if (isolation !== 'none') answer = answer.then((value) => isolated(caller, flight, value, joined, signal));
  if (signal !== undefined) return abortable(flight, answer, signal);
  flight.stay();
  return answer;
}

/** Whoever joined waits for the cache as long as they would by themselves, and no longer. */
function inTime<T>(caller: Caller<T>, flight: Flight<T>, signal: AbortSignal | undefined, own: Patience): Promise<T> {
  const { engine, scope } = caller;
  const patience = scope?.awaitWrite === false ? { answerMs: own.answerMs, budgetMs: 0 } : own;
  const impatient = isLessPatient(patience, flight.patience);
  if (!impatient && (flight.begun || flight.patience === caller.plan)) return flight.promise;
  const since = performance.now();
  const outcome = impatient ? joinWithin(flight, patience, engine.stack.deadlines) : flight.promise;
  return outcome.then((answer) => {
    if (answer === SPENT) return goOn(caller, flight, patienceLeft(own, since), signal);
    const { found } = flight;
    // The flight's own call may let it be stale for longer.
    if (found === undefined || isAnswer(caller.plan, found, engine, caller.finalKey)) return answer;
    return caller.again(leftOf(own, since));
  });
}

/** The flight that was joined is still asking the cache, and this caller goes on to load. It is one load all the same. */
function goOn<T>(caller: Caller<T>, joined: Flight<T>, left: Patience, signal: AbortSignal | undefined): Promise<T> {
  throwIfAborted(signal);
  let own: Flight<T> | undefined;
  // Who joined a load anew shares its outcome with those who asked for that.
  const kind = joined.kind.refreshing ? REFRESHING : PLAIN;
  const next = caller.engine.flights.succeed(joined, () => (own = caller.load(kind, undefined, left.budgetMs)));
  return next === own ? take(caller, next, signal, false) : join(caller, next, signal, left);
}

function isolated<T>(
  { key, plan, task }: Caller<T>,
  flight: Flight<T>,
  value: T,
  joined: boolean,
  signal: AbortSignal | undefined,
): MaybePromise<T> {
  if (!flight.unshareable) {
    try {
      return isolate(value, plan.isolation);
    } catch {
      // Whoever began the load was content with less protection.
    }
  }
  return joined ? runDirectly(key, task, signal) : value;
}
