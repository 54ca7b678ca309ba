import { Lists, NOWHERE } from './lists.js';
import type { Policy } from './policy.js';

const HOT = 0;
const COLD = 1;
const GONE = 2;

/**
 * S. Jiang and X. Zhang, "LIRS: An efficient low inter-reference recency set replacement policy", SIGMETRICS 2002.
 * A hundredth of the entries is cold; twice the capacity of keys that are gone is remembered.
 */
export class Lirs implements Policy {
  /** From most to least recently used: hot keys, and colder ones that were used since the oldest hot one. */
  readonly #stack: Lists;
  /** Cold keys that are in the cache, and in another list those that are gone. */
  readonly #queues: Lists;
  readonly #state: Int8Array;
  readonly #maxHot: number;
  #hot = 0;

  constructor(
    readonly capacity: number,
    keys: number,
  ) {
    this.#stack = new Lists(keys, 1);
    this.#queues = new Lists(keys, 2);
    this.#state = new Int8Array(keys).fill(GONE);
    this.#maxHot = Math.max(1, capacity - Math.max(1, Math.floor(capacity / 100)));
  }

  access(key: number): boolean {
    const state = this.#state[key]!;
    if (state === HOT) {
      this.#stack.push(0, key);
      this.#prune();
      return true;
    }
    if (state === COLD) {
      if (this.#stack.of(key) === NOWHERE) this.#becomeCold(key);
      else this.#becomeHot(key);
      return true;
    }
    if (this.#hot + this.#queues.sizes[0]! >= this.capacity) this.#evict();
    if (this.#stack.of(key) !== NOWHERE || this.#hot < this.#maxHot) this.#becomeHot(key);
    else this.#becomeCold(key);
    return false;
  }

  #becomeHot(key: number): void {
    this.#queues.take(key);
    this.#state[key] = HOT;
    this.#stack.push(0, key);
    if (++this.#hot <= this.#maxHot) return;
    const coldest = this.#stack.last(0);
    this.#stack.take(coldest);
    this.#state[coldest] = COLD;
    this.#queues.push(0, coldest);
    this.#hot--;
    this.#prune();
  }

  #becomeCold(key: number): void {
    this.#state[key] = COLD;
    this.#stack.push(0, key);
    this.#queues.push(0, key);
  }

  #evict(): void {
    const victim = this.#queues.last(0);
    this.#state[victim] = GONE;
    this.#queues.take(victim);
    if (this.#stack.of(victim) === NOWHERE) return;
    this.#queues.push(1, victim);
    if (this.#queues.sizes[1]! > 2 * this.capacity) this.#forget(this.#queues.last(1));
  }

  /** The stack ends with a hot key. */
  #prune(): void {
    for (let last = this.#stack.last(0); last !== NOWHERE && this.#state[last] !== HOT; last = this.#stack.last(0)) {
      this.#forget(last);
    }
  }

  #forget(key: number): void {
    this.#stack.take(key);
    if (this.#state[key] === GONE) this.#queues.take(key);
  }
}
