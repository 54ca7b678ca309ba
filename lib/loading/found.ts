import { Framed } from '../entries/framed.js';
import type { Clock } from '../util/clock.js';
import { isolate } from '../util/isolation.js';
import type { LoadPlan } from './plan.js';

/** A stored value as it was found: plain, or with what is known of it. */
export type Found<T> = T | Framed<T> | undefined;

/** A stored value as a caller may have it; `undefined` when it cannot be protected from its callers. */
export function protect<T>(found: T | undefined, plan: LoadPlan): T | undefined {
  if (found === undefined || !plan.protectsHits) return found;
  try {
    return isolate(found, plan.isolation);
  } catch {
    return undefined;
  }
}

/** What was found, as what may be answered when loading fails. */
export function lastResort<T>(found: Found<T>, plan: LoadPlan, clock: Clock): Framed<T> | undefined {
  if (!(found instanceof Framed) || plan.freshness === undefined) return undefined;
  if (!plan.freshness.mayServe(found.facts, clock.now())) return undefined;
  const value = protect(found.value, plan);
  return value === undefined ? undefined : value === found.value ? found : new Framed(value, found.facts);
}

/** What is due, as its loader may have it: the caller is answered with the value that was found, and may change that. */
export function apart<T>(due: Framed<T>, plan: LoadPlan): Framed<T> {
  if (plan.isolation !== 'copy' || plan.protectsHits) return due;
  try {
    return new Framed(isolate(due.value, 'copy'), due.facts);
  } catch {
    return due;
  }
}

/** What somebody else loaded since. */
export function newerThan<T>(
  stale: Framed<T> | undefined,
  found: Found<T>,
  plan: LoadPlan,
  now: number,
): T | undefined {
  if (!(found instanceof Framed)) return protect(found, plan);
  if (stale !== undefined && found.facts.createdAt <= stale.facts.createdAt) return undefined;
  return now < found.facts.freshUntil ? protect(found.value, plan) : undefined;
}
