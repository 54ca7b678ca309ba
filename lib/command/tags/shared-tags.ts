import { randomUUID } from 'node:crypto';
import type { Wire } from '../../contracts/backend.js';
import type { TagMark } from '../../entries/framed.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import type { ExpectedTags, Tags, TagStamp } from './tags.js';

/** How long a mark outlives its last use by a writer, in ms. When it is gone the entries of its tag are invalid. */
const MARK_TTL_MS = 10 * 86_400_000;

/** How many namespaces' invalidations are remembered. */
const MAX_KNOWN = 1_000;

/** What marks are written for, by its name in messages, and how long that may take; `undefined` = no limit. */
export interface AskedFor {
  readonly name: string;
  readonly timeoutMs: number | undefined;
}

/** The commands that marks need, on keys and texts as they are. */
export interface MarkStore {
  multiGet(keys: readonly string[]): MaybePromise<(Wire | undefined)[]>;
  multiSet(entries: readonly (readonly [string, string])[], ttlMs: number, by?: AskedFor): MaybePromise<void>;
  add(key: string, mark: string, ttlMs: number): MaybePromise<boolean>;
}

/**
 * The tags of a store that processes share. A mark is a random text in the store, so no clocks have to agree; invalidating
 * a tag replaces it. Beside those of its tags every namespace has a mark that changes with each invalidation: it tells
 * whether any tag was invalidated during a load that names its tags only when it ends.
 */
export class SharedTags implements Tags {
  readonly #store: MarkStore;
  /** The mark of a namespace, as this process saw it last. */
  readonly #known = new Map<string, string>();

  constructor(store: MarkStore) {
    this.#store = store;
  }

  stamp(prefix: string, { known, more }: ExpectedTags): MaybePromise<TagStamp> {
    const seen = this.#known.get(prefix);
    // An older mark of the namespace is good enough for those who are not sure: at worst they store nothing.
    const asked = more === 'surely' || (more === 'perhaps' && seen === undefined);
    const keys = [...(asked ? [ofNamespace(prefix)] : []), ...known.map((tag) => ofTag(prefix, tag))];
    if (keys.length > 0) return this.#stamped(prefix, keys, known, asked, seen);
    return { marks: (tags) => this.#marksSince(prefix, tags, new Map(), seen) };
  }

  async #stamped(
    prefix: string,
    keys: readonly string[],
    known: readonly string[],
    asked: boolean,
    seen: string | undefined,
  ): Promise<TagStamp> {
    const marks = await this.#present(keys);
    const whole = asked ? marks.shift() : seen;
    if (asked) this.#learn(prefix, whole!);
    const before = new Map(known.map((tag, index) => [tag, marks[index]!]));
    return { marks: (tags) => this.#marksSince(prefix, tags, before, whole) };
  }

  async valid(prefix: string, entries: readonly (readonly TagMark[])[]): Promise<readonly boolean[]> {
    const tags = [...new Set(entries.flatMap((marks) => marks.map(([tag]) => tag)))];
    if (tags.length === 0) return entries.map(() => true);
    const found = await this.#store.multiGet(tags.map((tag) => ofTag(prefix, tag)));
    const now = new Map(tags.map((tag, index) => [tag, found[index]]));
    return entries.map((marks) => marks.every(([tag, mark]) => now.get(tag) === mark));
  }

  async invalidate(prefix: string, tags: readonly string[], timeoutMs: number | undefined): Promise<void> {
    const mark = randomUUID();
    const keys = [...tags.map((tag) => ofTag(prefix, tag)), ofNamespace(prefix)];
    await this.#store.multiSet(
      keys.map((key) => [key, mark]),
      MARK_TTL_MS,
      { name: 'invalidateTags', timeoutMs },
    );
    this.#learn(prefix, mark);
  }

  async #marksSince(
    prefix: string,
    tags: readonly string[],
    before: ReadonlyMap<string, string>,
    whole: string | undefined,
  ): Promise<readonly TagMark[] | undefined> {
    const known = tags.filter((tag) => before.has(tag)).map((tag): TagMark => [tag, before.get(tag)!]);
    const others = tags.filter((tag) => !before.has(tag));
    if (others.length === 0) return known;
    // The tags' marks first: should an invalidation come in between, the namespace's mark tells.
    const marks = await this.#present(others.map((tag) => ofTag(prefix, tag)));
    const [now] = await this.#present([ofNamespace(prefix)]);
    this.#learn(prefix, now!);
    if (whole === undefined || now !== whole) return undefined;
    return [...known, ...others.map((tag, index): TagMark => [tag, marks[index]!])];
  }

  /** The marks under these keys. Those that are missing are made: all entries of theirs are invalid, so no new mark makes one valid. */
  async #present(keys: readonly string[]): Promise<string[]> {
    const found = await this.#store.multiGet(keys);
    return Promise.all(found.map(async (mark, index) => (mark as string | undefined) ?? this.#make(keys[index]!)));
  }

  async #make(key: string): Promise<string> {
    const mark = randomUUID();
    if (await this.#store.add(key, mark, MARK_TTL_MS)) return mark;
    const [other] = await this.#store.multiGet([key]);
    if (other !== undefined) return other as string;
    // Something stands there that is no mark, and would keep everything with this tag from ever being found.
    await this.#store.multiSet([[key, mark]], MARK_TTL_MS);
    return mark;
  }

  #learn(prefix: string, mark: string): void {
    this.#known.delete(prefix);
    this.#known.set(prefix, mark);
    if (this.#known.size <= MAX_KNOWN) return;
    for (const oldest of this.#known.keys()) return void this.#known.delete(oldest);
  }
}

/** Like those of locks, these keys begin with what no namespace can begin with: `clear` leaves them alone. */
function ofTag(prefix: string, tag: string): string {
  return `%tag:${prefix}${tag}`;
}

function ofNamespace(prefix: string): string {
  return `%tags:${prefix}`;
}
