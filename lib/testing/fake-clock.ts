import type { Clock } from '../util/clock.js';
import { parseDuration, type Duration } from '../util/duration.js';

/**
 * A clock that stands still until it is told to go on. Hand it to a cache (`{ backend: 'memory', clock }`) or to a
 * registry: lifetimes and the waits of the breaker follow it. Timeouts and servers keep real time.
 */
export class FakeClock implements Clock {
  #now = 0;

  /** Milliseconds it was advanced by so far. */
  now(): number {
    return this.#now;
  }

  /** @throws ConfigError when it is no duration */
  advance(by: Duration): void {
    this.#now += parseDuration(by, 'advance');
  }
}
