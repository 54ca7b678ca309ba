import { FIRST_SLOT } from './eviction-policy.js';
import { HotCold } from './hot-cold.js';

/** A small cache without values, to see how many hits a share of the cold part would bring. Takes hashes for keys. */
export class Replica {
  readonly #capacity: number;
  readonly #entries: HotCold;
  /** Open addressing: slots by hash, `0` = free. */
  readonly #table: Uint16Array;
  readonly #mask: number;
  #used = FIRST_SLOT;

  constructor(capacity: number, coldShare: number) {
    this.#capacity = capacity;
    this.#entries = new HotCold(capacity, coldShare);
    this.#entries.reserve(capacity + FIRST_SLOT);
    this.#table = new Uint16Array(2 ** Math.ceil(Math.log2(capacity) + 1));
    this.#mask = this.#table.length - 1;
  }

  /** @returns whether the key was there; now it is */
  access(hash: number): boolean {
    let at = this.#home(hash);
    for (let slot = this.#table[at]!; slot !== 0; slot = this.#table[at]!) {
      if (this.#entries.hashOf(slot) === hash) {
        this.#entries.used(slot);
        return true;
      }
      at = (at + 1) & this.#mask;
    }
    const slot = this.#used < this.#capacity + FIRST_SLOT ? this.#used++ : this.#evict();
    // The eviction may have moved what stood in the way.
    at = this.#home(hash);
    while (this.#table[at] !== 0) at = (at + 1) & this.#mask;
    this.#table[at] = slot;
    this.#entries.added(slot, hash);
    return false;
  }

  #home(hash: number): number {
    return (hash ^ (hash >>> 15)) & this.#mask;
  }

  #evict(): number {
    const victim = this.#entries.victim();
    let gap = this.#home(this.#entries.hashOf(victim));
    while (this.#table[gap] !== victim) gap = (gap + 1) & this.#mask;
    // What stands behind moves up, unless it would come to stand before its home.
    for (let at = (gap + 1) & this.#mask; this.#table[at] !== 0; at = (at + 1) & this.#mask) {
      const home = this.#home(this.#entries.hashOf(this.#table[at]!));
      if (((at - home) & this.#mask) < ((at - gap) & this.#mask)) continue;
      this.#table[gap] = this.#table[at]!;
      gap = at;
    }
    this.#table[gap] = 0;
    this.#entries.evicted(victim);
    return victim;
  }
}
