import { AsyncContext } from '../util/async-context.js';

/** A loader that is running, as the calls it makes see it. */
export interface RunningLoad {
  /** The load inside of which it was started. */
  outer: RunningLoad | undefined;
  /** Whether it is what `load` waits for. */
  includes(load: object): boolean;
}

const loads = new AsyncContext<RunningLoad>();

/** Runs a loader so that calls it makes, at any depth, can tell that they are inside of it. */
export function runInside<A, R>(load: RunningLoad, loader: (argument: A) => R, argument: A): R {
  load.outer = loads.current;
  return loads.run(load, loader, argument);
}

/** Brackets the time from a loader's start to its end. */
export const loaderStarts = (): void => loads.enter();
export const loaderEnds = (): void => loads.exit();

/** Whether waiting for `load` here would be waiting for ourselves. */
export function isInside(load: object): boolean {
  for (let running = loads.current; running !== undefined; running = running.outer) {
    if (running.includes(load)) return true;
  }
  return false;
}
