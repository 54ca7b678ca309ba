import { Lists } from './lists.js';
import type { Policy } from './policy.js';

const RECENT = 0;
const FREQUENT = 1;
const GHOST_RECENT = 2;
const GHOST_FREQUENT = 3;

/** N. Megiddo and D. Modha, "ARC: A self-tuning, low overhead replacement cache", FAST 2003. */
export class Arc implements Policy {
  readonly #lists: Lists;
  #target = 0;

  constructor(
    readonly capacity: number,
    keys: number,
  ) {
    this.#lists = new Lists(keys, 4);
  }

  access(key: number): boolean {
    const { sizes } = this.#lists;
    const list = this.#lists.of(key);
    const recent = sizes[GHOST_RECENT]!;
    const frequent = sizes[GHOST_FREQUENT]!;
    if (list === GHOST_RECENT) {
      this.#target = Math.min(this.capacity, this.#target + Math.max(1, frequent / recent));
      this.#replace(false);
    } else if (list === GHOST_FREQUENT) {
      this.#target = Math.max(0, this.#target - Math.max(1, recent / frequent));
      this.#replace(true);
    } else if (list !== RECENT && list !== FREQUENT) {
      this.#makeRoom();
      this.#lists.push(RECENT, key);
      return false;
    }
    this.#lists.push(FREQUENT, key);
    return list === RECENT || list === FREQUENT;
  }

  #makeRoom(): void {
    const { sizes } = this.#lists;
    const recent = sizes[RECENT]! + sizes[GHOST_RECENT]!;
    const all = recent + sizes[FREQUENT]! + sizes[GHOST_FREQUENT]!;
    if (recent >= this.capacity) {
      if (sizes[RECENT]! >= this.capacity) return this.#lists.take(this.#lists.last(RECENT));
      this.#lists.take(this.#lists.last(GHOST_RECENT));
      this.#replace(false);
    } else if (all >= this.capacity) {
      if (all >= 2 * this.capacity) this.#lists.take(this.#lists.last(GHOST_FREQUENT));
      this.#replace(false);
    }
  }

  #replace(fromGhostFrequent: boolean): void {
    const { sizes } = this.#lists;
    const recent = sizes[RECENT]!;
    if (recent > 0 && (recent > this.#target || (fromGhostFrequent && recent === this.#target))) {
      this.#lists.push(GHOST_RECENT, this.#lists.last(RECENT));
    } else if (sizes[FREQUENT]! > 0) {
      this.#lists.push(GHOST_FREQUENT, this.#lists.last(FREQUENT));
    }
  }
}

/** T. Johnson and D. Shasha, "2Q: A low overhead high performance buffer management replacement algorithm", VLDB 1994. */
export class TwoQueues implements Policy {
  readonly #lists: Lists;
  readonly #recent: number;
  readonly #ghosts: number;

  constructor(
    readonly capacity: number,
    keys: number,
  ) {
    this.#lists = new Lists(keys, 3);
    this.#recent = Math.max(1, Math.floor(capacity / 4));
    this.#ghosts = Math.max(1, Math.floor(capacity / 2));
  }

  access(key: number): boolean {
    const list = this.#lists.of(key);
    if (list === FREQUENT) this.#lists.push(FREQUENT, key);
    if (list === FREQUENT || list === RECENT) return true;
    this.#makeRoom();
    this.#lists.push(this.#lists.of(key) === GHOST_RECENT ? FREQUENT : RECENT, key);
    return false;
  }

  #makeRoom(): void {
    const { sizes } = this.#lists;
    if (sizes[RECENT]! + sizes[FREQUENT]! < this.capacity) return;
    if (sizes[RECENT]! <= this.#recent && sizes[FREQUENT]! > 0) return this.#lists.take(this.#lists.last(FREQUENT));
    this.#lists.push(GHOST_RECENT, this.#lists.last(RECENT));
    if (sizes[GHOST_RECENT]! > this.#ghosts) this.#lists.take(this.#lists.last(GHOST_RECENT));
  }
}
