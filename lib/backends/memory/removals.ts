import { disown } from '../../util/maybe-promise.js';
import { bareValue } from './bare-value.js';

/**
 * Why an entry went: for want of room by number (`entries`) or by weight (`bytes`), because its time was over (`expired`), or
 * because it would have displaced what is worth more (`refused`: it never came in).
 */
export type EvictionCause = 'entries' | 'bytes' | 'expired' | 'refused';

/** An entry that the memory backend dropped by itself. */
export interface Eviction {
  /** The final key: with its namespace. */
  readonly key: string;
  /** As the serializer left it. */
  readonly value: unknown;
  readonly cause: EvictionCause;
}

/** Counts what a store drops by itself, and tells it to a listener. */
export class Removals {
  readonly counts: Record<EvictionCause, number> = { entries: 0, bytes: 0, expired: 0, refused: 0 };
  readonly #listener: ((eviction: Eviction) => unknown) | undefined;
  #untold: Eviction[] = [];

  constructor(listener: ((eviction: Eviction) => void) | undefined) {
    this.#listener = listener;
  }

  note(key: string, value: unknown, cause: EvictionCause): void {
    this.counts[cause]++;
    if (this.#listener === undefined) return;
    // Later: the listener may use the cache, which is in the middle of a change.
    if (this.#untold.push({ key, value: bareValue(value), cause }) === 1) queueMicrotask(() => this.#tell());
  }

  #tell(): void {
    const evictions = this.#untold;
    this.#untold = [];
    for (const eviction of evictions) {
      try {
        disown(this.#listener!(eviction));
      } catch {
        // Who only observes cannot fail anybody's call, and there is nobody to tell.
      }
    }
  }
}
