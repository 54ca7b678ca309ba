import { AsyncContext } from '../util/async-context.js';

/** A loader that is running, as the calls it makes see it. */
export interface RunningLoad {
  /** The load inside of which it was started. */
  outer: RunningLoad | undefined;
  /** The loads that calls from inside of it wait for. */
  awaits: Set<RunningLoad> | undefined;
}

const loads = new AsyncContext<RunningLoad>();

/** Runs a loader so that calls it makes, at any depth, can tell that they are inside of it. */
export function runInside<A, R>(load: RunningLoad, loader: (argument: A) => R, argument: A): R {
  load.outer = loads.current;
  if (load.outer !== undefined) awaitInside(load.outer, load);
  return loads.run(load, loader, argument);
}

/** Brackets the time from a loader's start to its end. */
export const loaderStarts = (): void => loads.enter();
export const loaderEnds = (): void => loads.exit();

/**
 * Whether waiting for `load` here would never end: because we are inside of it, or because it waits, by whatever
 * detour, for a load that we are inside of. If not, it is noted that we wait for it.
 */
export function wouldDeadlock(load: RunningLoad): boolean {
  const innermost = loads.current;
  if (innermost === undefined) return false;
  const ours = new Set<RunningLoad>();
  for (let running: RunningLoad | undefined = innermost; running !== undefined; running = running.outer)
    ours.add(running);
  const seen = new Set([load]);
  for (const awaited of seen) {
    if (ours.has(awaited)) return true;
    for (const next of awaited.awaits ?? []) seen.add(next);
  }
  awaitInside(innermost, load);
  return false;
}

function awaitInside(running: RunningLoad, awaited: RunningLoad): void {
  (running.awaits ??= new Set()).add(awaited);
}
