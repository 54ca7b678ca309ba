import type { Backend, BackendCall } from '../../contracts/backend.js';
import type { WireKind } from '../../contracts/serializer.js';
import { CommandTimeoutError, isCacheError } from '../../errors.js';
import { Deadlines, type Deadline, type Expirable } from '../../util/deadline.js';
import { isPending, type MaybePromise } from '../../util/maybe-promise.js';
import type { Breaker } from '../breaker.js';
import { blamesBackend } from '../guard.js';

/** How long the middle tier is waited for, in ms. */
export interface Patience {
  /** For what is read, and what is copied into it: the store of record has to be asked in what is left. */
  readonly readMs: number;
  /** For invalidations: they count as failed afterwards. */
  readonly changeMs: number;
}

/**
 * The middle tier, which nobody may have to wait for: each command has a deadline of its own, and a tier that keeps failing
 * is left alone. All rejections mean the same: do without it.
 */
export class Middle {
  readonly #deadlines: Deadlines;

  constructor(
    readonly backend: Backend,
    readonly patience: Patience,
    private readonly breaker: Breaker | undefined,
    private readonly cache: string,
  ) {
    this.#deadlines = new Deadlines([patience.readMs, patience.changeMs]);
  }

  read<T>(work: (call: BackendCall) => MaybePromise<T>, of: BackendCall): Promise<T> {
    return this.#ask(work, of, this.patience.readMs);
  }

  change<T>(work: (call: BackendCall) => MaybePromise<T>, of: BackendCall): Promise<T> {
    return this.#ask(work, of, this.patience.changeMs);
  }

  async #ask<T>(work: (call: BackendCall) => MaybePromise<T>, of: BackendCall, ms: number): Promise<T> {
    const call = new MiddleCall(of, this.breaker);
    this.breaker?.admit(call, this.cache);
    let answer: MaybePromise<T>;
    try {
      answer = work(call);
      if (isPending(answer)) {
        const deadline = this.#deadlines.start(ms, call);
        answer = await call.race(answer, deadline);
      }
    } catch (error) {
      call.failed(error);
      throw error;
    }
    call.succeeded();
    return answer;
  }
}

/** One command as the middle tier sees it. It outlives the caller's: what is copied into the tier is copied behind its back. */
class MiddleCall implements BackendCall, Expirable {
  readonly wire: WireKind;
  readonly namespace: string;
  #abort: AbortController | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #judged = false;

  constructor(
    of: BackendCall,
    private readonly breaker: Breaker | undefined,
  ) {
    this.wire = of.wire;
    this.namespace = of.namespace;
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }

  race<T>(answer: Promise<T>, deadline: Deadline): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#reject = reject;
      answer.then(
        (value) => {
          deadline.cancel();
          resolve(value);
        },
        (error: unknown) => {
          deadline.cancel();
          // As it came: whatever it is, it is only compared, and never shown.
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
          reject(error);
        },
      );
    });
  }

  expire(late: boolean): void {
    const error = new CommandTimeoutError('the middle tier did not answer in time');
    this.#judged = true;
    // The answer may be there, and our own event loop was too busy to read it.
    if (late) this.breaker?.withdrawn(this);
    else this.breaker?.failed(this);
    this.#abort?.abort(error);
    this.#reject?.(error);
  }

  succeeded(): void {
    if (!this.#judged) this.breaker?.succeeded(this);
  }

  failed(error: unknown): void {
    if (this.#judged) return;
    if (isCacheError(error) && !blamesBackend(error)) this.breaker?.succeeded(this);
    else this.breaker?.failed(this);
  }
}
