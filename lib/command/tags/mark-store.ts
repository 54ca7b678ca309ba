import { attempt } from '../attempt.js';
import type { Call } from '../call.js';
import type { Stack } from '../stack.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import type { MarkStore } from './shared-tags.js';

/** Marks on the backend of a stack: as text, whatever its serializer. What loads ask for is asked within the time they may lose to the cache. */
export function markStoreOf(stack: Stack): MarkStore {
  const { budgetMs = Infinity, timeoutMs } = stack.spec;
  const shortMs = Math.min(budgetMs, timeoutMs ?? Infinity);
  const ask = <T>(limitMs: number | undefined, work: (call: Call) => MaybePromise<T>): Promise<T> => {
    const codec = stack.codecFor('string');
    return attempt(stack, { name: 'tags', namespace: undefined, codec, timeoutMs: limitMs, signal: undefined }, work);
  };
  const askSoon = <T>(work: (call: Call) => MaybePromise<T>): Promise<T> =>
    ask(shortMs === Infinity ? undefined : shortMs, work);
  return {
    multiGet: (keys) => askSoon((call) => stack.backend.multiGet(keys, call)),
    multiSet: (entries, ttlMs) => ask(timeoutMs, (call) => stack.backend.multiSet(entries, stack.ttlMs(ttlMs), call)),
    add: (key, mark, ttlMs) => askSoon((call) => stack.backend.add(key, mark, stack.ttlMs(ttlMs), call)),
  };
}
