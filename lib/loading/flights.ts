import type { Fence, FencedLoad } from '../command/fence.js';
import type { Clock } from '../util/clock.js';
import { Flight, type FlightKind } from './flight.js';
import type { LoadPlan } from './plan.js';

/** How many failures are remembered at most; beyond that the oldest is forgotten. */
const MAX_FAILED = 10_000;

/** The loads of one cache that calls can join: its part of what the fence watches anyway. */
export class Flights {
  readonly #fence: Fence;
  readonly #clock: Clock;
  /** Those that failed and are remembered, oldest first. */
  readonly #failed = new Set<Flight>();
  #closed = false;

  constructor(fence: Fence, clock: Clock) {
    this.#fence = fence;
    this.#clock = clock;
  }

  /** The one that calls for this key join. */
  find(finalKey: string): Flight | undefined {
    return this.#find(finalKey, false);
  }

  /** The one that loads this key in the background. */
  inBackground(finalKey: string): Flight | undefined {
    return this.#find(finalKey, true);
  }

  /** Starts one. Another that calls could join is older, and must not be stored after it. */
  depart<T>(finalKey: string, kind: FlightKind, plan: LoadPlan): Flight<T> {
    if (!kind.background) this.find(finalKey)?.fence();
    const flight = new Flight<T>(finalKey, this, kind, plan);
    flight.strict = plan.onCacheError !== 'run';
    this.#fence.enter(flight);
    return flight;
  }

  /** The load that takes over from a flight that is still asking the cache: what others have begun meanwhile, else what `begin` begins. */
  succeed<T>(flight: Flight<T>, begin: () => Flight<T>): Flight<T> {
    if (flight.begun && flight.cacheFailure === undefined) return flight;
    const other = flight.successor ?? (this.find(flight.finalKey) as Flight<T> | undefined);
    if (other !== undefined && other !== flight)
      return other.begun || other.kind.refreshing ? other : this.succeed(other, begin);
    // It is not fenced: it will end as its successor does.
    flight.overtaken = true;
    const successor = begin();
    successor.wanted ||= flight.wanted;
    flight.follow(successor);
    return successor;
  }

  /** A flight was to end as another one does, which is still asking the cache, and cannot wait for that any more: now it is the other way round. */
  turn<T>(flight: Flight<T>, other: Flight<T>): void {
    flight.follow(undefined);
    if (!flight.fenced && other.successor === undefined) other.follow(flight);
  }

  /** Its value is about to be stored: older loads of the same key come too late. */
  overtakes(flight: Flight): void {
    for (let older = flight.next; older !== undefined; older = older.next) older.fence();
  }

  /** It is over, and nothing of it is still being stored. */
  land(flight: FencedLoad & { joinable: boolean }): void {
    flight.joinable = false;
    this.#fence.leave(flight);
  }

  /** It failed, and calls that come before `ms` have passed get the same error. */
  remember(flight: Flight, ms: number): void {
    if (!flight.joinable || this.#closed) return this.land(flight);
    flight.failedUntil = this.#clock.now() + ms;
    this.#failed.add(flight);
    for (const oldest of this.#failed) {
      if (this.#failed.size <= MAX_FAILED && !this.#forgotten(oldest)) break;
      this.#forget(oldest);
    }
  }

  /** No call comes any more: the store's fence, which other caches share, need not hold failures for them. */
  close(): void {
    this.#closed = true;
    for (const flight of this.#failed) this.#forget(flight);
  }

  #find(finalKey: string, background: boolean): Flight | undefined {
    for (let load = this.#fence.newest(finalKey), next: FencedLoad | undefined; load !== undefined; load = next) {
      next = load.next;
      const flight = load as Flight;
      if (flight.failedUntil !== undefined && this.#forgotten(flight)) this.#forget(flight);
      else if (flight.joinable && !flight.overtaken && flight.owner === this && flight.kind.background === background)
        return flight;
    }
    return undefined;
  }

  /** Its time is over, or it was fenced. */
  #forgotten(flight: Flight): boolean {
    return !flight.joinable || flight.failedUntil! <= this.#clock.now();
  }

  #forget(flight: Flight): void {
    this.#failed.delete(flight);
    this.land(flight);
  }
}
