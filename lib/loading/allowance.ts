import type { Question } from '../locks/obtain.js';

/** A time of less is none: timers cannot tell it from that. */
const SHORTEST_WAIT_MS = 1;

/**
 * What a call may still lose to its cache while it goes about a lease. Questions follow one another and share it, so a backend that
 * begins to hang between two of them costs no more than one that hung from the start.
 */
export class Allowance {
  #leftMs: number | undefined;
  #waiting = false;

  /** @param givenMs `undefined` = no limit */
  constructor(private readonly givenMs: number | undefined) {
    this.#leftMs = givenMs;
  }

  /** In ms; `undefined` = no limit. */
  get leftMs(): number | undefined {
    return this.#leftMs;
  }

  get spent(): boolean {
    return this.#leftMs !== undefined && this.#leftMs < SHORTEST_WAIT_MS;
  }

  /**
   * Somebody else is loading: what is waited for now is the origin. However often the backend is asked meanwhile, an answer in
   * time costs nothing, and shows that the backend is well.
   */
  wait(): void {
    this.#waiting = true;
  }

  /** The wait is over: from now on every question costs what it takes. */
  resume(): void {
    this.#waiting = false;
  }

  /**
   * @param share of what is left, at most
   * @throws when nothing is left to wait for an answer with
   */
  async spend<A>(ask: Question<A>, share = 1): Promise<A> {
    const leftMs = this.#leftMs;
    if (leftMs === undefined) return ask(undefined);
    if (this.spent) throw new Error('the budget is spent');
    const withinMs = leftMs * share;
    const startedAt = performance.now();
    try {
      return await ask(withinMs);
    } finally {
      const tookMs = performance.now() - startedAt;
      const inTime = withinMs - tookMs >= SHORTEST_WAIT_MS;
      this.#leftMs = this.#waiting && inTime ? this.givenMs : leftMs - tookMs;
    }
  }
}
