import type { Deadlines } from '../util/deadline.js';

/** Waits for `work`, but no longer than `ms` (`undefined` = as long as it takes): then it goes on by itself. */
export function waitAtMost(work: Promise<void>, ms: number | undefined, deadlines: Deadlines): Promise<void> {
  return valueWithin(work, ms, deadlines);
}

/** What `work` answers if it does so within `ms` (`undefined` = whenever it does); else `undefined`, and it goes on by itself. */
export function valueWithin<T>(
  work: Promise<T | undefined>,
  ms: number | undefined,
  deadlines: Deadlines,
): Promise<T | undefined> {
  if (ms === undefined) return work;
  return new Promise((resolve, reject) => {
    if (ms <= 0) resolve(undefined);
    const deadline = ms > 0 ? deadlines.start(ms, { expire: () => resolve(undefined) }) : undefined;
    work.then(
      (value) => {
        deadline?.cancel();
        resolve(value);
      },
      (error: unknown) => {
        deadline?.cancel();
        reject(error);
      },
    );
  });
}
