import type { Flight } from './flight.js';

/** Stops waiting when this caller aborts; the load goes on while somebody else waits for it. */
export function abortable<T>(flight: Flight<T>, answer: Promise<T>, signal: AbortSignal): Promise<T> {
  flight.join();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
      flight.withdraw(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    answer.then(
      (value) => {
        signal.removeEventListener('abort', onAbort);
        resolve(value);
      },
      (error: unknown) => {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      },
    );
  });
}
