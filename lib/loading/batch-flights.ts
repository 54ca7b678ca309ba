import type { Framed } from '../entries/framed.js';
import { ignoreRejection } from '../util/maybe-promise.js';
import { type Flight, NOT_FOUND, SHARED, SHARED_BACKGROUND } from './flight.js';
import type { Flights } from './flights.js';
import type { LoadPlan } from './plan.js';
import { awaitInside, type RunningLoad } from './reentrance.js';

/** One of a batch's flights, and how it ends. */
interface Departed<T> {
  readonly flight: Flight<T>;
  settle(value: T | Promise<T>): void;
  fail(error: unknown): void;
}

/** The flights that stand for the keys of one batch load. Keys are known by position. */
export class BatchFlights<T> {
  readonly #flights: Flights;
  readonly #running: RunningLoad;
  readonly #plan: LoadPlan;
  readonly #own = new Map<number, Departed<T>>();

  /** @param running the loader that they all stand for */
  constructor(flights: Flights, running: RunningLoad, plan: LoadPlan) {
    this.#plan = plan;
    this.#flights = flights;
    this.#running = running;
  }

  depart(position: number, finalKey: string, background: boolean): void {
    const flight = this.#flights.depart<T>(finalKey, background ? SHARED_BACKGROUND : SHARED, this.#plan);
    let settle!: (value: T | Promise<T>) => void;
    let fail!: (error: unknown) => void;
    flight.promises(
      new Promise<T>((resolve, reject) => {
        settle = resolve;
        fail = reject;
      }),
    );
    flight.running = this.#running;
    hold(flight);
    this.#own.set(position, { flight, settle, fail });
  }

  /** Some of them have a loader of their own, which those wait for, too, who have joined already. */
  standFor(positions: readonly number[], running: RunningLoad): void {
    awaitInside(this.#running, running);
    for (const position of positions) this.at(position).running = running;
  }

  at(position: number): Flight<T> {
    return this.#own.get(position)!.flight;
  }

  /** @param found it is this that is stored */
  land(position: number, value: T | Promise<T>, found?: Framed<T>): void {
    const own = this.#own.get(position);
    if (own === undefined) return;
    own.flight.found = found;
    this.#land(own.flight);
    own.settle(value);
  }

  /** It ends as another load does. How the cache failed for the call that began that one is told apart. */
  follow(position: number, other: Flight<T>): void {
    const flight = this.at(position);
    const outcome = other.promise.catch((error: unknown) => {
      const instead = other.instead(error);
      if ((instead as unknown) !== NOT_FOUND) return instead;
      flight.cacheFailure = error;
      throw error;
    });
    this.land(position, outcome);
  }

  /** Those that have not landed; what is remembered is. Default: all of them. */
  fail(error: unknown, positions: Iterable<number> = this.#own.keys()): void {
    for (const position of positions) {
      const { flight, fail } = this.#own.get(position)!;
      if (flight.failedUntil === undefined) this.#land(flight);
      fail(error);
    }
  }

  /** How the cache fails for the call that began them. */
  cacheFailed(error: unknown): void {
    for (const { flight } of this.#own.values()) flight.cacheFailure = error;
  }

  /** The loader failed for these, and calls that come before `ms` have passed get the same error. */
  remember(positions: readonly number[], error: unknown, ms: number): void {
    for (const position of positions) {
      const { flight, fail } = this.#own.get(position)!;
      this.#flights.remember(flight, ms);
      fail(error);
    }
  }

  /** Nobody shall wait for them any more. */
  seclude(): void {
    for (const { flight } of this.#own.values()) flight.joinable = false;
  }

  /** What is kept for one of them was invalidated. */
  get outdated(): boolean {
    for (const { flight } of this.#own.values()) if (flight.outdated) return true;
    return false;
  }

  stop(reason: unknown): void {
    for (const { flight } of this.#own.values()) flight.stop(reason);
  }

  /** What is still being written is watched until it is: an invalidation has to come after it. */
  #land(flight: Flight<T>): void {
    flight.joinable = false;
    if (flight.storing === undefined) this.#flights.land(flight);
  }
}

/** A flight awaited only later, or by nobody: until then its failure must not count as unhandled. */
export function hold(flight: Flight): void {
  flight.stay();
  ignoreRejection(flight.promise);
}
