import { BackendUnavailableError } from '../errors.js';
import type { Clock } from '../util/clock.js';
import { ErrorRate } from './error-rate.js';
import type { BreakerSpec } from './stack-spec.js';

/**
 * Stops asking a backend that keeps failing, or fails half of the time. Closed: everything passes. Open: everything is
 * refused at once. When a wait is over one call goes through as a probe; its success closes the breaker, its failure
 * doubles the wait. All caches on one store share one (see `breakers.ts`).
 */
export class Breaker {
  readonly #spec: BreakerSpec;
  readonly #clock: Clock;
  readonly #rate: ErrorRate;
  #failures = 0;
  #open = false;
  /** Some calls still succeed, so only the success of a probe says that things are better. */
  #wavering = false;
  #retryAt = 0;
  #waitMs: number;
  #probe: object | undefined;

  constructor(spec: BreakerSpec, clock: Clock) {
    this.#spec = spec;
    this.#clock = clock;
    this.#waitMs = spec.retryMs;
    this.#rate = new ErrorRate(spec.after);
  }

  get open(): boolean {
    return this.#open;
  }

  /** @throws BackendUnavailableError when this call must not reach the backend */
  admit(call: object, cache: string): void {
    if (!this.#open) return;
    const now = this.#clock.now();
    if (now < this.#retryAt) {
      throw new BackendUnavailableError('the backend keeps failing; it is left alone for a moment', { cache });
    }
    this.#probe = call;
    // A probe that nobody ever times out must not keep the breaker open for good.
    this.#retryAt = now + this.#spec.maxRetryMs;
  }

  succeeded(call: object): void {
    this.#failures = 0;
    if (this.#open) {
      if (!this.#wavering || call === this.#probe) this.#close();
    } else if (this.#rate.watching) this.#rate.succeeded(this.#clock.now());
  }

  failed(call: object): void {
    if (this.#open) {
      if (call !== this.#probe) return;
      this.#waitMs = Math.min(this.#waitMs * 2, this.#spec.maxRetryMs);
      this.#wait();
      return;
    }
    const tooMany = this.#rate.failed(this.#clock.now());
    const running = ++this.#failures >= this.#spec.after;
    if (!running && !tooMany) return;
    this.#open = true;
    this.#wavering = !running;
    this.#rate.reset();
    this.#wait();
  }

  /** The caller gave up on its own account: says nothing about the backend. */
  withdrawn(call: object): void {
    if (call !== this.#probe) return;
    this.#probe = undefined;
    this.#retryAt = this.#clock.now();
  }

  #close(): void {
    this.#open = false;
    this.#probe = undefined;
    this.#waitMs = this.#spec.retryMs;
  }

  #wait(): void {
    this.#probe = undefined;
    this.#retryAt = this.#clock.now() + this.#waitMs;
  }
}
