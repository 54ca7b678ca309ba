import { checkUnused } from '../command/unused-options.js';
import type { Cache } from '../contracts/cache.js';
import { CacheClosedError, ConfigError, LockError } from '../errors.js';
import type { Holding } from '../locks/holding.js';
import { Lock } from '../locks/lock.js';
import { obtain } from '../locks/obtain.js';
import { queueUp } from '../locks/queue.js';
import { MAX_TIMER_MS } from '../util/deadline.js';
import { type Duration, parseDuration } from '../util/duration.js';
import { checkKnownOptions } from '../util/known-options.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import { internalsOf } from './internals.js';
import { throwIfAborted } from '../util/signal.js';

/** Options of `withLock`. */
export interface LockOptions {
  /** How long the lock outlives its holder, should that one vanish. Renewed while `work` runs. */
  readonly lease: Duration;
  /** How long to wait for a lock that somebody else holds. Default: `lease`. `0` = not at all, `null` = as long as it takes. */
  readonly wait?: Duration | null | undefined;
  /** Instead of the cache's own namespace. */
  readonly namespace?: string | undefined;
  /** Ends the wait: rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What is known while a lock is held. */
export interface HeldLock {
  /**
   * Larger than that of every earlier holder. A lock alone cannot stop a holder that stood still for longer than its lease:
   * let whatever is written refuse tokens below the largest it has seen. `0` where the cache is switched off.
   */
  readonly token: number;
  /** Aborted when the lease is lost: stop, somebody else may hold the lock now. */
  readonly signal: AbortSignal;
}

/**
 * Runs `work` while holding a lock: one holder at a time, across all processes on one shared backend. Answers what `work` answers;
 * the lock is released whatever becomes of it. Where the cache is switched off `work` just runs.
 *
 * @throws LockError when the lock was not free within `wait`
 * @throws UnsupportedCommandError when the backend has no locks
 * @throws what the backend fails with: without the lock `work` does not run
 */
export async function withLock<T>(
  cache: Cache,
  key: string,
  options: LockOptions,
  work: (lock: HeldLock) => MaybePromise<T>,
): Promise<T> {
  const { stack } = internalsOf(cache);
  const { leaseMs, waitMs } = readOptions(options, work, stack.name);
  if (!stack.gate.open) throw new CacheClosedError('withLock: the cache is closed', { cache: stack.name });
  throwIfAborted(options.signal);
  if (!stack.gate.enabled) {
    checkUnused(stack, { namespace: options.namespace });
    return work({ token: 0, signal: new AbortController().signal });
  }
  const lock = new Lock(stack, stack.keys.lock(key, options.namespace), leaseMs, stack.spec.timeoutMs);
  const patience = new Patience(waitMs, options.signal);
  try {
    const leave = await queueUp(stack.fence, lock.key, patience.signal);
    if (leave === undefined) throw notInTime(stack.name, waitMs, options.signal);
    try {
      const holding = (await obtain(lock, { giveUp: patience.signal, persistent: true })) as Holding | undefined;
      if (holding === undefined) throw notInTime(stack.name, waitMs, options.signal);
      try {
        return await work(heldBy(holding));
      } finally {
        await holding.release();
      }
    } finally {
      leave();
    }
  } finally {
    patience.end();
  }
}

/** Its signal is looked up each time: after a stall it is asked before the timers are, which would abort it. */
function heldBy(holding: Holding): HeldLock {
  return {
    token: holding.token,
    get signal() {
      return holding.signal;
    },
  };
}

const LOCK_OPTIONS = ['lease', 'wait', 'namespace', 'signal'] satisfies (keyof LockOptions)[];

function readOptions(
  options: LockOptions,
  work: unknown,
  cache: string,
): { leaseMs: number; waitMs: number | undefined } {
  if (typeof options !== 'object' || options === null || typeof work !== 'function') {
    throw new ConfigError('withLock: give the cache, a key, { lease }, and the work', { cache });
  }
  checkKnownOptions('withLock', options, LOCK_OPTIONS, cache);
  const leaseMs = parseDuration(options.lease, 'withLock: lease');
  if (leaseMs === 0) throw new ConfigError('withLock: lease is 0; it must be longer than that', { cache });
  if (options.wait === null) return { leaseMs, waitMs: undefined };
  return { leaseMs, waitMs: options.wait === undefined ? leaseMs : parseDuration(options.wait, 'withLock: wait') };
}

function notInTime(cache: string, waitMs: number | undefined, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  return new LockError(`withLock: somebody else held the lock for all of the ${waitMs} ms`, { cache });
}

/** Ends a wait: after a time, or when the caller says so. */
class Patience {
  readonly #end = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = (): void => this.#end.abort();

  constructor(ms: number | undefined, signal: AbortSignal | undefined) {
    if (ms === 0) this.#end.abort();
    else if (ms !== undefined) this.#timer = setTimeout(this.#abort, Math.min(ms, MAX_TIMER_MS));
    this.#signal = signal;
    signal?.addEventListener('abort', this.#abort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#end.signal;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#abort);
  }
}
