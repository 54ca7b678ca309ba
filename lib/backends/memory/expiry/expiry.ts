import type { Clock } from '../../../util/clock.js';
import { TimerWheel } from './timer-wheel.js';

/** The least time between two wake-ups, in ms: what expires within it goes together. */
const LEAST_WAIT_MS = 50;

/** The longest wait where the clock stands still, as it does in tests. */
const STANDSTILL_MS = 10_000;

/** The longest that a timer of Node can wait. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

/** Entries that go in one turn of the event loop: some 2 ms of work. */
const BATCH = 4_000;

/** When the entries of a store expire. Gives those that have back without anybody asking, by one timer that keeps no process alive. */
export class Expiry {
  readonly #clock: Clock;
  readonly #expired: (slot: number) => void;
  #wheel: TimerWheel;
  #times = new Float64Array(0);
  #timer: NodeJS.Timeout | undefined;
  #wakeAt = Infinity;
  #sweptAt = -Infinity;
  /** When the clock was last read for a wait, and how long that was to be. */
  #waitedFrom = -Infinity;
  #waitMs = 0;

  /** @param expired has to remove the entry, and to {@link forget} it */
  constructor(clock: Clock, expired: (slot: number) => void) {
    this.#clock = clock;
    this.#expired = expired;
    this.#wheel = new TimerWheel(clock.now());
  }

  reserve(slots: number): void {
    const times = new Float64Array(slots).fill(Infinity, this.#times.length);
    times.set(this.#times);
    this.#times = times;
    this.#wheel.reserve(slots);
  }

  /** Gives all room back. Only when nothing is set. */
  reset(): void {
    this.#times = new Float64Array(0);
    this.#wheel = new TimerWheel(this.#clock.now());
  }

  /** `Infinity` = never. */
  of(slot: number): number {
    return this.#times[slot]!;
  }

  set(slot: number, expiresAt: number): void {
    this.#times[slot] = expiresAt;
    if (expiresAt === Infinity) return this.#wheel.cancel(slot);
    this.#wheel.schedule(slot, expiresAt);
    if (expiresAt < this.#wakeAt) this.#wake(expiresAt);
  }

  forget(slot: number): void {
    if (this.#times[slot] === Infinity) return;
    this.#times[slot] = Infinity;
    this.#wheel.cancel(slot);
  }

  /** Removes what has expired, so many entries at most. @returns whether that was all */
  sweep(most: number): boolean {
    const now = this.#clock.now();
    if (now < this.#sweptAt) this.#setBack(now);
    this.#sweptAt = now;
    this.#wheel.advance(now);
    for (let seen = 0; seen < most; seen++) {
      const slot = this.#wheel.takeDue();
      if (slot === 0) return true;
      const expiresAt = this.#times[slot]!;
      if (expiresAt <= now) this.#expired(slot);
      else this.#wheel.schedule(slot, expiresAt);
    }
    return false;
  }

  /** A clock that went backwards: a wheel goes on only, and would take whatever is set from now on for due, again and again. */
  #setBack(now: number): void {
    this.#wheel = new TimerWheel(now);
    this.#wheel.reserve(this.#times.length);
    this.#times.forEach((expiresAt, slot) => {
      if (expiresAt !== Infinity) this.#wheel.schedule(slot, expiresAt);
    });
  }

  /** Stops the timer until something is set. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wakeAt = Infinity;
  }

  #wake(at: number, hasWaited = false): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wakeAt = at;
    if (at === Infinity) return;
    const now = this.#clock.now();
    const standstill = hasWaited && now === this.#waitedFrom ? Math.min(2 * this.#waitMs, STANDSTILL_MS) : 0;
    this.#waitedFrom = now;
    this.#waitMs = Math.max(at - now, LEAST_WAIT_MS, standstill);
    this.#wait(this.#waitMs);
  }

  #wait(ms: number): void {
    // A cache that nobody uses any more can be collected, although the timer still runs.
    this.#timer = setTimeout(wake, Math.min(Math.ceil(ms), LONGEST_WAIT_MS), new WeakRef(this)).unref();
  }

  /** For the timer alone. */
  run(): void {
    this.#timer = undefined;
    if (this.sweep(BATCH)) this.#wake(this.#wheel.nextDue(), true);
    // Not by an immediate: one that keeps no process alive waits for something else to happen.
    else this.#wait(1);
  }
}

function wake(expiry: WeakRef<Expiry>): void {
  expiry.deref()?.run();
}
