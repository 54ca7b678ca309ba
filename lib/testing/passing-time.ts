import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock, type Clock } from '../util/clock.js';
import type { MaybePromise } from '../util/maybe-promise.js';

/** A clock that a suite can move. {@link FakeClock} is one. */
export interface ControlledClock extends Clock {
  advance(ms: number): MaybePromise<void>;
}

const POLL_MS = 5;
const PATIENCE_MS = 5_000;
/** Servers count in whole milliseconds of a clock of their own. */
const TOLERANCE_MS = 5;
/** How much of a long lifetime may be gone by the time somebody looks, in real time. */
const SLOWNESS_MS = 30_000;

/** How lifetimes pass in a trial: by moving the clock where there is one to move, else by waiting. */
export class PassingTime {
  readonly #control: ControlledClock | undefined;
  readonly #resolutionMs: number;

  constructor(control: ControlledClock | undefined, resolutionMs: number) {
    this.#control = control;
    this.#resolutionMs = resolutionMs;
  }

  /** A lifetime whose end can be waited for, in ms. */
  get short(): number {
    return this.#roundUp(this.#control === undefined ? 50 : 1_000);
  }

  /** A lifetime that does not end during a trial, in ms. */
  get long(): number {
    return this.#roundUp(60_000);
  }

  /** Much longer than {@link long}, in ms. */
  get longer(): number {
    return this.#roundUp(600_000);
  }

  /** Lets a lifetime that begins with `start` pass, and checks that `alive` says so in time, but not too early. */
  async outlive<T>(ttlMs: number, start: () => Promise<T>, alive: () => Promise<boolean>): Promise<void> {
    if (this.#control === undefined) return this.#wait(ttlMs, start, alive);
    await start();
    await this.#control.advance(ttlMs - this.#resolutionMs);
    assert.equal(await alive(), true, 'it died before its time');
    await this.#control.advance(2 * this.#resolutionMs);
    assert.equal(await alive(), false, 'it outlived its time');
  }

  /** Does something that has to come before a lifetime ends: with longer ones where a store is too slow for a short one. */
  async before(work: (ttlMs: number) => Promise<boolean>): Promise<void> {
    for (let ttlMs = this.short; !(await work(ttlMs)); ttlMs *= 2) {
      assert.ok(this.#control === undefined && ttlMs < PATIENCE_MS, 'it died before its time');
    }
  }

  /** Checks what `ttl` answers for a lifetime that has just begun. */
  assertRemaining(remaining: unknown, ttlMs: number): void {
    assert.equal(typeof remaining, 'number', `ttl answers ${String(remaining)} for a lifetime of ${ttlMs} ms`);
    const slowness = this.#control === undefined ? SLOWNESS_MS : 0;
    const from = ttlMs - slowness;
    const to = ttlMs + this.#resolutionMs;
    assert.ok(
      (remaining as number) >= from && (remaining as number) < to,
      `ttl answers ${String(remaining)} for a lifetime of ${ttlMs} ms`,
    );
  }

  async #wait<T>(ttlMs: number, start: () => Promise<T>, alive: () => Promise<boolean>): Promise<void> {
    const startedAt = systemClock.now();
    await start();
    const patience = ttlMs + 2 * this.#resolutionMs + PATIENCE_MS;
    while (await alive()) {
      assert.ok(systemClock.now() - startedAt < patience, 'it outlived its time');
      await sleep(POLL_MS);
    }
    assert.ok(systemClock.now() - startedAt >= ttlMs - TOLERANCE_MS, 'it died before its time');
  }

  #roundUp(ms: number): number {
    return Math.ceil(ms / this.#resolutionMs) * this.#resolutionMs;
  }
}
