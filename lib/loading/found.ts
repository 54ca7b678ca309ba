import { NearCopy } from '../command/tier/near-copy.js';
import { Framed, type TagMark } from '../entries/framed.js';
import type { Clock } from '../util/clock.js';
import { isolate } from '../util/isolation.js';
import type { LoadEngine } from './engine.js';
import type { EntryState } from './freshness.js';
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

/** What a found entry is to a call of this plan. One that stands in while the loader is left alone is as good as fresh. */
export function stateFor(plan: LoadPlan, found: Framed, engine: LoadEngine, finalKey: string): EntryState {
  const now = engine.stack.form.clock.now();
  const { freshness } = plan;
  if (freshness === undefined) return now < found.facts.freshUntil ? 'fresh' : 'over';
  const state = freshness.stateOf(found.facts, now);
  const spared = state === 'last-resort' && freshness.retryAfterMs !== undefined && engine.rests.resting(finalKey);
  return spared ? 'fresh' : state;
}

/** Whether it answers a call of this plan. */
export function isAnswer(plan: LoadPlan, found: Framed, engine: LoadEngine, finalKey: string): boolean {
  const state = stateFor(plan, found, engine, finalKey);
  return state === 'fresh' || state === 'due';
}

/** What was found, as what may be answered when loading fails: to the call that found it, or to one that joins and lets it be stale for longer. */
export function lastResort<T>(found: Found<T>, plan: LoadPlan, clock: Clock): Framed<T> | undefined {
  if (!(found instanceof Framed) || clock.now() >= found.facts.keptUntil) return undefined;
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

export type Marks = readonly TagMark[];

/**
 * The marks for an entry whose loader said that what was stale is good. They are no newer than when that was found: a tag of
 * its that was invalidated since, by whomever, still counts. Those of a copy mean nothing to the store.
 */
export function marksFor(renewed: Framed | undefined, marks: Marks): Marks {
  if (renewed === undefined || renewed instanceof NearCopy) return marks;
  const then = new Map(renewed.facts.tags);
  return marks.map(([tag, mark]) => [tag, then.get(tag) ?? mark]);
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
