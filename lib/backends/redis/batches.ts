/** Items in one command: enough that round trips do not matter, few enough that the server is not held up. */
const BATCH = 1_000;

/** Runs `work` on pieces of `items`, all at once; answers by piece. */
export function inBatches<T, R>(items: readonly T[], work: (batch: readonly T[]) => Promise<R>): Promise<R[]> {
  const answers: Promise<R>[] = [];
  for (let start = 0; start < items.length; start += BATCH) answers.push(work(items.slice(start, start + BATCH)));
  return Promise.all(answers);
}

export function fitsOneBatch(items: readonly unknown[]): boolean {
  return items.length <= BATCH;
}
