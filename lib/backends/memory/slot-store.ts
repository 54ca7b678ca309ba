import type { NearEntry } from '../../contracts/near.js';
import type { Clock } from '../../util/clock.js';
import { Entry } from './entry.js';
import { NO_SLOT, type EntryStore } from './entry-store.js';
import { FIRST_SLOT, type EvictionPolicy } from './eviction/eviction-policy.js';
import { Expiry } from './expiry/expiry.js';
import { Namespaces } from './namespaces.js';
import type { EvictionCause, Removals } from './removals.js';

const FIRST_RESERVE = 64;

/** Expired entries that are removed at most before one that has not expired has to make room. */
const SWEPT_AT_ONCE = 16;

export interface Bounds {
  readonly maxEntries: number;
  /** `undefined` = only `maxEntries` counts, and nothing is ever weighed. */
  readonly maxBytes: number | undefined;
  /** Bytes of an entry. */
  readonly weigh: (key: string, value: unknown) => number;
}

/**
 * Entries in arrays, by slot, so that one costs no object: 1,000,000 objects are work for every garbage collection. What
 * only some caches need (expiry, weights, entries held on to) has an array once it is first needed.
 */
export class SlotStore implements EntryStore {
  readonly #bounds: Bounds;
  readonly #policy: EvictionPolicy;
  readonly #removals: Removals;
  readonly #clock: Clock;
  readonly #namespaces = new Namespaces();
  #slots = new Map<string, number>();
  #keys: string[] = ['', ''];
  #values: unknown[] = [undefined, undefined];
  #free: number[] = [];
  #entries: (Entry | undefined)[] | undefined;
  #expiry: Expiry | undefined;
  #weights: Float64Array | undefined;
  #reserved = FIRST_SLOT;
  #used = FIRST_SLOT;
  #bytes = 0;

  constructor(bounds: Bounds, policy: EvictionPolicy, removals: Removals, clock: Clock) {
    this.#bounds = bounds;
    this.#policy = policy;
    this.#removals = removals;
    this.#clock = clock;
    if (bounds.maxBytes !== undefined) this.#weights = new Float64Array(FIRST_SLOT);
  }

  get size(): number {
    return this.#slots.size;
  }

  get weight(): number | undefined {
    return this.#weights === undefined ? undefined : this.#bytes;
  }

