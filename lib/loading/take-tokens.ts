import { attempt } from '../command/attempt.js';
import type { LoadToken } from '../contracts/load-fences.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import { valueWithin } from './budget.js';
import type { LoadEngine } from './engine.js';
import type { LoadPlan } from './plan.js';

/** By position. A token that is `undefined` forbids nothing. */
export type LoadTokens = readonly LoadToken[];

/** Where processes share nothing, or nothing will be stored. */
export const NO_TOKENS: LoadTokens = [];

/**
 * From before a load: what another process invalidates while it runs must count. `undefined` = they cannot be had, so nothing
 * is stored.
 * @param failed told how the cache failed; may throw
 */
export function takeTokens(
  { stack }: LoadEngine,
  finalKeys: readonly string[],
  plan: LoadPlan,
  budgetMs: number | undefined,
  failed: (error: unknown) => undefined,
): MaybePromise<LoadTokens | undefined> {
  const { fences } = stack.backend;
  if (fences === undefined) return NO_TOKENS;
  if (budgetMs !== undefined && budgetMs <= 0) return undefined;
  const how = { name: 'fence', namespace: plan.namespace, timeoutMs: stack.spec.timeoutMs, signal: undefined };
  const taking = attempt(stack, how, (call) => fences.take(finalKeys, call));
  return valueWithin<LoadTokens>(taking, budgetMs, stack.deadlines).catch(failed);
}
