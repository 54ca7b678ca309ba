import type { EvictionPolicy } from './eviction-policy.js';
import { hashOf } from './hash.js';
import { HotCold } from './hot-cold.js';
import { FIRST_SHARE, sampleMask, ShareTuner } from './share-tuner.js';

/** By what factor the capacity must change before the replicas, and what was learned from them, are given up. */
const ANOTHER_SIZE = 1.25;

/** Keeps what is used again soon, and finds out while it runs how much room newcomers need. */
export class Adaptive implements EvictionPolicy {
  #capacity: number;
  #sampleMask: number;
  readonly #entries: HotCold;
  /** Only a cache that fills up needs one. */
  #tuner: ShareTuner | undefined;
  #reserved = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#sampleMask = sampleMask(capacity);
    this.#entries = new HotCold(capacity, FIRST_SHARE, this.#sampleMask);
  }

  get coldShare(): number {
    return this.#entries.coldShare;
  }

  reserve(slots: number): void {
    this.#reserved = slots;
    this.#entries.reserve(slots);
    this.#startTuning();
  }

  reset(): void {
    this.#reserved = 0;
    this.#entries.reset();
  }

  resize(capacity: number): void {
    if (capacity * ANOTHER_SIZE > this.#capacity && capacity < this.#capacity * ANOTHER_SIZE) return;
    this.#capacity = capacity;
    this.#sampleMask = sampleMask(capacity);
    this.#entries.resize(capacity, this.#sampleMask);
    this.#tuner = undefined;
    this.#startTuning();
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

  worthOf(slot: number): number {
    return this.#entries.worthOf(slot);
  }

  worthOfNewcomer(key: string): number {
    return this.#entries.worthOfNewcomer(hashOf(key));
  }

  refused(key: string): void {
    this.#entries.refused(hashOf(key));
  }

  #startTuning(): void {
    if (this.#reserved > this.#capacity / 4) this.#tuner ??= new ShareTuner(this.#capacity);
  }

  #observe(hash: number): void {
    const tuner = this.#tuner;
    if (tuner?.observe(hash) === true) this.#entries.coldShare = tuner.share;
  }
}