  get bytes(): number {
    if (this.#weights !== undefined) return this.#bytes;
    let bytes = 0;
    for (const [key, slot] of this.#slots) bytes += this.#bounds.weigh(key, this.#values[slot]);
    return bytes;
  }

  get evictions(): Readonly<Record<EvictionCause, number>> {
    return this.#removals.counts;
  }

  get coldShare(): number | undefined {
    return this.#policy.coldShare;
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
    return this.#expiry === undefined ? Infinity : this.#expiry.of(slot);
  }

  entryOf(slot: number): NearEntry {
    if (this.#entries === undefined) {
      this.#entries = [];
      this.#entries.length = this.#reserved;
    }
    return (this.#entries[slot] ??= new Entry(slot, this.#values[slot], this.expiryOf(slot)));
  }

  use(slot: number): void {
    this.#policy.used(slot);
  }

  touch(entry: NearEntry): void {
    if (entry.expiresAt !== -Infinity) this.#policy.used((entry as Entry).slot);
  }

  put(key: string, value: unknown, expiresAt: number, namespace: string): void {
    const weight = this.#weights === undefined ? 0 : this.#bounds.weigh(key, value);
    const known = this.find(key);
    if (weight > (this.#bounds.maxBytes ?? weight)) {
      if (known !== NO_SLOT) this.remove(known);
      this.#removals.note(key, value, 'refused');
    } else if (known !== NO_SLOT) {
      this.#change(known, value, expiresAt, weight);
    } else if (this.#comesIn(key, weight)) {
      this.#makeRoom(1, weight);
      this.#insert(key, value, expiresAt, weight, namespace);
    } else {
      this.#policy.refused(key);
      this.#removals.note(key, value, 'refused');
    }
  }

  expire(slot: number, expiresAt: number): void {
    const entry = this.#entries?.[slot];
    if (entry !== undefined) entry.expiresAt = expiresAt;
    if (this.#expiry === undefined) {
      if (expiresAt === Infinity) return;
      this.#expiry = new Expiry(this.#clock, (due) => this.expired(due));
      this.#expiry.reserve(this.#reserved);
    }
    this.#expiry.set(slot, expiresAt);
  }

  remove(slot: number): void {
    this.#policy.removed(slot);
    this.#forget(slot);
  }

  expired(slot: number): void {
    this.#removals.note(this.#keys[slot]!, this.#values[slot], 'expired');
    this.remove(slot);
  }

  stop(): void {
    this.#expiry?.stop();
  }

  clear(prefix: string): void {
    if (this.#namespaces.allWithin(prefix)) return this.#clearAll();
    for (const [slots, certain] of this.#namespaces.candidates(prefix, this.#slots)) {
      for (const slot of slots) if (certain || this.#keys[slot]!.startsWith(prefix)) this.remove(slot);
    }
  }

  keys(): Iterable<string> {
    return this.#slots.keys();
  }

  #insert(key: string, value: unknown, expiresAt: number, weight: number, namespace: string): void {
    const slot = this.#free.pop() ?? this.#newSlot();
    this.#slots.set(key, slot);
    this.#keys[slot] = key;
    this.#values[slot] = value;
    if (expiresAt !== Infinity) this.expire(slot, expiresAt);
    if (this.#weights !== undefined) this.#weights[slot] = weight;
    this.#bytes += weight;
    this.#namespaces.added(slot, namespace, this.#slots);
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
      this.#reserve(Math.min(Math.max(FIRST_RESERVE, 2 * this.#reserved), this.#bounds.maxEntries + FIRST_SLOT));
    }
    return slot;
  }

  #reserve(slots: number): void {
    this.#reserved = slots;
    this.#policy.reserve(slots);
    this.#namespaces.reserve(slots);
    this.#expiry?.reserve(slots);
    // Pushing would take half as much again.
    this.#keys.length = slots;
    this.#values.length = slots;
    if (this.#entries !== undefined) this.#entries.length = slots;
    if (this.#weights === undefined) return;
    const weights = new Float64Array(slots);
    weights.set(this.#weights);
    this.#weights = weights;
  }

  /** Whether a newcomer that several entries would have to go for is worth as much as they are together. */
  #comesIn(key: string, weight: number): boolean {
    if (this.#missingBytes(weight) <= 0) return true;
    this.#expiry?.sweep(SWEPT_AT_ONCE);
    let missing = this.#missingBytes(weight);
    if (missing <= 0) return true;
    let slot = this.#policy.victim();
    missing -= this.#weights![slot]!;
    if (missing <= 0) return true;
    const worth = this.#policy.worthOfNewcomer(key);
    let lost = this.#policy.worthOf(slot);
    while (missing > 0 && lost <= worth) {
      slot = this.#policy.afterwards(slot);
      if (slot === NO_SLOT) return true;
      missing -= this.#weights![slot]!;
      lost += this.#policy.worthOf(slot);
    }
    return lost <= worth;
  }

  #missingBytes(weight: number): number {
    return this.#weights === undefined ? 0 : this.#bytes + weight - this.#bounds.maxBytes!;
  }

  /** @param written what has just been written goes last */
  #makeRoom(entries: number, weight: number, written = NO_SLOT): void {
    let swept = this.#expiry === undefined;
    for (;;) {
      const tooMany = this.#slots.size + entries > this.#bounds.maxEntries;
      if (!tooMany && this.#missingBytes(weight) <= 0) return;
      if (!swept) {
        this.#expiry!.sweep(SWEPT_AT_ONCE);
        swept = true;
        continue;
      }
      if (!tooMany) this.#policy.resize(this.#slots.size);
      this.#evict(written, tooMany ? 'entries' : 'bytes');
    }
  }

  #evict(written: number, cause: EvictionCause): void {
    let victim = this.#policy.victim();
    if (victim === written) victim = this.#policy.afterwards(victim);
    if (victim === NO_SLOT) return void (this.#bytes = this.#weights![written]!); // alone: only rounding has it too heavy
    this.#removals.note(this.#keys[victim]!, this.#values[victim], cause);
    this.#policy.evicted(victim);
    this.#forget(victim);
  }

  #forget(slot: number): void {
    this.#slots.delete(this.#keys[slot]!);
    this.#keys[slot] = '';
    this.#values[slot] = undefined;
    this.#expiry?.forget(slot);
    this.#namespaces.removed(slot);
    if (this.#weights !== undefined) this.#bytes -= this.#weights[slot]!;
    this.#free.push(slot);
    const entry = this.#entries?.[slot];
    if (entry !== undefined) {
      this.#entries![slot] = undefined;
      entry.kill();
    }
    if (this.#slots.size > 0) return;
    this.#bytes = 0; // weights that are no whole numbers may have left a trace
    if (this.#reserved > FIRST_RESERVE) this.#reset();
  }

  /** All at once: what a million of them costs one by one would hold up everything else. */
  #clearAll(): void {
    for (const entry of this.#entries ?? []) entry?.kill();
    this.#slots = new Map();
    this.#bytes = 0;
    this.#reset();
  }

  /** The arrays of an empty store would keep a third of its memory. */
  #reset(): void {
    this.#keys = ['', ''];
    this.#values = [undefined, undefined];
    this.#free = [];
    this.#entries = undefined;
    if (this.#weights !== undefined) this.#weights = new Float64Array(FIRST_SLOT);
    this.#reserved = FIRST_SLOT;
    this.#used = FIRST_SLOT;
    this.#expiry?.reset();
    this.#namespaces.reset();
    this.#policy.reset();
  }
}
