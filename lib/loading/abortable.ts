import type { Flight } from './flight.js';

/** Stops waiting when this caller aborts; the load goes on while somebody else waits for it. */
export function abortable<T>(flight: Flight<T>, answer: Promise<T>, signal: AbortSignal): Promise<T> {
  flight.join();
  return untilAborted(answer, signal, (reason) => flight.withdraw(reason));
}

/** The answer, or the reason of the signal, whichever comes first. */
export function untilAborted<T>(answer: Promise<T>, signal: AbortSignal, left?: (reason: unknown) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
      left?.(signal.reason);
    };
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
    // The loader, or a hook, may have given up for us as it began.
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
