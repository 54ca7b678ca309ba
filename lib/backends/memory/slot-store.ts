import type { NearEntry } from '../../contracts/near.js';
import type { Clock } from '../../util/clock.js';
import { Entry } from './entry.js';
import { NO_SLOT, type EntryStore } from './entry-store.js';
import { FIRST_SLOT, type EvictionPolicy } from './eviction/eviction-policy.js';
import { estimateBytes } from './weight.js';

/** How many of those that are next to go are looked at for one that has expired anyway. */
const LOOKED_AT = 4;

const FIRST_RESERVE = 64;

export interface Bounds {
  readonly maxEntries: number;
  /** `undefined` = only `maxEntries` counts, and nothing is ever weighed. */
  readonly maxBytes: number | undefined;
}

/**
 * Entries in arrays, by slot, so that one costs no object: 1,000,000 objects are work for every garbage collection. What
 * only some caches need (expiry, weights, entries held on to) has an array once it is first needed.
 */
export class SlotStore implements EntryStore {
  readonly #maxEntries: number;
  readonly #maxBytes: number | undefined;
  readonly #policy: EvictionPolicy;
  readonly #clock: Clock;
  readonly #slots = new Map<string, number>();
  readonly #keys: string[] = ['', ''];
  readonly #values: unknown[] = [undefined, undefined];
  readonly #free: number[] = [];
  #entries: (Entry | undefined)[] | undefined;
  #expiries: Float64Array | undefined;
  #weights: Float64Array | undefined;
  #reserved = FIRST_SLOT;
  #used = FIRST_SLOT;
  #bytes = 0;

  constructor({ maxEntries, maxBytes }: Bounds, policy: EvictionPolicy, clock: Clock) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
    this.#policy = policy;
    this.#clock = clock;
    if (maxBytes !== undefined) this.#weights = new Float64Array(FIRST_SLOT);
  }

  get size(): number {
    return this.#slots.size;
  }

  get bytes(): number {
    if (this.#maxBytes !== undefined) return this.#bytes;
    let bytes = 0;
    for (const [key, slot] of this.#slots) bytes += estimateBytes(key, this.#values[slot]);
    return bytes;
  }

  find(key: string): number {
    const slot = this.#slots.get(key);
    return slot === undefined ? NO_SLOT : slot;
  }

  keyOf(slot: number): string {
    return this.#keys[slot]!;
  }

  valueOf(slot: number): unknown {
    return this.#values[slot];
  }

  expiryOf(slot: number): number {
    return this.#expiries === undefined ? Infinity : this.#expiries[slot]!;
  }

  entryOf(slot: number): NearEntry {
    const entries = (this.#entries ??= []);
    return (entries[slot] ??= new Entry(slot, this.#values[slot], this.expiryOf(slot)));
  }

  use(slot: number): void {
    this.#policy.used(slot);
  }

  touch(entry: NearEntry): void {
    if (entry.expiresAt !== -Infinity) this.#policy.used((entry as Entry).slot);
  }

  put(key: string, value: unknown, expiresAt: number): void {
    const weight = this.#maxBytes === undefined ? 0 : estimateBytes(key, value);
    const known = this.find(key);
    if (weight > (this.#maxBytes ?? weight)) {
      if (known !== NO_SLOT) this.remove(known);
    } else if (known === NO_SLOT) {
      this.#makeRoom(1, weight);
      this.#insert(key, value, expiresAt, weight);
    } else {
      this.#change(known, value, expiresAt, weight);
    }
  }

  expire(slot: number, expiresAt: number): void {
    const entry = this.#entries?.[slot];
    if (entry !== undefined) entry.expiresAt = expiresAt;
    if (this.#expiries !== undefined) this.#expiries[slot] = expiresAt;
    else if (expiresAt !== Infinity) {
      this.#expiries = new Float64Array(this.#reserved).fill(Infinity);
      this.#expiries[slot] = expiresAt;
    }
  }

  remove(slot: number): void {
    this.#policy.removed(slot);
    this.#forget(slot);
  }

  keys(): Iterable<string> {
    return this.#slots.keys();
  }

  #insert(key: string, value: unknown, expiresAt: number, weight: number): void {
    const slot = this.#free.pop() ?? this.#newSlot();
    this.#slots.set(key, slot);
    this.#keys[slot] = key;
    this.#values[slot] = value;
    if (expiresAt !== Infinity || this.#expiries !== undefined) this.expire(slot, expiresAt);
    if (this.#weights !== undefined) this.#weights[slot] = weight;
    this.#bytes += weight;
    this.#policy.added(slot, key);
  }

  #change(slot: number, value: unknown, expiresAt: number, weight: number): void {
    this.#values[slot] = value;
    const entry = this.#entries?.[slot];
    if (entry !== undefined) {
      entry.value = value;
      entry.answer = undefined;
    }
    this.expire(slot, expiresAt);
    this.#policy.used(slot);
    if (this.#weights === undefined) return;
    this.#bytes += weight - this.#weights[slot]!;
    this.#weights[slot] = weight;
    this.#makeRoom(0, 0, slot);
  }

  #newSlot(): number {
    const slot = this.#used++;
    if (slot >= this.#reserved) {
      this.#reserve(Math.min(Math.max(FIRST_RESERVE, 2 * this.#reserved), this.#maxEntries + FIRST_SLOT));
    }
    return slot;
  }

  #reserve(slots: number): void {
    this.#reserved = slots;
    this.#policy.reserve(slots);
    // Pushing would take half as much again.
    this.#keys.length = slots;
    this.#values.length = slots;
    if (this.#expiries !== undefined) this.#expiries = longer(this.#expiries, slots);
    if (this.#weights !== undefined) this.#weights = longer(this.#weights, slots);
  }

  /** @param except what has just been written goes last */
  #makeRoom(entries: number, weight: number, except = NO_SLOT): void {
    while (
      this.#slots.size + entries > this.#maxEntries ||
      (this.#maxBytes !== undefined && this.#bytes + weight > this.#maxBytes)
    ) {
      const victim = this.#nextToGo(except);
      this.#policy.evicted(victim);
      this.#forget(victim);
    }
  }

  #nextToGo(except: number): number {
    let first = this.#policy.victim();
    if (first === except) first = this.#policy.afterwards(first);
    if (this.#expiries === undefined) return first;
    let now: number | undefined;
    for (let slot = first, looked = 0; looked < LOOKED_AT && slot !== NO_SLOT; looked++) {
      const expiresAt = this.#expiries[slot]!;
      if (expiresAt !== Infinity && expiresAt <= (now ??= this.#clock.now())) return slot;
      slot = this.#policy.afterwards(slot);
    }
    return first;
  }

  #forget(slot: number): void {
    this.#slots.delete(this.#keys[slot]!);
    this.#keys[slot] = '';
    this.#values[slot] = undefined;
    if (this.#weights !== undefined) this.#bytes -= this.#weights[slot]!;
    this.#free.push(slot);
    const entry = this.#entries?.[slot];
    if (entry === undefined) return;
    this.#entries![slot] = undefined;
    entry.kill();
  }
}

function longer(array: Float64Array, length: number): Float64Array {
  const copy = new Float64Array(length);
  copy.set(array);
  return copy;
}
