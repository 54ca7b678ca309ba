import type { Deadlines } from '../util/deadline.js';
import { valueWithin } from './budget.js';
import type { Flight } from './flight.js';

/** How long a call waits for its cache, in ms; `undefined` = as long as it takes. */
export interface Patience {
  /** For the stored value. */
  readonly answerMs: number | undefined;
  /** For all that it asks and writes. */
  readonly budgetMs: number | undefined;
}

/** A caller's time is over, and the value is still being looked for. */
export const SPENT = Symbol('spent');

/** Whether a call that joins the other's load would wait for the cache longer than by itself. */
export function isLessPatient(mine: Patience, theirs: Patience): boolean {
  return mine !== theirs && (isLess(mine.answerMs, theirs.answerMs) || isLess(mine.budgetMs, theirs.budgetMs));
}

/** What is left of a call's budget. */
export function leftOf({ budgetMs }: Patience, since: number): number | undefined {
  return budgetMs === undefined ? undefined : budgetMs - (performance.now() - since);
}

/** What is left of it after a while. */
export function patienceLeft(patience: Patience, since: number): Patience {
  const leftMs = leftOf(patience, since);
  return { answerMs: isLess(leftMs, patience.answerMs) ? leftMs : patience.answerMs, budgetMs: leftMs };
}

function isLess(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && (b === undefined || a < b);
}

/** A flight's outcome for one who joined it: what the flight asks the cache, and writes, is waited for as if it were the caller's own. */
export async function joinWithin<T>(
  flight: Flight<T>,
  patience: Patience,
  deadlines: Deadlines,
): Promise<T | typeof SPENT> {
  let leftMs = patience.budgetMs;
  if (!flight.begun) {
    const since = performance.now();
    const found = await valueWithin<T | void>(
      Promise.race([flight.promise, flight.further()]),
      patience.answerMs,
      deadlines,
    );
    if (found !== undefined) return found;
    if (!flight.begun) return SPENT;
    leftMs = leftOf(patience, since);
  }
  if (flight.loaded === undefined) await Promise.race([flight.promise, flight.further()]);
  if (flight.loaded === undefined) return flight.promise;
  const { value } = flight.loaded;
  await valueWithin<T>(flight.promise, leftMs, deadlines);
  return value;
}
