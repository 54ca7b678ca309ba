import type { Contestant } from './measure.js';

/** Keeps `inFlight` operations under way at all times. */
export function pooled(name: string, inFlight: number, operation: (index: number) => Promise<unknown>): Contestant {
  return {
    name,
    async run(count) {
      let next = 0;
      const worker = async (): Promise<void> => {
        while (next < count) await operation(next++);
      };
      await Promise.all(Array.from({ length: inFlight }, worker));
    },
  };
}

/** What one request of a service might keep. */
export const SAMPLE = { id: 1, name: 'somebody', tags: ['a', 'b', 'c'], active: true, score: 12.5 };
/** The same as a string, as it is on the wire. */
export const TEXT = JSON.stringify(SAMPLE);
