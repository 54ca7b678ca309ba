import { Gathering } from '../util/gathering.js';
import type { BatchSubject } from './batch-run.js';
import { loadUnderLease } from './leased-load.js';

/** A key whose lease is ours, or cannot be had: to be loaded by this process. */
interface Granted<T> {
  readonly position: number;
  /** What is left for the cache, in ms; `undefined` = no limit. */
  readonly budgetMs: number | undefined;
  resolve(value: T): void;
  reject(error: unknown): void;
}

export interface LeasedBatch<T> {
  /** What somebody else stored since, if that is told within so many ms; never rejects. */
  storedSince(position: number, withinMs: number | undefined): Promise<T | undefined>;
  /** Loads and stores. @param budgetMs what is left for the cache */
  run(positions: readonly number[], budgetMs: number | undefined): Promise<ReadonlyMap<number, T>>;
  landed(position: number, value: T): void;
}

/**
 * Loads each key under a lease of its own. Those that are granted at once are loaded together, as soon as it is known of all which
 * ones that are; those that are taken over later, together with what is taken over in the same turn. Who holds a lease so
 * never waits for another one. Settles when all loads have; with the first error, if there was one.
 */
export async function loadUnderLeases<T>(
  { engine, keys, own, plan }: BatchSubject<T>,
  positions: readonly number[],
  budgetMs: number | undefined,
  { storedSince, run, landed }: LeasedBatch<T>,
): Promise<void> {
  const unanswered = new Set(positions);
  const first: Granted<T>[] = [];
  const startedAt = performance.now();
  const load = (those: readonly Granted<T>[], longestMs = Infinity): void => {
    if (those.length === 0) return;
    const left = those.map((granted) => granted.budgetMs ?? Infinity);
    const least = budgetMs === undefined ? undefined : Math.min(longestMs, ...left);
    run(
      those.map(({ position }) => position),
      least,
    ).then(
      (found) => those.forEach(({ position, resolve }) => resolve(found.get(position)!)),
      (error: unknown) => those.forEach(({ reject }) => reject(error)),
    );
  };
  const later = new Gathering<Granted<T>>((those) => load(those));
  const answered = (position: number): void => {
    if (!unanswered.delete(position) || unanswered.size > 0) return;
    // So far nobody waited but for answers, and the slowest of them cost all others their time.
    load(first, budgetMs === undefined ? undefined : budgetMs - (performance.now() - startedAt));
  };
  const grant = (granted: Granted<T>): void => {
    if (!unanswered.has(granted.position)) return later.add(granted);
    first.push(granted);
    answered(granted.position);
  };
  const loads = positions.map(async (position) => {
    try {
      const value = await loadUnderLease<T>(engine.stack, own.at(position), {
        key: engine.stack.keys.lock(keys[position]!, plan.namespace),
        leaseMs: plan.leaseMs!,
        timeoutMs: plan.budgetMs,
        budgetMs,
        read: (withinMs) => storedSince(position, withinMs),
        load: (leftMs) => new Promise((resolve, reject) => grant({ position, budgetMs: leftMs, resolve, reject })),
        found: () => answered(position),
        held: () => answered(position),
      });
      landed(position, value);
    } catch (error) {
      answered(position);
      own.fail(error, [position]);
      throw error;
    }
  });
  const failed = (await Promise.allSettled(loads)).find(({ status }) => status === 'rejected');
  if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
}
