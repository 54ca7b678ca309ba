/** What counts those who wait for it and may give up. */
interface Awaited {
  join(): void;
  withdraw(reason: unknown): void;
}

/** Stops waiting when this caller aborts; the load goes on while somebody else waits for it. */
export function abortable<T>(load: Awaited, answer: Promise<T>, signal: AbortSignal): Promise<T> {
  load.join();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
      load.withdraw(signal.reason);
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
