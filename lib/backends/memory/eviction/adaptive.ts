import type { EvictionPolicy } from './eviction-policy.js';
import { hashOf } from './hash.js';
import { HotCold } from './hot-cold.js';
import { FIRST_SHARE, sampleMask, ShareTuner } from './share-tuner.js';

/** Keeps what is used again soon, and finds out while it runs how much room newcomers need. */
export class Adaptive implements EvictionPolicy {
  readonly #capacity: number;
  readonly #sampleMask: number;
  readonly #entries: HotCold;
  /** Only a cache that fills up needs one. */
  #tuner: ShareTuner | undefined;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#sampleMask = sampleMask(capacity);
    this.#entries = new HotCold(capacity, FIRST_SHARE, this.#sampleMask);
  }

  reserve(slots: number): void {
    this.#entries.reserve(slots);
    if (slots > this.#capacity / 4) this.#tuner ??= new ShareTuner(this.#capacity);
  }

  added(slot: number, key: string): void {
    const hash = hashOf(key);
    this.#entries.added(slot, hash);
    if ((hash & this.#sampleMask) === 0) this.#observe(hash);
  }

  used(slot: number): void {
    if (this.#entries.used(slot)) this.#observe(this.#entries.hashOf(slot));
  }

  victim(): number {
    return this.#entries.victim();
  }

  afterwards(slot: number): number {
    return this.#entries.afterwards(slot);
  }

  evicted(slot: number): void {
    this.#entries.evicted(slot);
  }

  removed(slot: number): void {
    this.#entries.removed(slot);
  }

  #observe(hash: number): void {
    const tuner = this.#tuner;
    if (tuner?.observe(hash) === true) this.#entries.coldShare = tuner.share;
  }
}
