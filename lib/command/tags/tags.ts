import type { TagMark } from '../../entries/framed.js';
import type { MaybePromise } from '../../util/maybe-promise.js';

/** What the marks of tags were when a load began. */
export interface TagStamp {
  /** The marks for an entry with these tags; `undefined` = one was, or may have been, invalidated since: the entry must not be stored. */
  marks(tags: readonly string[]): MaybePromise<readonly TagMark[] | undefined>;
}

/** Which tags a load will have. */
export interface ExpectedTags {
  /** Those known before it begins. */
  readonly known: readonly string[];
  /** It may name others when it ends. For those who said so: what they are like now has to be asked for now. */
  readonly more: 'hardly' | 'perhaps' | 'surely';
}

/**
 * Invalidation by tags, without looking for entries: every tag has a mark, every entry carries the marks that its tags had
 * when its load began, and whoever reads the entry compares. A tag whose mark is lost counts as invalidated.
 * Tags belong to a namespace, which is known by the prefix of its keys.
 */
export interface Tags {
  /** To be asked before a load begins. */
  stamp(prefix: string, expected: ExpectedTags): MaybePromise<TagStamp>;
  /** Of entries by position, whether none of their tags was invalidated. One question at most. */
  valid(prefix: string, entries: readonly (readonly TagMark[])[]): MaybePromise<readonly boolean[]>;
  /** @param timeoutMs of the write, where there is one; `undefined` = no limit */
  invalidate(prefix: string, tags: readonly string[], timeoutMs: number | undefined): MaybePromise<void>;
}
