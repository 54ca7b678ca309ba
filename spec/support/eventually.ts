import { setTimeout as sleep } from 'node:timers/promises';

/** Tries until `work` answers; rejects with its last failure when that takes longer than `withinMs`. */
export async function eventually<T>(work: () => T | Promise<T>, withinMs = 5_000): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > until) throw error;
      await sleep(10);
    }
  }
}
