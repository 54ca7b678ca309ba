import { ignoreRejection } from '../util/maybe-promise.js';
import { hold } from './batch-flights.js';
import type { LoadEngine } from './engine.js';
import type { Flight } from './flight.js';
import type { LoadPlan } from './plan.js';
import { wouldDeadlock } from './reentrance.js';
import { Rescue } from './rescue.js';

/** Loads of others that answer some of a batch's keys, each as this caller gets it. Keys are known by position. */
export class BatchJoined<T> {
  readonly #answers = new Map<number, Promise<T>>();
  /** One that is remembered to have failed, and that nothing kept can stand in for. */
  #failed: Promise<T> | undefined;

  constructor(
    private readonly engine: LoadEngine,
    private readonly plan: LoadPlan,
  ) {}

  /** Joins what there is to join, but nothing that we are inside of. */
  joinAll(first: ReadonlyMap<string, number>): void {
    for (const [finalKey, position] of first) {
      const flight = this.engine.flights.find(finalKey) as Flight<T> | undefined;
      if (flight === undefined || flight.kind.refreshing || wouldDeadlock(flight.running)) continue;
      this.#join(position, flight);
    }
  }

  has(position: number): boolean {
    return this.#answers.has(position);
  }

  /** Rejects at once if it is known already that nothing will come of the batch: the others need not be loaded. */
  get hopeless(): Promise<T> | undefined {
    return this.#failed;
  }

  async collect(keep: (position: number, value: T) => void): Promise<void> {
    for (const [position, answer] of this.#answers) keep(position, await answer);
  }

  #join(position: number, flight: Flight<T>): void {
    hold(flight);
    const { freshness } = this.plan;
    if (freshness?.rescues !== true) {
      this.#answers.set(position, flight.promise);
    } else {
      const leave = (hard: boolean): void => this.engine.leave(flight, hard);
      const answer = new Rescue(flight, freshness, this.engine.stack, leave).answer(flight.promise);
      ignoreRejection(answer);
      this.#answers.set(position, answer);
    }
    if (flight.failedUntil !== undefined && flight.stale === undefined) this.#failed = flight.promise;
  }
}
