import { namedCache } from '../errors.js';
import { isPending, type MaybePromise } from '../util/maybe-promise.js';
import { Call } from './call.js';
import type { Codec } from './codec.js';
import { limit, type Limits } from './limit.js';
import type { Stack } from './stack.js';
import { throwIfAborted } from '../util/signal.js';

/** What something that is no command wants to have of the pipeline. */
export interface Attempt extends Limits {
  /** For messages. */
  readonly name: string;
  readonly namespace: string | undefined;
  readonly codec?: Codec;
}

/** Asks the backend for something that is no command: within the timeout, seen by the breaker, its errors named after the cache. */
export async function attempt<T>(stack: Stack, how: Attempt, work: (call: Call) => MaybePromise<T>): Promise<T> {
  throwIfAborted(how.signal);
  const call = new Call(how.codec ?? stack.codec, stack.keys, how.namespace);
  try {
    const answer = work(call);
    return isPending(answer) ? await limit(answer, how.name, stack, call, how, undefined) : answer;
  } catch (error) {
    throw namedCache(error, stack.name);
  }
}
