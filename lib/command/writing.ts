import type { Wire } from '../contracts/backend.js';
import type { CommandOptions } from '../contracts/commands.js';
import type { LoadToken } from '../contracts/load-fences.js';
import type { EntryFacts } from '../entries/framed.js';
import { parseLimit, type Ttl } from '../util/duration.js';
import { chain, type MaybePromise } from '../util/maybe-promise.js';
import type { Call } from './call.js';
import type { Stack } from './stack.js';

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

/** Where the input of a write of loaded values says under which tokens they were loaded. */
export const LOADED = Symbol('loaded');

/** Tokens of the backend's fences, by position, and what became of them. */
export interface LoadedUnder {
  readonly tokens: readonly LoadToken[];
  /** Which of the entries somebody else invalidated meanwhile. Known once they are written. */
  refused: readonly boolean[];
}

/** The input of a write, as far as {@link LOADED} is concerned. */
export interface WithTokens {
  readonly [LOADED]?: LoadedUnder | undefined;
}

/** Writes what was loaded, where nobody has invalidated it since. A write that was given up must not land later. */
export function writeLoaded(
  stack: Stack,
  entries: readonly (readonly [key: string, wire: Wire])[],
  ttlMs: number | undefined,
  loaded: LoadedUnder,
  timeout: CommandOptions['timeout'],
  call: Call,
): MaybePromise<void> {
  const withinMs = timeout === undefined ? stack.spec.timeoutMs : parseLimit(timeout, 'timeout');
  const loadedEntries = entries.map(([key, wire], index) => ({ key, wire, token: loaded.tokens[index] }));
  return chain(stack.backend.fences!.store(loadedEntries, ttlMs, withinMs, call), (stored) => {
    loaded.refused = stored.map((done) => !done);
  });
}

/** How long the backend is to keep an entry, in ms: what has facts outlives its freshness. `undefined` = for ever. */
export function keptMs(stack: Stack, ttl: Ttl | undefined, facts: EntryFacts | undefined): number | undefined {
  if (facts === undefined) return stack.ttlMs(ttl);
  if (facts.keptUntil === Infinity) return undefined;
  // Moments since 1970 know some 0.0002 ms: what that adds to a difference must not become one more unit of the backend's clock.
  const ms = Math.max(Math.round((facts.keptUntil - facts.createdAt) * 1_000) / 1_000, 1);
  // Moments so far away are rounded.
  return stack.ttlMs(Math.min(ms, Number.MAX_SAFE_INTEGER));
}
