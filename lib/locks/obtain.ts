import type { LockGranted, LockHeld } from '../contracts/locks.js';
import { isCacheError } from '../errors.js';
import { MAX_TIMER_MS } from '../util/deadline.js';
import { ignoreRejection } from '../util/maybe-promise.js';
import { Holding } from './holding.js';
import type { Lock } from './lock.js';

/** Without notification: first and longest wait before the backend is asked again. */
const FIRST_POLL_MS = 20;
const LONGEST_POLL_MS = 500;
/** Leases end on the server's clock, not on ours. */
const MARGIN_MS = 10;

export interface Obtaining<T> {
  /** Ends the wait: then the answer is `undefined`. */
  readonly giveUp: AbortSignal;
  /** Asked after every wait; anything but `undefined` ends it as well, and is the answer. */
  readonly meanwhile?: () => Promise<T | undefined>;
  /** Told once that the lock is not ours yet. */
  readonly held?: (() => void) | undefined;
  /** An answer that was lost is asked for again. Otherwise it ends the wait: whoever is in a hurry has no use for a slow backend. */
  readonly persistent: boolean;
  /** Bounds how long answers may take. Default: as long as that of any question. */
  readonly within?: Bound;
}

/** One question to the backend. Its answer may take `withinMs`; `undefined` = as long as that of any question. */
export type Question<A> = (withinMs: number | undefined) => Promise<A>;

/** Asks a question, and decides how long that may take. @param share of what is left for questions, at most */
export type Bound = <A>(ask: Question<A>, share?: number) => Promise<A>;

/** Without notification there still is asking, which wants its time, too. */
const WATCH_SHARE = 0.5;

/**
 * Waits until the lock is ours.
 * @throws what the backend fails with
 */
export async function obtain<T = never>(
  lock: Lock,
  { giveUp, meanwhile, held, persistent, within = unbounded }: Obtaining<T>,
): Promise<Holding | { readonly instead: T } | undefined> {
  const bell = new Bell(giveUp);
  let pollMs = FIRST_POLL_MS;
  let unwatch: (() => void) | undefined;
  let watching = false;
  try {
    for (;;) {
      const startedAt = performance.now();
      const answer = await within((withinMs) => acquire(lock, withinMs));
      if ('token' in answer) return new Holding(lock, answer.token, startedAt);
      if (giveUp.aborted || ('error' in answer && !persistent)) return nobodyGetsIt(lock, answer);
      if (!watching) {
        held?.();
        // What happened before listening began is found by asking once more.
        watching = true;
        const listen: Question<(() => void) | undefined> = (withinMs) => lock.watch(() => bell.ring(), withinMs);
        unwatch = await within(listen, WATCH_SHARE).catch(() => undefined);
        if (unwatch !== undefined) continue;
      }
      pollMs = Math.min(pollMs * 2, LONGEST_POLL_MS);
      const jittered = pollMs * (0.5 + Math.random() / 2);
      const heldForMs = 'heldForMs' in answer ? answer.heldForMs + MARGIN_MS : jittered;
      await bell.heard(unwatch === undefined ? Math.min(heldForMs, jittered) : heldForMs);
      const instead = await meanwhile?.();
      if (instead !== undefined) return { instead };
      if (giveUp.aborted) return nobodyGetsIt(lock, answer);
    }
  } finally {
    unwatch?.();
  }
}

const unbounded: Bound = (ask) => ask(undefined);

/** The answer was lost: nobody knows whether the lock was granted. */
interface Lost {
  readonly error: unknown;
}

/** The owner's name is the same every time: a lock that was granted without our knowing is granted again. */
async function acquire(lock: Lock, withinMs: number | undefined): Promise<LockGranted | LockHeld | Lost> {
  try {
    return await lock.acquire(withinMs);
  } catch (error) {
    if (isCacheError(error, 'ERR_CACHE_COMMAND_TIMEOUT') || isLost(error)) return { error };
    throw error;
  }
}

function isLost(error: unknown): boolean {
  return isCacheError(error, 'ERR_CACHE_BACKEND') && !(error as { refused?: boolean }).refused;
}

/** The wait is over. What may have been granted in the end must not stay locked. */
function nobodyGetsIt(lock: Lock, answer: LockHeld | Lost): undefined {
  if ('heldForMs' in answer) return undefined;
  ignoreRejection(lock.release());
  throw answer.error;
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
        const timer = setTimeout(resolve, Math.min(ms, MAX_TIMER_MS));
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
