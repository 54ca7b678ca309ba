import type { TagMark } from '../../entries/framed.js';
import { RecentChanges } from '../../util/recent-changes.js';
import type { Tags, TagStamp } from './tags.js';

/** Beyond this many tags the oldest invalidations are remembered as one: entries loaded before it are all invalid. */
const MAX_TAGS = 100_000;

/** The tags of a store in this process. Marks are moments: how many invalidations there had been before the load. */
export class LocalTags implements Tags {
  readonly #invalidated = new RecentChanges(MAX_TAGS);

  /** The mark that tags have now. */
  get now(): number {
    return this.#invalidated.now;
  }

  stamp(): TagStamp {
    const mark = this.now;
    return { marks: (tags) => tags.map((tag): TagMark => [tag, mark]) };
  }

  valid(prefix: string, entries: readonly (readonly TagMark[])[]): readonly boolean[] {
    return entries.map((marks) => this.intact(prefix, marks));
  }

  /** Whether none of these tags was invalidated since. */
  intact(prefix: string, marks: readonly TagMark[]): boolean {
    return marks.every(([tag, mark]) => !this.#invalidated.changedAfter(mark as number, prefix + tag));
  }

  invalidate(prefix: string, tags: Iterable<string>): void {
    this.#invalidated.note(Array.from(tags, (tag) => prefix + tag));
  }
}

const tagsByStore = new WeakMap<object, LocalTags>();

/** Those of one store: all caches on it share them. */
export function localTagsOf(store: object): LocalTags {
  let tags = tagsByStore.get(store);
  if (tags === undefined) tagsByStore.set(store, (tags = new LocalTags()));
  return tags;
}
