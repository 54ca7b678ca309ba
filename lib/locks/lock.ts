import { randomUUID } from 'node:crypto';
import { attempt } from '../command/attempt.js';
import type { Call } from '../command/call.js';
import type { Stack } from '../command/stack.js';
import type { LockGranted, LockHeld, LockStore } from '../contracts/locks.js';
import { CacheClosedError, UnsupportedCommandError } from '../errors.js';
import type { MaybePromise } from '../util/maybe-promise.js';

/** One attempt of somebody to hold one lock: what the backend knows it by, and how it is asked. */
export class Lock {
  readonly owner = randomUUID();
  readonly #store: LockStore;

  /**
   * @param timeoutMs of every single question; `undefined` = no limit
   * @throws UnsupportedCommandError when the backend has no locks
   */
  constructor(
    readonly stack: Stack,
    readonly key: string,
    readonly leaseMs: number,
    private readonly timeoutMs: number | undefined,
  ) {
    this.#store = lockStoreOf(stack, 'withLock');
  }

  /**
   * @param withinMs for this question, where there is less time than usual
   * @throws CacheClosedError also where the store would still grant it, to whoever waited meanwhile
   */
  async acquire(withinMs = this.timeoutMs): Promise<LockGranted | LockHeld> {
    const { gate, name } = this.stack;
    if (!gate.open) throw new CacheClosedError('withLock: the cache is closed', { cache: name });
    return this.#ask('acquire', (call) => this.#store.acquire(this.key, this.owner, this.leaseMs, call), withinMs);
  }

  renew(): Promise<boolean> {
    return this.#ask('renew', (call) => this.#store.renew(this.key, this.owner, this.leaseMs, call));
  }

  release(): Promise<boolean> {
    return this.#ask('release', (call) => this.#store.release(this.key, this.owner, call));
  }

  /**
   * Calls `wake` when the lock may be free. `undefined` = the backend cannot tell.
   * @param withinMs for this question, where there is less time than usual
   */
  async watch(wake: () => void, withinMs = this.timeoutMs): Promise<(() => void) | undefined> {
    let givenUp = false;
    const begin = async (call: Call): Promise<(() => void) | undefined> => {
      const unwatch = await this.#store.watch?.(this.key, wake, call);
      // Nobody is there to end it, should it have begun too late.
      if (givenUp) unwatch?.();
      return unwatch;
    };
    try {
      return await this.#ask('watch', begin, withinMs);
    } catch (error) {
      givenUp = true;
      throw error;
    }
  }

  #ask<T>(step: string, work: (call: Call) => MaybePromise<T>, timeoutMs = this.timeoutMs): Promise<T> {
    const how = { name: `lock (${step})`, namespace: '', timeoutMs, signal: undefined };
    return attempt(this.stack, how, work);
  }
}

/** @throws UnsupportedCommandError when the backend has no locks */
export function lockStoreOf(stack: Stack, what: string): LockStore {
  const { locks } = stack.backend;
  if (locks !== undefined) return locks;
  throw new UnsupportedCommandError(
    `${what}: backend ${stack.spec.backend.name} has no locks; use one that has, for example redis`,
    { cache: stack.name },
  );
}
