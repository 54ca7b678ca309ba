/** Entries that share a place; the oldest of them makes room. */
const WAYS = 4;

const USES_BITS = 2;
const TIME_BITS = 5;
const PRINT_BITS = 16 - USES_BITS - TIME_BITS;

const USES_MASK = (1 << USES_BITS) - 1;
const TIMES = 1 << TIME_BITS;
const PRINT_MASK = (1 << PRINT_BITS) - 1;

/** Into how many steps of time a capacity's worth of newcomers is divided, as a power of two: eight capacities can be told. */
const STEP_BITS = 2;

/**
 * Remembers of what has gone how often it was used and how long ago, in two bytes each. It knows keys by a part of their
 * hash, so it takes about one in a hundred for another one: what it says must never be more than a hint.
 */
export class Ghosts {
  /** Of the key that was found last: uses, `0` to `3`. */
  uses = 0;
  readonly #cells: Uint16Array;
  readonly #sets: number;
  readonly #shift: number;

  /**
   * @param remembered how many keys it has room for
   * @param capacity of the cache, in ticks of its clock
   */
  constructor(remembered: number, capacity: number) {
    this.#sets = Math.max(4, Math.ceil(remembered / WAYS));
    this.#shift = Math.max(0, Math.floor(Math.log2(capacity)) - STEP_BITS);
    this.#cells = new Uint16Array(this.#sets * WAYS);
  }

  /** The time of the ghosts. */
  step(tick: number): number {
    return tick >>> this.#shift;
  }

  /** How many steps ago the key was last used before it went; `Infinity` = nothing is known of it. Forgets it. */
  recall(hash: number, tick: number): number {
    const at = this.#find(hash);
    if (at < 0) return Infinity;
    const cell = this.#cells[at]!;
    this.#cells[at] = 0;
    this.uses = usesIn(cell);
    return (this.step(tick) - cell) & (TIMES - 1);
  }

  /** Uses of a key, if anything is known of it. Goes on knowing it. */
  usesOf(hash: number): number | undefined {
    const at = this.#find(hash);
    return at < 0 ? undefined : usesIn(this.#cells[at]!);
  }

  remember(hash: number, uses: number, lastUse: number, tick: number): void {
    const cells = this.#cells;
    const now = this.step(tick);
    const first = this.#placeOf(hash);
    let place = first;
    let oldest = -1;
    for (let at = first; at < first + WAYS; at++) {
      const age = cells[at] === 0 ? TIMES : (now - cells[at]!) & (TIMES - 1);
      if (age <= oldest) continue;
      oldest = age;
      place = at;
    }
    // What was not used for longer than can be told was not used for as long as can be told.
    const time = Math.max(this.step(lastUse), now - TIMES + 1) & (TIMES - 1);
    cells[place] = (printOf(hash) << (USES_BITS + TIME_BITS)) | (uses << TIME_BITS) | time;
  }

  #find(hash: number): number {
    const cells = this.#cells;
    const print = printOf(hash);
    const first = this.#placeOf(hash);
    for (let at = first; at < first + WAYS; at++) if (cells[at]! >>> (USES_BITS + TIME_BITS) === print) return at;
    return -1;
  }

  #placeOf(hash: number): number {
    return Math.floor(((hash >>> 0) / 0x1_0000_0000) * this.#sets) * WAYS;
  }
}

/** Bits that the place does not depend on; never `0`, which means that nothing is there. */
function printOf(hash: number): number {
  const print = hash & PRINT_MASK;
  return print === 0 ? 1 : print;
}

function usesIn(cell: number): number {
  return (cell >>> TIME_BITS) & USES_MASK;
}
