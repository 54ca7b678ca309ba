import type { Clock } from '../util/clock.js';
import type { Freshness } from './freshness.js';

/** First and longest rest of background loads that keep failing, in ms. */
const REST_MS = 1_000;
const MAX_REST_MS = 30_000;

/** How many keys' failures are remembered; beyond that the oldest is forgotten, and its loader tried again. */
const MAX_KEYS = 10_000;

interface Rest {
  /** Until then nothing is loaded in the background. */
  readonly until: number;
  readonly failures: number;
}

/** Which loaders are left alone for a while because they failed. */
export class Rests {
  readonly #clock: Clock;
  readonly #rests = new Map<string, Rest>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A load failed. */
  failed(finalKey: string, freshness: Freshness | undefined, background: boolean): void {
    if (freshness === undefined) return;
    const { retryAfterMs } = freshness;
    if (retryAfterMs === undefined && !background) return;
    const failures = (this.#rests.get(finalKey)?.failures ?? 0) + 1;
    const backOffMs = failures === 1 ? 0 : Math.min(REST_MS * 2 ** (failures - 2), MAX_REST_MS);
    this.#rests.delete(finalKey);
    this.#rests.set(finalKey, { until: this.#clock.now() + (retryAfterMs ?? backOffMs), failures });
    if (this.#rests.size <= MAX_KEYS) return;
    for (const oldest of this.#rests.keys()) return void this.#rests.delete(oldest);
  }

  succeeded(finalKey: string): void {
    if (this.#rests.size > 0) this.#rests.delete(finalKey);
  }

  /** Whether the key's loader is to be left alone. */
  resting(finalKey: string): boolean {
    const rest = this.#rests.size === 0 ? undefined : this.#rests.get(finalKey);
    return rest !== undefined && rest.until > this.#clock.now();
  }
}
