import { AsyncContext } from '../util/async-context.js';

/** A loader that is running, as the calls it makes see it. */
export interface RunningLoad {
  /** The load inside of which it was started. */
  outer: RunningLoad | undefined;
  /** The loads that calls from inside of it wait for. */
  awaits: Set<RunningLoad> | undefined;
  /** The leases that it asks for: it waits for whoever has them, which may change. */
  asks: Set<AskedLease> | undefined;
  /** Its loader is not called yet: it waits there until others have ended. */
  line: Line | undefined;
  /** Its loader has ended. What that left running, an interval or a consumer, is inside of nothing any more. */
  ended: boolean;
}

/** Where loads wait for one of the loads that run to end. */
export interface Line {
  readonly holders: ReadonlySet<RunningLoad>;
  /** Lets this one begin at once. */
  pass(load: RunningLoad): void;
}

/** A lease that somebody asks for. */
export interface AskedLease {
  /** The loads of this process that have it. */
  holders(): Iterable<RunningLoad>;
}

const loads = new AsyncContext<RunningLoad>();

/** One that is no flight itself. */
export function runningLoad(): RunningLoad {
  return { outer: undefined, awaits: undefined, asks: undefined, line: undefined, ended: false };
}

/** Runs a loader so that calls it makes, at any depth, can tell that they are inside of it. */
export function runInside<A, R>(load: RunningLoad, loader: (argument: A) => R, argument: A): R {
  load.outer = loads.current;
  if (load.outer !== undefined) awaitInside(load.outer, load);
  return loads.run(load, loader, argument);
}

/** Brackets, with {@link loaderEnds}, the time from a loader's start to its end. */
export const loaderStarts = (): void => loads.enter();

/** What had to be known of it to find circles is let go of: whoever it was started in may run for ever. */
export function loaderEnds(load: RunningLoad): void {
  loads.exit();
  load.ended = true;
  load.awaits = undefined;
  load.outer?.awaits?.delete(load);
}

/**
 * Whether waiting for `load` here would never end: because we are inside of it, or because it waits, by whatever
 * detour, for a load that we are inside of. If not, it is noted that we wait for it; and should it stand in a line, or wait
 * for one that does, until a load ends that we are inside of, that one may begin at once.
 */
export function wouldDeadlock(load: RunningLoad): boolean {
  const innermost = loads.current;
  if (innermost === undefined) return false;
  const ours = new Set(outwards(innermost));
  const seen = new Set([load]);
  for (const awaited of seen) {
    if (ours.has(awaited)) return true;
    for (const next of awaitedBy(awaited)) seen.add(next);
  }
  for (const awaited of seen) {
    const { line } = awaited;
    if (line !== undefined && leadTo(line.holders, ours)) line.pass(awaited);
  }
  awaitInside(innermost, load);
  return false;
}

/** Whether we are, at any depth, inside of one of these. */
export function isInside(some: ReadonlySet<RunningLoad>): boolean {
  if (some.size === 0) return false;
  for (const running of outwards(loads.current)) if (some.has(running)) return true;
  return false;
}

/**
 * Whether `load`, which begins here and would stand in a line, would so wait for loads that wait for it. It is noted that
 * the load that we are inside of waits for it.
 */
export function wouldWaitForItself(load: RunningLoad): boolean {
  const innermost = loads.current;
  if (innermost !== undefined) awaitInside(innermost, load);
  return leadTo(load.line!.holders, new Set([load]));
}

/** Whether `load` can wait for `other`: that waits for neither of those who wait here. */
export function canAwait(load: RunningLoad, other: RunningLoad): boolean {
  return !leadTo([other], new Set([load])) && !wouldDeadlock(other);
}

/** Whether `load` can end as `other` does. It is noted then that it waits for it. */
export function canFollow(load: RunningLoad, other: RunningLoad): boolean {
  if (!canAwait(load, other)) return false;
  awaitInside(load, other);
  return true;
}

export function awaitInside(running: RunningLoad, awaited: RunningLoad): void {
  if (!running.ended) (running.awaits ??= new Set()).add(awaited);
}

function* awaitedBy(running: RunningLoad): Iterable<RunningLoad> {
  if (running.awaits !== undefined) yield* running.awaits;
  if (running.asks !== undefined) for (const lease of running.asks) yield* lease.holders();
}

/** Whether one of these loads waits, by whatever detour, lines included, for one of `goals`. */
function leadTo(some: Iterable<RunningLoad>, goals: ReadonlySet<RunningLoad>): boolean {
  const seen = new Set(some);
  for (const running of seen) {
    if (goals.has(running)) return true;
    for (const next of awaitedBy(running)) seen.add(next);
    for (const next of running.line?.holders ?? []) seen.add(next);
  }
  return false;
}

/** A load, and those that it is inside of, as far as their loaders are still running. */
function* outwards(innermost: RunningLoad | undefined): Iterable<RunningLoad> {
  for (let running = innermost; running !== undefined; running = running.outer) if (!running.ended) yield running;
}
