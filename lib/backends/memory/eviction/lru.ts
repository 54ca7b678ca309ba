import type { EvictionPolicy } from './eviction-policy.js';
import { Links } from './links.js';

const ENTRIES = 0;

/** Drops what was used least recently. */
export class Lru implements EvictionPolicy {
  readonly coldShare = undefined;
  #links = new Links();

  reserve(slots: number): void {
    this.#links.reserve(slots);
  }

  reset(): void {
    this.#links = new Links();
  }

  /** It makes no difference. */
  resize(): void {}

  added(slot: number): void {
    this.#links.push(ENTRIES, slot);
  }

  used(slot: number): void {
    this.#links.move(ENTRIES, slot);
  }

  victim(): number {
    return this.#links.last(ENTRIES);
  }

  afterwards(slot: number): number {
    return this.#links.previous[slot]!;
  }

  evicted(slot: number): void {
    this.#links.take(slot);
  }

  removed(slot: number): void {
    this.#links.take(slot);
  }

  worthOf(): number {
    return 0;
  }

  worthOfNewcomer(): number {
    return Infinity;
  }

  refused(): void {}
}
