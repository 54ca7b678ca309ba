import type { Clock } from '../../util/clock.js';
import { Entry } from './entry.js';
import type { EntryStore } from './entry-store.js';
import { estimateBytes } from './weight.js';

/** How many of the least recently used are looked at for one that has expired anyway. */
const LOOKED_AT = 4;

export interface Bounds {
  readonly maxEntries: number;
  /** `undefined` = only `maxEntries` counts, and nothing is ever weighed. */
  readonly maxBytes: number | undefined;
}

/** Drops what was used least recently; before that, what has expired, if it is among the next to go. */
export class LruStore implements EntryStore<Entry> {
  readonly #entries = new Map<string, Entry>();
  /** Not an entry: `next` is the most and `previous` the least recently used one. */
  readonly #ends = new Entry('', undefined, Infinity);
  readonly #maxEntries: number;
  readonly #maxBytes: number | undefined;
  readonly #clock: Clock;
  #bytes = 0;

  constructor({ maxEntries, maxBytes }: Bounds, clock: Clock) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    if (this.#maxBytes !== undefined) return this.#bytes;
    let bytes = 0;
    for (const { key, value } of this.#entries.values()) bytes += estimateBytes(key, value);
    return bytes;
  }

  find(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  touch(entry: Entry): void {
    if (entry.previous === this.#ends || entry.expiresAt === -Infinity) return;
    entry.unlink();
    entry.linkBehind(this.#ends);
  }

  put(key: string, value: unknown, expiresAt: number): void {
    const weight = this.#maxBytes === undefined ? 0 : estimateBytes(key, value);
    const known = this.#entries.get(key);
    if (weight > (this.#maxBytes ?? weight)) {
      if (known !== undefined) this.remove(known);
      return;
    }
    if (known === undefined) {
      this.#makeRoom(1, weight);
      this.#insert(new Entry(key, value, expiresAt), weight);
      return;
    }
    known.value = value;
    known.answer = undefined;
    known.expiresAt = expiresAt;
    this.#bytes += weight - known.weight;
    known.weight = weight;
    this.touch(known);
    this.#makeRoom(0, 0);
  }

  remove(entry: Entry): void {
    this.#entries.delete(entry.key);
    this.#bytes -= entry.weight;
    entry.unlink();
    entry.kill();
  }

  entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  #insert(entry: Entry, weight: number): void {
    entry.weight = weight;
    this.#bytes += weight;
    this.#entries.set(entry.key, entry);
    entry.linkBehind(this.#ends);
  }

  #makeRoom(entries: number, weight: number): void {
    while (
      this.#entries.size + entries > this.#maxEntries ||
      (this.#maxBytes !== undefined && this.#bytes + weight > this.#maxBytes)
    ) {
      this.remove(this.#nextToGo());
    }
  }

  #nextToGo(): Entry {
    const oldest = this.#ends.previous;
    let now: number | undefined;
    for (let entry = oldest, looked = 0; looked < LOOKED_AT && entry !== this.#ends; entry = entry.previous, looked++) {
      if (entry.expiresAt === Infinity) continue;
      now ??= this.#clock.now();
      if (entry.expiresAt <= now) return entry;
    }
    return oldest;
  }
}
