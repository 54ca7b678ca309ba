import type { Framed } from '../entries/framed.js';
import { Gathering } from '../util/gathering.js';
import { isolate } from '../util/isolation.js';
import { ignoreRejection } from '../util/maybe-promise.js';
import { hold } from './batch-flights.js';
import type { LoadEngine } from './engine.js';
import { type Flight, NOT_FOUND } from './flight.js';
import { isAnswer } from './found.js';
import { isLessPatient, joinWithin, type Patience, patienceLeft, SPENT } from './patience.js';
import type { LoadPlan } from './plan.js';
import { wouldDeadlock } from './reentrance.js';
import { Rescue } from './rescue.js';

/** A flight that is still looking for its value, for longer than a batch that joined it waits. */
export interface Overtaken<T> {
  readonly position: number;
  readonly flight: Flight<T>;
  /** What is left for the cache. */
  readonly budgetMs: number | undefined;
  resolve(successor: Flight<T>): void;
}

/** A batch that can go on by itself. */
export interface Overtaking<T> {
  /** Begins to load what nobody has begun to load since, in one run, and resolves each with the flight that takes over. */
  overtake(those: readonly Overtaken<T>[]): void;
}

/** Loads of others that answer some of a batch's keys, each as this caller gets it. Keys are known by position. */
export class BatchJoined<T> {
  readonly #answers = new Map<number, Promise<T>>();
  /** One that is remembered to have failed, and that nothing kept can stand in for. */
  #failed: Promise<T> | undefined;
  #overtaken: Gathering<Overtaken<T>> | undefined;

  constructor(
    private readonly engine: LoadEngine,
    private readonly plan: LoadPlan,
    private readonly batch: Overtaking<T>,
  ) {}

  /** Joins what there is to join, but nothing that we are inside of. */
  joinAll(first: ReadonlyMap<string, number>): void {
    for (const [finalKey, position] of first) {
      const flight = this.engine.flights.find(finalKey) as Flight<T> | undefined;
      if (flight === undefined || flight.kind.refreshing || wouldDeadlock(flight.running)) continue;
      this.join(position, flight);
      if (flight.failedUntil !== undefined && flight.stale === undefined) this.#failed = flight.promise;
    }
  }

  /** @param patience what is left of it */
  join(position: number, flight: Flight<T>, patience: Patience = this.plan): void {
    const answer = this.#answerOf(position, flight, patience);
    ignoreRejection(answer);
    this.#answers.set(position, answer);
  }

  has(position: number): boolean {
    return this.#answers.has(position);
  }

  /** Rejects at once if it is known already that nothing will come of the batch: the others need not be loaded. */
  get hopeless(): Promise<T> | undefined {
    return this.#failed;
  }

  /** Answers which of them cannot be shared with those whose loads they are, as the plan demands. */
  async collect(keep: (position: number, value: T) => void): Promise<number[]> {
    const unshared: number[] = [];
    for (const [position, answer] of this.#answers) {
      const value = await answer;
      if ((value as unknown) === NOT_FOUND) continue;
      try {
        keep(position, isolate(value, this.plan.isolation));
      } catch {
        unshared.push(position);
      }
    }
    return unshared;
  }

  #answerOf(position: number, flight: Flight<T>, patience: Patience): Promise<T> {
    hold(flight);
    const { freshness } = this.plan;
    const answer = this.#inTime(position, flight, patience);
    if (freshness?.rescues !== true) return answer;
    const leave = (hard: boolean): void => this.engine.leave(flight, hard);
    return new Rescue(flight, freshness, this.engine.stack, leave).answer(answer);
  }

  /** The cache is waited for as long as by the batch itself, and no longer. */
  async #inTime(position: number, flight: Flight<T>, patience: Patience): Promise<T> {
    const since = performance.now();
    const joined = isLessPatient(patience, flight.patience)
      ? joinWithin(flight, patience, this.engine.stack.deadlines)
      : flight.promise;
    const answer = await joined.catch((error: unknown) => {
      // For calls of one plan the cache fails in one way, where they want to see that.
      if (flight.strict && flight.patience === this.plan) throw error;
      const instead = flight.instead(error);
      return (instead as unknown) === NOT_FOUND ? SPENT : instead;
    });
    if (answer !== SPENT && (flight.found === undefined || this.#accepts(flight, flight.found))) return answer;
    const left = patienceLeft(patience, since);
    return this.#answerOf(position, await this.#overtake(position, flight, left.budgetMs), left);
  }

  /** It was found by another call, as that one would have it. */
  #accepts(flight: Flight<T>, found: Framed<T>): boolean {
    return flight.patience === this.plan || isAnswer(this.plan, found, this.engine, flight.finalKey);
  }

  /** Those of one turn together. */
  #overtake(position: number, flight: Flight<T>, budgetMs: number | undefined): Promise<Flight<T>> {
    this.#overtaken ??= new Gathering((those) => this.batch.overtake(those));
    return new Promise((resolve) => this.#overtaken!.add({ position, flight, budgetMs, resolve }));
  }
}
