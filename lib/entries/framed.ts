/** A tag of an entry, and the tag's mark at the moment the entry's load began: when the mark has changed, the entry is invalid. */
export type TagMark = readonly [tag: string, mark: string | number];

/** What is known of an entry beside its value. Times are milliseconds on the clock of its store's entries. */
export interface EntryFacts {
  /** When its load ended. */
  readonly createdAt: number;
  /** Its logical end: from then on it is a miss to everybody who does not ask for stale values. `Infinity` = never. */
  readonly freshUntil: number;
  /** When its store drops it. `Infinity` = never. */
  readonly keptUntil: number;
  /** How long loading it took, in ms. */
  readonly costMs: number;
  readonly tags: readonly TagMark[];
}

/**
 * The same entry with another end: from now on it is fresh for `ttlMs` (`undefined` = for ever), and then kept for as long as it
 * would have been after its old end. One that was to be fresh for ever is not kept beyond that.
 */
export function endingIn(ttlMs: number | undefined, facts: EntryFacts, now: number): EntryFacts {
  const staleMs = facts.freshUntil === Infinity ? 0 : facts.keptUntil - facts.freshUntil;
  const freshUntil = now + (ttlMs ?? Infinity);
  return { ...facts, freshUntil, keptUntil: freshUntil + staleMs };
}

/** A value as those answer with it who have judged its facts. */
export interface PreparedAnswer {
  /** Who did: others may judge differently. */
  readonly by: object;
  readonly answer: Promise<unknown>;
  /** How long the judgement holds, on the clock of the facts … */
  readonly until: number;
  /** … and at which state of all tags. */
  readonly tags: number;
}

/** A value, and what is known of it. Where values are stored as they are, so is this. */
export class Framed<T = unknown> {
  prepared: PreparedAnswer | undefined = undefined;

  constructor(
    readonly value: T,
    readonly facts: EntryFacts,
  ) {}
}
