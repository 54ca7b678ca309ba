/** How far back failures count, in ms. */
const WINDOW_MS = 10_000;
const BUCKETS = 10;
const BUCKET_MS = WINDOW_MS / BUCKETS;

/** Fewer calls than this say nothing about a rate. */
const MIN_CALLS = 20;
/** The part of the calls that has to fail. */
const RATE = 0.5;

/**
 * Tells when half of the calls of the last 10 s failed, if there were at least 20: the figures of Netflix's Hystrix
 * (`requestVolumeThreshold`, `errorThresholdPercentage`, `rollingStats`). Counts in ten buckets of a second.
 * The window begins with a failure: while nothing fails, nobody has to count or to look at a clock.
 */
export class ErrorRate {
  readonly #minCalls: number;
  /** A ring, by the number of the second. */
  readonly #calls = new Array<number>(BUCKETS).fill(0);
  readonly #failures = new Array<number>(BUCKETS).fill(0);
  #newest = 0;
  #allCalls = 0;
  #allFailures = 0;

  /** @param atLeast so many calls it takes in any case, should that be more than 20 */
  constructor(atLeast: number) {
    this.#minCalls = Math.max(MIN_CALLS, atLeast);
  }

  /** Something failed lately, so successes are to be counted. */
  get watching(): boolean {
    return this.#allFailures > 0;
  }

  succeeded(now: number): void {
    const bucket = this.#bucketAt(now);
    if (!this.watching) return;
    this.#calls[bucket]!++;
    this.#allCalls++;
  }

  /** Answers whether too many failed. */
  failed(now: number): boolean {
    const bucket = this.#bucketAt(now);
    this.#calls[bucket]!++;
    this.#failures[bucket]!++;
    this.#allCalls++;
    this.#allFailures++;
    return this.#allCalls >= this.#minCalls && this.#allFailures >= this.#allCalls * RATE;
  }

  reset(): void {
    this.#calls.fill(0);
    this.#failures.fill(0);
    this.#allCalls = this.#allFailures = 0;
  }

  /** Forgets what has left the window. */
  #bucketAt(now: number): number {
    const second = Math.floor(now / BUCKET_MS);
    if (second - this.#newest >= BUCKETS) this.reset();
    for (let passed = Math.max(this.#newest + 1, second - BUCKETS + 1); passed <= second; passed++) {
      const bucket = passed % BUCKETS;
      this.#allCalls -= this.#calls[bucket]!;
      this.#allFailures -= this.#failures[bucket]!;
      this.#calls[bucket] = this.#failures[bucket] = 0;
    }
    this.#newest = Math.max(this.#newest, second);
    if (this.#allFailures === 0 && this.#allCalls > 0) this.reset();
    return this.#newest % BUCKETS;
  }
}
