import type { ExpectedTags, TagStamp } from '../command/tags/tags.js';
import { isPending, type MaybePromise } from '../util/maybe-promise.js';
import { valueWithin } from './budget.js';
import type { LoadEngine } from './engine.js';
import type { LoadPlan } from './plan.js';

/**
 * The marks of the tags from before a load: what is invalidated while it runs must count. `undefined` = they cannot be had,
 * so what gets a tag is not stored.
 * @param failed told how the cache failed; may throw
 */
export function takeStamp(
  { stack }: LoadEngine,
  plan: LoadPlan,
  more: ExpectedTags['more'],
  budgetMs: number | undefined,
  failed: (error: unknown) => undefined,
): MaybePromise<TagStamp | undefined> {
  // What the cache was given is spent on looking for the value: it is down, and nothing will be stored anyway.
  if (budgetMs !== undefined && budgetMs <= 0) return undefined;
  try {
    const stamp = stack.tags.stamp(stack.keys.prefix(plan.namespace), { known: plan.tags, more });
    return isPending(stamp) ? valueWithin(stamp, budgetMs, stack.deadlines).catch(failed) : stamp;
  } catch (error) {
    return failed(error);
  }
}
