import { Gathering } from '../../util/gathering.js';
import type { Item } from './client.js';
import type { Items } from './items.js';
import { Patience } from './patience.js';
import type { Table } from './table.js';

interface AwaitedRead {
  readonly key: string;
  readonly signal: AbortSignal | undefined;
  resolve(item: Item | undefined): void;
  reject(error: unknown): void;
}

/** Single reads of one turn of the event loop travel together; a lone one by itself. All are consistent. */
export class Reads {
  readonly #gathering = new Gathering<AwaitedRead>((reads) => void this.#send(reads));
  readonly #table: Table;
  readonly #items: Items;

  constructor(table: Table, items: Items) {
    this.#table = table;
    this.#items = items;
  }

  /** The item under a key, unless it has expired. */
  get(key: string, signal: AbortSignal | undefined): Promise<Item | undefined> {
    return new Promise((resolve, reject) => this.#gathering.add({ key, signal, resolve, reject }));
  }

  /** By key; what is not there is left out. */
  async getMany(keys: readonly string[], signal: AbortSignal | undefined): Promise<ReadonlyMap<string, Item>> {
    const found = await this.#table.getMany([...new Set(keys)], signal);
    const alive = found.filter((item) => this.#items.alive(item) !== undefined);
    return new Map(alive.map((item) => [this.#items.keyOf(item), item]));
  }

  /** What is asked for later must not overtake these. */
  flush(): void {
    this.#gathering.flush();
  }

  async #send(reads: readonly AwaitedRead[]): Promise<void> {
    const signal = whenAllAbort(reads.map((read) => read.signal));
    try {
      const first = reads[0]!.key;
      if (reads.every(({ key }) => key === first)) {
        const input = { Key: this.#items.key(first), ConsistentRead: true };
        const { Item } = await this.#table.ask<{ Item?: Item }>('GetItem', input, signal);
        for (const { resolve } of reads) resolve(this.#items.alive(Item));
        return;
      }
      const found = await this.getMany(
        reads.map(({ key }) => key),
        signal,
      );
      for (const { key, resolve } of reads) resolve(found.get(key));
    } catch (error) {
      for (const { reject } of reads) reject(error);
    }
  }
}

/** A request is given up when none of those who asked waits any more. */
function whenAllAbort(signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  if (signals.length === 1) return signals[0];
  const patience = new Patience();
  for (const signal of signals) patience.join(signal);
  return patience.signal;
}
