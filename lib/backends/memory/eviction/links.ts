import { FIRST_SLOT } from './eviction-policy.js';

/** Two lists of slots, linked through arrays. Each begins and ends at its own number, `0` or `1`. */
export class Links {
  next: SlotNumbers = new Uint16Array(FIRST_SLOT);
  previous: SlotNumbers = new Uint16Array(FIRST_SLOT);

  constructor() {
    this.next[1] = this.previous[1] = 1;
  }

  reserve(slots: number): void {
    this.next = slotNumbers(this.next, slots);
    this.previous = slotNumbers(this.previous, slots);
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

type SlotNumbers = Uint16Array | Uint32Array;

/** A longer copy, with room for numbers below its length. */
function slotNumbers(array: SlotNumbers, length: number): SlotNumbers {
  const longer = length <= 2 ** 16 ? new Uint16Array(length) : new Uint32Array(length);
  longer.set(array);
  return longer;
}
