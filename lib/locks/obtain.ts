import { isCacheError } from '../errors.js';
import { Holding } from './holding.js';
import type { Lock } from './lock.js';

/** Without notification: first and longest wait before the backend is asked again. */
const FIRST_POLL_MS = 20;
const LONGEST_POLL_MS = 500;
/** Leases end on the server's clock, not on ours. */
const MARGIN_MS = 10;

/**
 * Waits until the lock is ours. Between attempts somebody may look whether it is still wanted.
 * @param giveUp ends the wait: then the answer is `undefined`
 * @param meanwhile asked after every wait; anything but `undefined` ends it as well, and is the answer
 * @throws what the backend fails with; an answer that was lost is asked for again
 */
export async function obtain<T = never>(
  lock: Lock,
  giveUp: AbortSignal,
  meanwhile?: () => Promise<T | undefined>,
): Promise<Holding | { readonly instead: T } | undefined> {
  const bell = new Bell(giveUp);
  let pollMs = FIRST_POLL_MS;
  let unwatch: (() => void) | undefined;
  let watching = false;
  try {
    for (;;) {
      const startedAt = performance.now();
      const answer = await acquire(lock, giveUp);
      if (answer !== undefined && 'token' in answer) return new Holding(lock, answer.token, startedAt);
      if (giveUp.aborted) return undefined;
      if (!watching) {
        // What happened before listening began is found by asking once more.
        watching = true;
        unwatch = await lock.watch(() => bell.ring()).catch(() => undefined);
        if (unwatch !== undefined) continue;
      }
      const heldForMs = (answer?.heldForMs ?? 0) + MARGIN_MS;
      pollMs = Math.min(pollMs * 2, LONGEST_POLL_MS);
      await bell.heard(unwatch === undefined ? Math.min(heldForMs, pollMs * (0.5 + Math.random() / 2)) : heldForMs);
      const instead = await meanwhile?.();
      if (instead !== undefined) return { instead };
      if (giveUp.aborted) return undefined;
    }
  } finally {
    unwatch?.();
  }
}

/** `undefined` = nobody knows: the answer was lost. The owner's name is the same next time, so a lock that was granted is granted again. */
async function acquire(lock: Lock, giveUp: AbortSignal) {
  try {
    return await lock.acquire();
  } catch (error) {
    const unknown = isCacheError(error, 'ERR_CACHE_COMMAND_TIMEOUT') || isLost(error);
    if (!unknown || giveUp.aborted) {
      if (unknown) void lock.release().catch(() => false);
      throw error;
    }
    return undefined;
  }
}

function isLost(error: unknown): boolean {
  return isCacheError(error, 'ERR_CACHE_BACKEND') && !(error as { refused?: boolean }).refused;
}

/** Rung by a notification, also before anybody listens. */
class Bell {
  #rung = false;
  #listener: (() => void) | undefined;

  constructor(giveUp: AbortSignal) {
    giveUp.addEventListener('abort', () => this.ring(), { once: true });
  }

  ring(): void {
    this.#rung = true;
    this.#listener?.();
  }

  /** When it was rung since the last time, or after `ms`. */
  async heard(ms: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#listener = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#listener = undefined;
    this.#rung = false;
  }
}
