import { Lists } from './lists.js';
import type { Policy } from './policy.js';

const SMALL = 0;
const MAIN = 1;
const GHOST = 2;

/** A small and a main queue, both first in, first out. J. Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023. */
export class S3Fifo implements Policy {
  readonly #lists: Lists;
  readonly #uses: Uint8Array;
  readonly #small: number;

  constructor(
    readonly capacity: number,
    keys: number,
  ) {
    this.#lists = new Lists(keys, 3);
    this.#uses = new Uint8Array(keys);
    this.#small = Math.max(1, Math.floor(capacity / 10));
  }

  access(key: number): boolean {
    const lists = this.#lists;
    const list = lists.of(key);
    if (list === SMALL || list === MAIN) {
      if (this.#uses[key]! < 3) this.#uses[key]!++;
      return true;
    }
    while (lists.sizes[SMALL]! + lists.sizes[MAIN]! >= this.capacity) this.#evict();
    this.#uses[key] = 0;
    lists.push(lists.of(key) === GHOST ? MAIN : SMALL, key);
    return false;
  }

  #evict(): void {
    const lists = this.#lists;
    if (lists.sizes[SMALL]! >= this.#small || lists.sizes[MAIN] === 0) this.#evictSmall();
    else this.#evictMain();
  }

  #evictSmall(): void {
    const lists = this.#lists;
    const key = lists.last(SMALL);
    if (this.#uses[key]! > 1) {
      this.#uses[key] = 0;
      lists.push(MAIN, key);
      return;
    }
    lists.push(GHOST, key);
    if (lists.sizes[GHOST]! > this.capacity - this.#small) lists.take(lists.last(GHOST));
  }

  #evictMain(): void {
    const key = this.#lists.last(MAIN);
    if (this.#uses[key]! > 0) {
      this.#uses[key]!--;
      this.#lists.push(MAIN, key);
    } else {
      this.#lists.take(key);
    }
  }
}
