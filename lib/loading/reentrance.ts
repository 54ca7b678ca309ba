import { AsyncContext } from '../util/async-context.js';
import type { Flight } from './flight.js';

/** The loads we are inside of, innermost first. */
interface Frame {
  readonly flights: Flight | ReadonlySet<Flight>;
  readonly outer: Frame | undefined;
}

const loads = new AsyncContext<Frame>();

/** Runs a loader so that calls it makes, at any depth, can tell that they are inside of it. */
export function runInside<A, R>(flights: Flight | ReadonlySet<Flight>, loader: (argument: A) => R, argument: A): R {
  return loads.run({ flights, outer: loads.current }, loader, argument);
}

/** Brackets the time from a loader's start to its end. */
export const loaderStarts = (): void => loads.enter();
export const loaderEnds = (): void => loads.exit();

/** Whether waiting for `flight` here would be waiting for ourselves. */
export function isInside(flight: Flight): boolean {
  for (let frame = loads.current; frame !== undefined; frame = frame.outer) {
    const { flights } = frame;
    if (flights === flight || (flights instanceof Set && flights.has(flight))) return true;
  }
  return false;
}
