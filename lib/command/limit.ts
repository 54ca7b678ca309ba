import { CommandTimeoutError } from '../errors.js';
import type { CommandName } from '../contracts/commands.js';
import type { Call } from './call.js';
import { reportFailure } from './hooks.js';
import type { Stack } from './stack.js';

/** What bounds the wait for a command. */
export interface Limits {
  /** `undefined` = no limit. */
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Waits for a pending command, but no longer than its timeout and only until its caller aborts. */
export function limit<T>(pending: Promise<T>, name: CommandName, stack: Stack, call: Call, limits: Limits): Promise<T> {
  const { timeoutMs, signal } = limits;
  return new Promise<T>((resolve, reject) => {
    const giveUp = (error: unknown): void => {
      stop();
      call.abandon(error);
      reportFailure(stack, call, error);
      reject(error);
    };
    const onAbort = (): void => {
      stack.breaker?.withdrawn(call);
      giveUp(signal!.reason);
    };
    const deadline =
      timeoutMs === undefined
        ? undefined
        : stack.deadlines.start(timeoutMs, {
            expire: (late) => {
              // A stalled loop of ours says nothing about the backend.
              if (call.pending && !late) stack.breaker?.failed(call);
              else stack.breaker?.withdrawn(call);
              giveUp(timeoutError(name, timeoutMs, stack));
            },
          });
    const stop = (): void => {
      deadline?.cancel();
      signal?.removeEventListener('abort', onAbort);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    pending.then(
      (value) => {
        stop();
        resolve(value);
      },
      (error: unknown) => {
        stop();
        if (!call.abandoned) reportFailure(stack, call, error);
        reject(error);
      },
    );
  });
}

const WRITES: ReadonlySet<CommandName> = new Set([
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

function timeoutError(name: CommandName, timeoutMs: number, stack: Stack): CommandTimeoutError {
  const unknown = WRITES.has(name) ? '; it may have been carried out all the same' : '';
  return new CommandTimeoutError(`${name}: no answer within ${timeoutMs} ms${unknown}`, { cache: stack.name });
}
