import type { NearEntry, NearStore } from '../contracts/near.js';
import type { Flight } from '../loading/flight.js';
import { wouldDeadlock } from '../loading/reentrance.js';
import { Signatures } from './signature.js';

const MAX_TEXT = 200;

/**
 * Finds the entries of one method by its arguments, without making a key. The biggest cost of a hit is hashing a string
 * that was just put together; a raw number or string argument has its hash already.
 *
 * An entry leaves the table when it dies and stands in one table at most, so the tables are no larger than the store.
 */
export class NearTable {
  readonly #store: NearStore;
  readonly #byArgument = new Map<unknown, NearEntry>();
  readonly #bySignature = new Map<unknown, NearEntry>();
  readonly #signatures = new Signatures();
  // The load that began last: in a stampede everybody asks for the same.
  #loading: unknown;
  #flight: Flight | undefined;

  constructor(store: NearStore) {
    this.#store = store;
  }

  /** The live entry of a call with one argument that is a string or a number, and counts as a use of it. */
  byArgument(argument: unknown): NearEntry | undefined {
    return this.#alive(this.#byArgument.get(argument));
  }

  /** The live entry of any other call. */
  byArguments(args: ArrayLike<unknown>): NearEntry | undefined {
    if (this.#bySignature.size === 0) return undefined;
    const signature = this.#signatures.of(args);
    return signature === undefined ? undefined : this.#alive(this.#bySignature.get(signature));
  }

  /** The load under way for a call with this one argument, if it is the one that began last and we are not inside of it. */
  flightOf(argument: unknown): Flight | undefined {
    const flight = this.#flight;
    if (flight === undefined || argument !== this.#loading) return undefined;
    if (flight.joinable) return wouldDeadlock(flight.running) ? undefined : flight;
    this.#flight = undefined;
    return undefined;
  }

  /** A call with these arguments has begun to load. */
  began(args: ArrayLike<unknown>, flight: Flight): void {
    if (args.length !== 1 || !isPlainKey(args[0])) return;
    this.#loading = args[0];
    this.#flight = flight;
  }

  /** The entry that answers calls with these arguments, to be found by them from now on. */
  list(entry: NearEntry, args: ArrayLike<unknown>): void {
    if (entry.alias !== undefined) return;
    const alone = args.length === 1 && isPlainKey(args[0]);
    const key = alone ? ownCopy(args[0]) : this.#signatures.of(args);
    if (key === undefined) return;
    const table = alone ? this.#byArgument : this.#bySignature;
    table.set(key, entry);
    entry.alias = { table, key };
  }

  #alive(entry: NearEntry | undefined): NearEntry | undefined {
    if (entry === undefined) return undefined;
    if (entry.expiresAt !== Infinity && entry.expiresAt <= this.#store.clock.now()) return undefined;
    this.#store.touch(entry);
    return entry;
  }
}

/** Whether a `Map` tells this argument from all others that have another key. It takes `0` and `-0` for one. */
export function isPlainKey(value: unknown): value is string | number {
  return typeof value === 'number' ? value !== 0 : typeof value === 'string' && value.length <= MAX_TEXT;
}

/** A string may be a slice of a large one, which it would keep in memory for as long as the entry lives. */
function ownCopy(value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(JSON.stringify(value)) : value;
}
