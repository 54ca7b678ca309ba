import type { TagMark } from '../../entries/framed.js';
import type { Tags, TagStamp } from './tags.js';

/** Beyond this many tags the oldest invalidations are remembered as one: entries loaded before it are all invalid. */
const MAX_TAGS = 100_000;

/** The tags of a store in this process. Marks are the number of the invalidation that came last before the load. */
export class LocalTags implements Tags {
  /** Oldest invalidation first. */
  readonly #invalidated = new Map<string, number>();
  #count = 0;
  #forgotten = 0;

  stamp(): TagStamp {
    const mark = this.#count;
    return { marks: (tags) => tags.map((tag): TagMark => [tag, mark]) };
  }

  valid(prefix: string, entries: readonly (readonly TagMark[])[]): readonly boolean[] {
    return entries.map((tags) => tags.every(([tag, mark]) => this.#lastOf(prefix + tag) <= (mark as number)));
  }

  invalidate(prefix: string, tags: readonly string[]): void {
    const number = ++this.#count;
    for (const tag of tags) {
      this.#invalidated.delete(prefix + tag);
      this.#invalidated.set(prefix + tag, number);
    }
    for (const [tag, last] of this.#invalidated) {
      if (this.#invalidated.size <= MAX_TAGS) break;
      this.#invalidated.delete(tag);
      this.#forgotten = last;
    }
  }

  #lastOf(tag: string): number {
    return this.#invalidated.get(tag) ?? this.#forgotten;
  }
}

const tagsByStore = new WeakMap<object, LocalTags>();

/** Those of one store: all caches on it share them. */
export function localTagsOf(store: object): LocalTags {
  let tags = tagsByStore.get(store);
  if (tags === undefined) tagsByStore.set(store, (tags = new LocalTags()));
  return tags;
}
