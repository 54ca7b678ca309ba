import type { FencedLoad } from '../command/fence.js';

/** Answered by a shared batch load for a key it did not find. Never seen outside of loading. */
export const NOT_FOUND = Symbol('not found');

/**
 * One load of one key, shared by every call that may get its answer. It is joinable as long as it stands in its
 * cache's table; a fence takes it out, and keeps its value from being stored.
 */
export class Flight<T = unknown> implements FencedLoad {
  readonly promise: Promise<T>;
  fenced = false;
  storing: Promise<unknown> | undefined = undefined;
  /** It loads although there may be a value: calls that just want the value need not wait for it. */
  readonly refreshing: boolean;
  /** It may end in {@link NOT_FOUND}. */
  readonly shared: boolean;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;
  #waiters = 0;
  #awaited = false;
  #abort: AbortController | undefined = undefined;
  readonly #table: FlightTable;

  constructor(
    readonly finalKey: string,
    table: FlightTable,
    options: { refreshing?: boolean; shared?: boolean } = {},
  ) {
    this.#table = table;
    this.refreshing = options.refreshing ?? false;
    this.shared = options.shared ?? false;
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  fence(): void {
    this.fenced = true;
    this.#table.remove(this);
  }

  resolve(value: T): void {
    this.#table.remove(this);
    this.#resolve(value);
  }

  reject(error: unknown): void {
    this.#table.remove(this);
    this.#reject(error);
  }

  /** Somebody waits who will never give up. */
  stay(): void {
    this.#awaited = true;
  }

  /** Somebody waits who may give up; to be answered with {@link withdraw} if they do. */
  join(): void {
    this.#waiters++;
  }

  /** One of those gave up. When nobody is left the load is told to stop, and no later call joins it. */
  withdraw(reason: unknown): void {
    if (--this.#waiters > 0 || this.#awaited) return;
    this.#table.remove(this);
    this.#abort ??= new AbortController();
    this.#abort.abort(reason);
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }
}

/** The loads of one cache that calls can join. */
export class FlightTable {
  readonly #flights = new Map<string, Flight>();

  get(finalKey: string): Flight | undefined {
    return this.#flights.size === 0 ? undefined : this.#flights.get(finalKey);
  }

  /** Makes it the one that later calls join. One that was there before is older, and must not be stored after it. */
  add(flight: Flight): void {
    this.#flights.get(flight.finalKey)?.fence();
    this.#flights.set(flight.finalKey, flight);
  }

  remove(flight: FencedLoad): void {
    if ((this.#flights.get(flight.finalKey) as FencedLoad | undefined) === flight) this.#flights.delete(flight.finalKey);
  }
}
