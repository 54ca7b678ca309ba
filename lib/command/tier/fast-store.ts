import type { Backend } from '../../contracts/backend.js';
import { type CacheError, isCacheError } from '../../errors.js';
import type { Clock } from '../../util/clock.js';
import { DeadlineQueue } from '../../util/deadline.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import { holdBreaker, type HeldBreaker } from '../breakers.js';
import type { BreakerSpec } from '../stack-spec.js';

/** What a question is answered with that was not asked, failed, or took too long. */
export const NO_ANSWER = Symbol('no answer');

/** The longest wait for it, in ms: beyond that the other store is as fast. */
const PATIENCE_MS = 100;

/**
 * The faster one of two shared stores, which can be done without: it is asked as long as it answers, and its failures are
 * nobody's. One that keeps failing is left alone for a while.
 */
export class FastStore {
  readonly #backend: Backend;
  readonly #held: HeldBreaker;
  readonly #deadlines = new DeadlineQueue(PATIENCE_MS);

  constructor(backend: Backend, breaker: BreakerSpec, clock: Clock) {
    this.#backend = backend;
    this.#held = holdBreaker(backend.identity ?? backend, breaker, clock);
  }

  /** Never rejects. */
  ask<T>(work: (backend: Backend) => MaybePromise<T>): Promise<T | typeof NO_ANSWER> {
    const { breaker } = this.#held;
    const question = {};
    return new Promise((resolve) => {
      try {
        breaker.admit(question, this.#backend.name);
      } catch {
        return resolve(NO_ANSWER);
      }
      let late = false;
      const deadline = this.#deadlines.start({
        expire(stalled) {
          late = true;
          // A standstill of our own says nothing about the store.
          if (stalled) breaker.withdrawn(question);
          else breaker.failed(question);
          resolve(NO_ANSWER);
        },
      });
      const failed = (error: unknown): void => {
        if (late) return;
        deadline.cancel();
        if (isRefusal(error)) breaker.succeeded(question);
        else breaker.failed(question);
        resolve(NO_ANSWER);
      };
      try {
        Promise.resolve(work(this.#backend)).then((answer) => {
          if (late) return;
          deadline.cancel();
          breaker.succeeded(question);
          resolve(answer);
        }, failed);
      } catch (error) {
        failed(error);
      }
    });
  }

  /** To be called once. */
  release(): void {
    this.#held.release();
  }

  close(): Promise<void> {
    return this.#backend.close();
  }
}

/** It answered, though not as it should. */
function isRefusal(error: unknown): boolean {
  if (!isCacheError(error)) return false;
  const { code, refused } = error as CacheError & { readonly refused?: boolean };
  return code !== 'ERR_CACHE_BACKEND_UNAVAILABLE' && (code !== 'ERR_CACHE_BACKEND' || refused === true);
}
