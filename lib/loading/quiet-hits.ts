import type { LocalTags } from '../command/tags/local-tags.js';
import { NearCopy } from '../command/tier/near-copy.js';
import { answerOf, type NearEntry } from '../contracts/near.js';
import { Framed } from '../entries/framed.js';
import type { Clock } from '../util/clock.js';
import type { Freshness } from './freshness.js';

/**
 * The short way of hits. A plain value answers as it is. One that says more of itself is judged once, and answers from then on
 * until what it says begins to matter: until it is due, or some tag of the store is invalidated.
 */
export class QuietHits {
  /**
   * @param clock of the times in the entries' facts
   * @param tags that entries of this process are compared with
   */
  constructor(
    private readonly freshness: Freshness | undefined,
    private readonly clock: Clock,
    private readonly tags: LocalTags,
  ) {}

  /** `undefined` = the entry has to be judged. */
  answer(entry: NearEntry): Promise<unknown> | undefined {
    return answerOf(entry) ?? this.#prepared(entry.value as Framed);
  }

  /** To be told of an entry that was just found fresh and valid, and what it answers. */
  prepare(found: Framed): Promise<unknown> {
    const answer = Promise.resolve(found.value);
    const quiet = this.freshness === undefined ? found.facts.freshUntil : this.freshness.quietUntil(found.facts);
    const until = found instanceof NearCopy ? Math.min(quiet, found.until) : quiet;
    found.prepared = { by: this, answer, until, tags: this.tags.now };
    return answer;
  }

  #prepared({ facts, prepared }: Framed): Promise<unknown> | undefined {
    if (prepared === undefined || prepared.by !== this) return undefined;
    if (prepared.until !== Infinity && prepared.until <= this.clock.now()) return undefined;
    return facts.tags.length === 0 || prepared.tags === this.tags.now ? prepared.answer : undefined;
  }
}
