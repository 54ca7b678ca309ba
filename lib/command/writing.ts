import type { EntryFacts } from '../entries/framed.js';
import type { Stack } from './stack.js';
import type { Ttl } from '../util/duration.js';

/** Where the input of a write carries what is known of the entry. Not seen by name, so that plugins see what callers gave. */
export const FACTS = Symbol('facts');

/** The input of a write, as far as {@link FACTS} are concerned. */
export interface WithFacts {
  readonly [FACTS]?: EntryFacts | undefined;
}

/** The same for a write of many, by position. They are all kept equally long. */
export interface WithManyFacts {
  readonly [FACTS]?: readonly (EntryFacts | undefined)[] | undefined;
}

/** How long the backend is to keep an entry, in ms: what has facts outlives its freshness. `undefined` = for ever. */
export function keptMs(stack: Stack, ttl: Ttl | undefined, facts: EntryFacts | undefined): number | undefined {
  if (facts === undefined) return stack.ttlMs(ttl);
  return facts.keptUntil === Infinity ? undefined : stack.ttlMs(Math.max(facts.keptUntil - facts.createdAt, 1));
}
