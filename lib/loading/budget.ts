import type { Deadlines } from '../util/deadline.js';

/** Waits for `work`, but no longer than `ms` (`undefined` = as long as it takes): then it goes on by itself. */
export function waitAtMost(work: Promise<void>, ms: number | undefined, deadlines: Deadlines): Promise<void> {
  if (ms === undefined) return work;
  return new Promise((resolve, reject) => {
    if (ms <= 0) resolve();
    const deadline = ms > 0 ? deadlines.start(ms, { expire: () => resolve() }) : undefined;
    work.then(
      () => {
        deadline?.cancel();
        resolve();
      },
      (error: unknown) => {
        deadline?.cancel();
        reject(error);
      },
    );
  });
}
