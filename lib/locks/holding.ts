import { MAX_TIMER_MS } from '../util/deadline.js';
import type { Lock } from './lock.js';

/** Renewed this often within one lease, so that one failure is no loss. */
const RENEWALS_PER_LEASE = 3;
const RETRIES_PER_LEASE = 10;
/** A caller who is done does not wait longer than this for a lock to be released: it ends by itself. */
const GOODBYE_MS = 250;

/** A lock that is held: renewed until it is released, or lost. */
export class Holding {
  readonly #lock: Lock;
  readonly #lost = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  /** On our monotonic clock; before that, nobody else can have got the lock. */
  #endsAt: number;
  #over = false;

  /** @param since when it was asked for: the lease cannot have begun earlier */
  constructor(
    lock: Lock,
    readonly token: number,
    since: number,
  ) {
    this.#lock = lock;
    this.#endsAt = since + lock.leaseMs;
    this.#schedule(lock.leaseMs / RENEWALS_PER_LEASE);
  }

  /** Aborted when the lease was lost: the server gave it to somebody else, cannot be reached, or this process stood still for too long. */
  get signal(): AbortSignal {
    // A process that stood still may get here before its timers.
    if (!this.#over && performance.now() >= this.#endsAt) this.#lose();
    return this.#lost.signal;
  }

  /** Never rejects, and never takes long. */
  async release(): Promise<void> {
    if (this.#over) return;
    this.#end();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, GOODBYE_MS)));
    await Promise.race([this.#lock.release().catch(() => false), patience]);
    clearTimeout(timer);
  }

  #schedule(ms: number): void {
    const wait = Math.min(ms, this.#endsAt - performance.now(), MAX_TIMER_MS);
    this.#timer = setTimeout(() => void this.#renew(), Math.max(1, wait)).unref();
  }

  async #renew(): Promise<void> {
    const startedAt = performance.now();
    if (startedAt >= this.#endsAt) return this.#lose();
    // Should the answer not come in time, the lease is over all the same.
    this.#schedule(this.#endsAt - startedAt);
    const watchdog = this.#timer;
    const renewed = await this.#lock.renew().catch(() => undefined);
    if (this.#over) return;
    if (renewed === false) return this.#lose();
    clearTimeout(watchdog);
    if (renewed === true) this.#endsAt = startedAt + this.#lock.leaseMs;
    const parts = renewed === true ? RENEWALS_PER_LEASE : RETRIES_PER_LEASE;
    this.#schedule(this.#lock.leaseMs / parts);
  }

  #lose(): void {
    this.#end();
    this.#lost.abort(new Error('the lease of the lock was lost'));
  }

  #end(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }
}
