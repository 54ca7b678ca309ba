import { isInside, type Line, type RunningLoad, wouldWaitForItself } from './reentrance.js';

/** Where a load's signal comes from. Asked only for loads that have to wait. */
interface SignalSource {
  readonly signal: AbortSignal;
}

/**
 * The most loaders that run at the same time; further ones wait in the order in which they came (a bulkhead, as in
 * resilience4j or Polly, without an end of the line: there is one load per key). No load waits for itself: one that begins
 * inside of a loader with a place here needs none of its own, nor does one that such a loader waits for.
 */
export class OriginLimit implements Line {
  readonly holders = new Set<RunningLoad>();
  readonly #most: number;
  readonly #waiting = new Map<RunningLoad, () => void>();

  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Takes a place for a load whose loader is about to be called. A promise = it has to wait until that settles; it rejects
   * with the signal's reason when the load is told to stop before it has begun.
   */
  take(load: RunningLoad, source: SignalSource): Promise<void> | undefined {
    if (isInside(this.holders)) return undefined;
    if (this.holders.size < this.#most) {
      this.holders.add(load);
      return undefined;
    }
    load.line = this;
    if (!wouldWaitForItself(load)) return this.#wait(load, source.signal);
    load.line = undefined;
    return undefined;
  }

  /** The loader has ended. Not every load that ends had a place. */
  release(load: RunningLoad): void {
    if (!this.holders.delete(load)) return;
    for (const next of this.#waiting.keys()) {
      this.holders.add(next);
      return this.pass(next);
    }
  }

  pass(load: RunningLoad): void {
    const begin = this.#waiting.get(load);
    this.#waiting.delete(load);
    load.line = undefined;
    begin?.();
  }

  #wait(load: RunningLoad, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(load);
        load.line = undefined;
        reject(signal.reason as Error);
      };
      if (signal.aborted) return leave();
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.set(load, () => {
        signal.removeEventListener('abort', leave);
        resolve();
      });
    });
  }
}
