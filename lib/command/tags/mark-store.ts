import { attempt } from '../attempt.js';
import type { Call } from '../call.js';
import type { Stack } from '../stack.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import type { AskedFor, MarkStore } from './shared-tags.js';

/**
 * Marks on the backend of a stack: as text, whatever its serializer, and in no namespace, whichever cache asks: a backend that keeps
 * namespaces apart must find them again. Commands and loads that ask have limits of their own.
 */
export function markStoreOf(stack: Stack): MarkStore {
  const usual = { name: 'tags', timeoutMs: stack.spec.timeoutMs };
  const ask = <T>(work: (call: Call) => MaybePromise<T>, how: AskedFor = usual): Promise<T> =>
    attempt(stack, { ...how, namespace: '', codec: stack.codecFor('string'), signal: undefined }, work);
  return {
    multiGet: (keys) => ask((call) => stack.backend.multiGet(keys, call)),
    multiSet: (entries, ttlMs, how) => ask((call) => stack.backend.multiSet(entries, stack.ttlMs(ttlMs), call), how),
    add: (key, mark, ttlMs) => ask((call) => stack.backend.add(key, mark, stack.ttlMs(ttlMs), call)),
  };
}
