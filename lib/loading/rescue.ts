import { AsyncLocalStorage } from 'node:async_hooks';
import type { Deadline } from '../util/deadline.js';
import { LoaderTimeoutError } from '../errors.js';
import type { Stack } from '../command/stack.js';
import type { EntryFacts } from '../entries/framed.js';
import type { Freshness } from './freshness.js';

/** A load that callers may be rescued from. */
export interface RescuedLoad<T> {
  /** When the loader was called; before that the value is still being looked for. */
  readonly loadingSince: number | undefined;
  /** What is kept though no longer fresh. */
  readonly stale: { readonly value: T; readonly facts: EntryFacts } | undefined;
  /** What is kept was invalidated meanwhile. */
  readonly outdated: boolean;
  /** How the cache failed, as far as that ends the load. */
  readonly cacheFailure: unknown;
}

interface Judgement {
  readonly forgiven: boolean;
  readonly failure: unknown;
}

/**
 * A load's outcome as a caller gets it who does not wait for ever, or takes a stale value instead of a failure. When
 * a caller is answered without it the load goes on.
 */
export class Rescue<T> {
  private deadline: Deadline | undefined;
  private resolve!: (value: T) => void;
  private reject!: (error: unknown) => void;
  /** Runs work in the context of this caller: a timer is shared, and has that of whoever started it. */
  private inside: (<R>(work: () => R) => R) | undefined = undefined;

  constructor(
    private readonly load: RescuedLoad<T>,
    private readonly freshness: Freshness,
    private readonly stack: Stack,
    /** Told when this caller was answered before the load ended. */
    private readonly leave: (hard: boolean) => void,
    /** `false` = it wants it anew: what others found stale is nothing to it. */
    private readonly reads = true,
  ) {}

  /** @param outcome of the load */
  answer(outcome: Promise<T>): Promise<T> {
    const { asks, softMs, hardMs } = this.freshness;
    if (asks && hardMs !== undefined) this.inside = AsyncLocalStorage.snapshot();
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      if (softMs !== undefined || hardMs !== undefined) this.#wait();
      outcome.then(
        (value) => {
          this.deadline?.cancel();
          resolve(value);
        },
        (error: unknown) => {
          this.deadline?.cancel();
          this.#failed(error);
        },
      );
    });
  }

  /** The time is up, or seems to be: it runs from when the loader was called. */
  expire(): void {
    this.deadline = undefined;
    const since = this.load.loadingSince;
    if (since === undefined) return this.#wait();
    const waited = performance.now() - since;
    const { softMs, hardMs } = this.freshness;
    const stale = this.#stale();
    if (softMs !== undefined && waited >= softMs && stale !== undefined) return this.#leaveWith(stale, false);
    if (hardMs === undefined || waited < hardMs) return this.#wait();
    const judge = (): Judgement => this.#judge(this.#tooLate(), stale);
    const { forgiven, failure } = this.inside === undefined ? judge() : this.inside(judge);
    if (forgiven) return this.#leaveWith(stale!, true);
    this.leave(true);
    this.reject(failure);
  }

  #wait(): void {
    const { softMs, hardMs } = this.freshness;
    const since = this.load.loadingSince;
    const waited = since === undefined ? 0 : performance.now() - since;
    const soft = softMs !== undefined && (since === undefined || this.#stale() !== undefined) ? softMs : Infinity;
    const next = Math.min(soft, hardMs ?? Infinity);
    if (next === Infinity) return;
    const { deadlines } = this.stack;
    this.deadline =
      since === undefined ? deadlines.start(next, this) : deadlines.start(Math.max(next - waited, 0), this);
  }

  #failed(error: unknown): void {
    // How the cache failed is no failure of the loader.
    const stale = this.load.cacheFailure === error ? undefined : this.#stale();
    const { forgiven, failure } = this.#judge(error, stale);
    if (forgiven) this.resolve(stale!.value);
    else this.reject(failure);
  }

  /** Whether what is stale stands in for an error. The user's function is asked, and what it throws is for the caller: here there is nobody else. */
  #judge(error: unknown, stale: unknown): Judgement {
    try {
      return { forgiven: stale !== undefined && this.freshness.forgives(error), failure: error };
    } catch (mistake) {
      return { forgiven: false, failure: mistake };
    }
  }

  #leaveWith(stale: { readonly value: T }, hard: boolean): void {
    this.leave(hard);
    this.resolve(stale.value);
  }

  /** What may be answered instead: not what somebody invalidated meanwhile. */
  #stale(): { readonly value: T } | undefined {
    const { stale, outdated } = this.load;
    if (stale === undefined || outdated || !this.reads) return undefined;
    return this.freshness.mayServe(stale.facts, this.stack.form.clock.now()) ? stale : undefined;
  }

  #tooLate(): LoaderTimeoutError {
    return new LoaderTimeoutError(`the loader took longer than the hardTimeout of ${this.freshness.hardMs} ms`, {
      cache: this.stack.name,
    });
  }
}
