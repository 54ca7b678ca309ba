import { FIRST_SLOT } from './eviction-policy.js';

/** Two lists of slots, linked through arrays. Each begins and ends at its own number, `0` or `1`. */
export class Links {
  next = new Int32Array(FIRST_SLOT);
  previous = new Int32Array(FIRST_SLOT);

  constructor() {
    this.next[1] = this.previous[1] = 1;
  }

  reserve(slots: number): void {
    this.next = grown(this.next, slots);
    this.previous = grown(this.previous, slots);
  }

  /** Puts a slot that is in no list in front of one. */
  push(list: number, slot: number): void {
    const { next, previous } = this;
    const first = next[list]!;
    next[slot] = first;
    previous[slot] = list;
    previous[first] = slot;
    next[list] = slot;
  }

  take(slot: number): void {
    const { next, previous } = this;
    const after = next[slot]!;
    const before = previous[slot]!;
    next[before] = after;
    previous[after] = before;
  }

  /** Takes a slot from wherever it is and puts it in front. */
  move(list: number, slot: number): void {
    if (this.next[list] === slot) return;
    this.take(slot);
    this.push(list, slot);
  }

  /** The slot at the end; the list's own number if it is empty. */
  last(list: number): number {
    return this.previous[list]!;
  }
}

/** A longer copy. */
export function grown(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(length);
  longer.set(array);
  return longer;
}
