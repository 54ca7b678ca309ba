/** Entries that share a place; the oldest of them makes room. */
const WAYS = 4;

/** How finely ages are told apart: steps per capacity's worth of newcomers, as a power of two. Eight capacities can be told. */
const STEP_BITS = 5;

const STEPS = 256;
const USES_BITS = 2;
const USES_MASK = (1 << USES_BITS) - 1;

/**
 * Remembers of what has gone how often it was used and how long ago, in three bytes each. It knows keys by a part of their
 * hash, so it takes about one in 4,000 for another one: what it says must never be more than a hint.
 */
export class Ghosts {
  /** Of the key that was found last: uses, `0` to `3`. */
  uses = 0;
  readonly #prints: Uint16Array;
  readonly #times: Uint8Array;
  readonly #sets: number;
  readonly #shift: number;

  /** @param remembered how many capacities' worth of keys it has room for */
  constructor(capacity: number, remembered: number) {
    this.#sets = Math.max(4, Math.ceil((capacity * remembered) / WAYS));
    this.#shift = Math.max(0, Math.floor(Math.log2(capacity)) - STEP_BITS);
    this.#prints = new Uint16Array(this.#sets * WAYS);
    this.#times = new Uint8Array(this.#sets * WAYS);
  }

  /** The time of the ghosts: a step is a part of a capacity's worth of newcomers. */
  step(newcomers: number): number {
    return newcomers >>> this.#shift;
  }

  /** How many steps ago the key was last used before it went; `Infinity` = nothing is known of it. Forgets it. */
  recall(hash: number, newcomers: number): number {
    const print = printOf(hash);
    const first = this.#placeOf(hash);
    for (let at = first; at < first + WAYS; at++) {
      const stored = this.#prints[at]!;
      if (stored >>> USES_BITS !== print) continue;
      this.#prints[at] = 0;
      this.uses = stored & USES_MASK;
      return (this.step(newcomers) - this.#times[at]!) & (STEPS - 1);
    }
    return Infinity;
  }

  remember(hash: number, uses: number, lastUse: number, newcomers: number): void {
    const now = this.step(newcomers);
    const first = this.#placeOf(hash);
    let place = first;
    let oldest = -1;
    for (let at = first; at < first + WAYS; at++) {
      const age = this.#prints[at] === 0 ? STEPS : (now - this.#times[at]!) & (STEPS - 1);
      if (age <= oldest) continue;
      oldest = age;
      place = at;
    }
    this.#prints[place] = (printOf(hash) << USES_BITS) | uses;
    // What was not used for longer than can be told was not used for as long as can be told.
    this.#times[place] = Math.max(this.step(lastUse), now - STEPS + 1);
  }

  #placeOf(hash: number): number {
    return Math.floor(((hash >>> 0) / 0x1_0000_0000) * this.#sets) * WAYS;
  }
}

/** Fourteen bits that the place does not depend on; never `0`, which means that nothing is there. */
function printOf(hash: number): number {
  return (hash & 0x3fff) | 1;
}
