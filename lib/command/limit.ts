import { CommandTimeoutError } from '../errors.js';
import type { CommandName } from '../contracts/commands.js';
import type { Deadline, Expirable } from '../util/deadline.js';
import type { Call } from './call.js';
import { reportFailure } from './hooks.js';
import type { Stack } from './stack.js';

/** What bounds the wait for a command. */
export interface Limits {
  /** `undefined` = no limit. */
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Waits for a pending command, but no longer than its timeout and only until its caller aborts.
 * @param answer makes of what was found what the caller gets
 */
export function limit<T>(
  pending: Promise<T>,
  name: string,
  stack: Stack,
  call: Call,
  limits: Limits,
  answer: ((found: T) => T) | undefined,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const wait = new Wait(name, stack, call, limits, reject);
    pending.then(
      (found) => {
        wait.stop();
        resolve(answer === undefined ? found : answer(found));
      },
      (error: unknown) => {
        wait.stop();
        if (!call.abandoned) reportFailure(stack, call, error);
        reject(error);
      },
    );
  });
}

/** One caller who waits: an object instead of a handful of closures, because every call over a network makes one. */
class Wait implements Expirable {
  private readonly deadline: Deadline | undefined;

  constructor(
    private readonly name: string,
    private readonly stack: Stack,
    private readonly call: Call,
    private readonly limits: Limits,
    private readonly reject: (error: unknown) => void,
  ) {
    const { timeoutMs, signal } = limits;
    this.deadline = timeoutMs === undefined ? undefined : stack.deadlines.start(timeoutMs, this);
    signal?.addEventListener('abort', this, { once: true });
  }

  stop(): void {
    this.deadline?.cancel();
    this.limits.signal?.removeEventListener('abort', this);
  }

  /** The time is up. A stalled loop of ours says nothing about the backend. */
  expire(late: boolean): void {
    const { breaker } = this.stack;
    if (this.call.pending && !late) breaker?.failed(this.call);
    else breaker?.withdrawn(this.call);
    this.giveUp(timeoutError(this.name, this.limits.timeoutMs!, this.stack));
  }

  /** The caller aborted. */
  handleEvent(): void {
    this.stack.breaker?.withdrawn(this.call);
    this.giveUp(this.limits.signal!.reason);
  }

  private giveUp(error: unknown): void {
    this.stop();
    this.call.abandon(error);
    reportFailure(this.stack, this.call, error);
    this.reject(error);
  }
}

const WRITES: ReadonlySet<string> = new Set<CommandName | 'compareAndSet' | 'invalidateTags'>([
  'compareAndSet',
  'invalidateTags',
  'add',
  'set',
  'multiSet',
  'delete',
  'multiDelete',
  'increment',
  'expire',
  'clear',
  'raw',
]);

function timeoutError(name: string, timeoutMs: number, stack: Stack): CommandTimeoutError {
  const unknown = WRITES.has(name) ? '; it may have been carried out all the same' : '';
  return new CommandTimeoutError(`${name}: no answer within ${timeoutMs} ms${unknown}`, { cache: stack.name });
}
