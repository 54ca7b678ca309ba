import { Replica } from './replica.js';

/** Shares of the cold part that are tried: against scans and loops, for most, for what is used again soon or never, and LRU. */
const SHARES = [0.01, 0.1, 0.5, 1] as const;

/** Hits per request that a share must bring beyond the others. Under LRU all that is known about the hot entries is lost. */
const HANDICAPS = [0, 0, 0, 0.08] as const;

/** Where a cache begins. Replicas of a loop that fits into them by chance cannot tell the shares apart; this one is safe. */
export const FIRST_SHARE = SHARES[0];

/** A replica has at least this many entries: fewer say little about the cache. */
const LEAST_ENTRIES = 48;

/** Requests between two decisions, in capacities of a replica. */
const EPOCH = 4;

/** What weight the past has in a decision, compared with the epoch that has just ended. */
const MEMORY = 0.5;

/** The longest rest after decisions that changed nothing, in epochs. Only where the sample is a large part of the requests. */
const LONGEST_REST = 3;
const SMALL_SAMPLE = 6;

/** How much better another share must be, in hits per request, to be worth a change. */
const MARGIN = 0.005;

/**
 * Finds the share that brings the most hits by miniature simulations: each share gets a replica that is smaller than the
 * cache by a power of two and sees just as small a part of the keys, picked by hash. C. Waldspurger et al., "Cache modeling and
 * optimization using miniature simulations", ATC 2017.
 */
export class ShareTuner {
  readonly #replicas: readonly Replica[];
  readonly #hits = new Float64Array(SHARES.length);
  readonly #scores = new Float64Array(SHARES.length);
  readonly #epoch: number;
  #best = 0;
  #requests = 0;
  #weight = 0;
  /** Requests to be let pass, and epochs to rest after the next decision that changes nothing. */
  #resting = 0;
  #nextRest = 0;
  readonly #longestRest: number;

  constructor(capacity: number) {
    const halvings = halvingsFor(capacity);
    this.#longestRest = halvings < SMALL_SAMPLE ? LONGEST_REST : 0;
    const entries = Math.max(1, Math.round(capacity / 2 ** halvings));
    this.#replicas = SHARES.map((share) => new Replica(entries, share));
    this.#epoch = EPOCH * Math.max(entries, LEAST_ENTRIES);
  }

  get share(): number {
    return SHARES[this.#best]!;
  }

  /** Counts a request for a key of the sample. @returns whether the share may have changed */
  observe(hash: number): boolean {
    if (this.#resting > 0) {
      this.#resting--;
      return false;
    }
    // Within the sample some bits are the same everywhere; spread what is left.
    const spread = Math.imul(hash, 0x9e3779b1);
    const { length } = this.#replicas;
    for (let index = 0; index < length; index++) if (this.#replicas[index]!.access(spread)) this.#hits[index]!++;
    if (++this.#requests < this.#epoch) return false;
    this.#decide();
    return true;
  }

  #decide(): void {
    this.#weight = this.#weight * MEMORY + this.#requests;
    const counted = this.#requests;
    this.#requests = 0;
    let best = 0;
    for (let index = 0; index < SHARES.length; index++) {
      this.#scores[index] = this.#scores[index]! * MEMORY + this.#hits[index]! - HANDICAPS[index]! * counted;
      this.#hits[index] = 0;
      if (this.#scores[index]! > this.#scores[best]!) best = index;
    }
    if (this.#scores[best]! - this.#scores[this.#best]! > MARGIN * this.#weight) {
      this.#best = best;
      this.#nextRest = 0;
    } else {
      this.#resting = this.#nextRest * this.#epoch;
      this.#nextRest = Math.min(this.#longestRest, this.#nextRest + 1);
    }
  }
}

/** The bits of a hash that are 0 for the keys that the replicas of a cache see. */
export function sampleMask(capacity: number): number {
  const halvings = halvingsFor(capacity);
  return halvings === 0 ? 0 : -1 << (32 - halvings);
}

function halvingsFor(capacity: number): number {
  return Math.max(0, Math.floor(Math.log2(capacity / LEAST_ENTRIES)));
}
