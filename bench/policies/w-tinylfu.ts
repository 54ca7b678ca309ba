import { Lists } from './lists.js';
import type { Policy } from './policy.js';

const WINDOW = 0;
const PROBATION = 1;
const PROTECTED = 2;

/** Counts up to 15, four rows, halved after ten uses per entry. */
class CountMinSketch {
  readonly #counters: Uint8Array;
  readonly #mask: number;
  readonly #period: number;
  #additions = 0;

  constructor(capacity: number) {
    const width = 2 ** Math.ceil(Math.log2(Math.max(8, capacity))) * 4;
    this.#counters = new Uint8Array(4 * width);
    this.#mask = width - 1;
    this.#period = 10 * capacity;
  }

  add(key: number): void {
    let hash = key;
    let added = false;
    for (let row = 0; row < 4; row++) {
      hash = mix(hash + row);
      const at = 4 * (hash & this.#mask) + row;
      if (this.#counters[at] === 15) continue;
      this.#counters[at]!++;
      added = true;
    }
    if (added && ++this.#additions >= this.#period) this.#age();
  }

  estimate(key: number): number {
    let hash = key;
    let least = 15;
    for (let row = 0; row < 4; row++) {
      hash = mix(hash + row);
      least = Math.min(least, this.#counters[4 * (hash & this.#mask) + row]!);
    }
    return least;
  }

  #age(): void {
    for (let at = 0; at < this.#counters.length; at++) this.#counters[at]! >>>= 1;
    this.#additions >>>= 1;
  }
}

/** The finalizer of MurmurHash3. */
export function mix(key: number): number {
  let hash = Math.imul(key ^ (key >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * G. Einziger, R. Friedman and B. Manes, "TinyLFU: A highly efficient cache admission policy", ACM ToS 2017. The window may
 * climb towards more hits, as in Caffeine: G. Einziger et al., "Adaptive software cache management", Middleware 2018.
 */
export class WTinyLfu implements Policy {
  readonly #lists: Lists;
  readonly #sketch: CountMinSketch;
  readonly #climbs: boolean;
  #window: number;
  #step: number;
  #hits = 0;
  #requests = 0;
  #lastRatio = 0;

  constructor(
    readonly capacity: number,
    keys: number,
    { share = 0.01, climbs = false }: { share?: number; climbs?: boolean } = {},
  ) {
    this.#lists = new Lists(keys, 3);
    this.#sketch = new CountMinSketch(capacity);
    this.#climbs = climbs;
    this.#window = Math.max(1, Math.round(share * capacity));
    this.#step = -0.0625 * capacity;
  }

  access(key: number): boolean {
    const lists = this.#lists;
    const list = lists.of(key);
    this.#sketch.add(key);
    if (list === WINDOW || list === PROTECTED) lists.push(list, key);
    else if (list === PROBATION) this.#promote(key);
    else this.#insert(key);
    const hit = list >= 0;
    if (this.#climbs) this.#observe(hit);
    return hit;
  }

  #promote(key: number): void {
    const lists = this.#lists;
    lists.push(PROTECTED, key);
    if (lists.sizes[PROTECTED]! > 0.8 * (this.capacity - this.#window)) lists.push(PROBATION, lists.last(PROTECTED));
  }

  #insert(key: number): void {
    const lists = this.#lists;
    lists.push(WINDOW, key);
    if (lists.sizes[WINDOW]! > this.#window) {
      const candidate = lists.last(WINDOW);
      if (this.#size <= this.capacity) return lists.push(PROBATION, candidate);
      const victim = lists.sizes[PROBATION]! > 0 ? lists.last(PROBATION) : lists.last(PROTECTED);
      if (victim < 0) return lists.take(candidate);
      if (this.#sketch.estimate(candidate) <= this.#sketch.estimate(victim)) return lists.take(candidate);
      lists.take(victim);
      lists.push(PROBATION, candidate);
    } else if (this.#size > this.capacity) {
      lists.take(lists.sizes[PROBATION]! > 0 ? lists.last(PROBATION) : lists.last(PROTECTED));
    }
  }

  get #size(): number {
    const { sizes } = this.#lists;
    return sizes[WINDOW]! + sizes[PROBATION]! + sizes[PROTECTED]!;
  }

  #observe(hit: boolean): void {
    if (hit) this.#hits++;
    if (++this.#requests < 10 * this.capacity) return;
    const ratio = this.#hits / this.#requests;
    const change = ratio - this.#lastRatio;
    const amount = change >= 0 ? this.#step : -this.#step;
    this.#step = Math.abs(change) >= 0.05 ? 0.0625 * this.capacity * Math.sign(amount) : 0.98 * amount;
    this.#lastRatio = ratio;
    this.#hits = this.#requests = 0;
    const most = Math.max(1, this.capacity - 1);
    this.#window = Math.min(most, Math.max(1, Math.round(this.#window + amount)));
    while (this.#lists.sizes[WINDOW]! > this.#window) this.#lists.push(PROBATION, this.#lists.last(WINDOW));
    this.#shrinkMain();
  }

  #shrinkMain(): void {
    const lists = this.#lists;
    while (lists.sizes[PROTECTED]! > 0.8 * (this.capacity - this.#window)) lists.push(PROBATION, lists.last(PROTECTED));
    // What the main part has to give up goes on in the window.
    while (
      lists.sizes[PROBATION]! > 0 &&
      lists.sizes[PROBATION]! + lists.sizes[PROTECTED]! > this.capacity - this.#window
    ) {
      lists.push(WINDOW, lists.last(PROBATION));
    }
  }
}
