import type { Fence, FencedLoad } from '../command/fence.js';
import type { RunningLoad } from './reentrance.js';

/** Answered by a shared batch load for a key it did not find. Never seen outside of loading. */
export const NOT_FOUND = Symbol('not found');

/** What distinguishes a flight from a plain load of one key. */
export interface FlightKind {
  /** It loads although there may be a value: calls that just want the value need not wait for it. */
  readonly refreshing: boolean;
  /** It is part of a batch, and may end in {@link NOT_FOUND}. */
  readonly shared: boolean;
}

export const PLAIN: FlightKind = { refreshing: false, shared: false };
export const REFRESHING: FlightKind = { refreshing: true, shared: false };
export const SHARED: FlightKind = { refreshing: false, shared: true };

/**
 * One load of one key, shared by every call that may get its answer. A fence keeps later calls from joining it, and
 * its value from being stored.
 */
export class Flight<T = unknown> implements FencedLoad, RunningLoad {
  /** Its outcome; not there before {@link promises}. */
  promise!: Promise<T>;
  /** Later calls may wait for it, too. */
  joinable = false;
  fenced = false;
  storing: Promise<unknown> | undefined = undefined;
  next: FencedLoad | undefined = undefined;
  outer: RunningLoad | undefined = undefined;
  awaits: Set<RunningLoad> | undefined = undefined;
  /** The loader that it stands for: its own, or that of the batch it belongs to. */
  running: RunningLoad = this;
  /** Somebody who waits wants the value stored. */
  wanted = false;
  /** The call that began it does not simply carry on when the cache fails … */
  strict = false;
  /** … and this is how that ends for it. Others have it their own way. */
  cacheFailure: unknown = undefined;
  /** The value cannot be protected from those who share it: it goes to the call that began the load, and nowhere else. */
  unshareable = false;
  private waiters = 0;
  private awaited = false;
  private abort: AbortController | undefined = undefined;

  constructor(
    readonly finalKey: string,
    /** The cache whose calls can join. */
    readonly owner: object,
    readonly kind: FlightKind,
  ) {}

  /** Its loader has been started, and this is what comes of it: from now on others can join. */
  promises(outcome: Promise<T>): void {
    this.promise = outcome;
    this.joinable = !this.fenced;
  }

  fence(): void {
    this.fenced = true;
    this.joinable = false;
  }

  /** Somebody waits who will never give up. */
  stay(): void {
    this.awaited = true;
  }

  /** Somebody waits who may give up; to be answered with {@link withdraw} if they do. */
  join(): void {
    this.waiters++;
  }

  /** One of those gave up. When nobody is left the load is told to stop, and no later call joins it. */
  withdraw(reason: unknown): void {
    if (--this.waiters > 0 || this.awaited) return;
    this.joinable = false;
    this.abort ??= new AbortController();
    this.abort.abort(reason);
  }

  get signal(): AbortSignal {
    this.abort ??= new AbortController();
    return this.abort.signal;
  }
}

/** The loads of one cache that calls can join: its part of what the fence watches anyway. */
export class Flights {
  readonly #fence: Fence;

  constructor(fence: Fence) {
    this.#fence = fence;
  }

  /** The one that calls for this key join. */
  find(finalKey: string): Flight | undefined {
    for (let load = this.#fence.newest(finalKey); load !== undefined; load = load.next) {
      const flight = load as Flight;
      if (flight.joinable && flight.owner === this) return flight;
    }
    return undefined;
  }

  /** Starts one. Another of the same key is older, and must not be stored after it. */
  depart<T>(finalKey: string, kind: FlightKind): Flight<T> {
    this.find(finalKey)?.fence();
    const flight = new Flight<T>(finalKey, this, kind);
    this.#fence.enter(flight);
    return flight;
  }

  /** It is over, and nothing of it is still being stored. */
  land(flight: FencedLoad & { joinable: boolean }): void {
    flight.joinable = false;
    this.#fence.leave(flight);
  }
}
