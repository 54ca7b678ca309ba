import { Lists, NOWHERE } from './lists.js';
import type { Policy } from './policy.js';

/** Least recently used goes first. */
export class Lru implements Policy {
  readonly #lists: Lists;

  constructor(
    readonly capacity: number,
    keys: number,
  ) {
    this.#lists = new Lists(keys, 1);
  }

  access(key: number): boolean {
    const hit = this.#lists.of(key) !== NOWHERE;
    if (!hit && this.#lists.sizes[0]! >= this.capacity) this.#lists.take(this.#lists.last(0));
    this.#lists.push(0, key);
    return hit;
  }
}

/** First in, first out, with a second chance for what was used since. F. Corbató, "A paging experiment with the Multics system", 1968. */
export class Clock implements Policy {
  readonly #lists: Lists;
  readonly #used: Uint8Array;

  constructor(
    readonly capacity: number,
    keys: number,
  ) {
    this.#lists = new Lists(keys, 1);
    this.#used = new Uint8Array(keys);
  }

  access(key: number): boolean {
    if (this.#lists.of(key) !== NOWHERE) {
      this.#used[key] = 1;
      return true;
    }
    if (this.#lists.sizes[0]! >= this.capacity) this.#evict();
    this.#used[key] = 0;
    this.#lists.push(0, key);
    return false;
  }

  #evict(): void {
    let victim = this.#lists.last(0);
    while (this.#used[victim] === 1) {
      this.#used[victim] = 0;
      this.#lists.push(0, victim);
      victim = this.#lists.last(0);
    }
    this.#lists.take(victim);
  }
}

/** A clock whose hand moves and whose entries stay. Y. Zhang et al., "SIEVE is simpler than LRU", NSDI 2024. */
export class Sieve implements Policy {
  readonly #lists: Lists;
  readonly #used: Uint8Array;
  #hand = NOWHERE;

  constructor(
    readonly capacity: number,
    keys: number,
  ) {
    this.#lists = new Lists(keys, 1);
    this.#used = new Uint8Array(keys);
  }

  access(key: number): boolean {
    if (this.#lists.of(key) !== NOWHERE) {
      this.#used[key] = 1;
      return true;
    }
    if (this.#lists.sizes[0]! >= this.capacity) this.#evict();
    this.#used[key] = 0;
    this.#lists.push(0, key);
    return false;
  }

  #evict(): void {
    const lists = this.#lists;
    let victim = this.#hand === NOWHERE ? lists.last(0) : this.#hand;
    while (this.#used[victim] === 1) {
      this.#used[victim] = 0;
      victim = lists.before(victim);
      if (victim === NOWHERE) victim = lists.last(0);
    }
    this.#hand = lists.before(victim);
    lists.take(victim);
  }
}
