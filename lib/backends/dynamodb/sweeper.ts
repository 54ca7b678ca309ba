import { setTimeout as sleep } from 'node:timers/promises';
import type { Item } from './client.js';
import type { Items } from './items.js';
import type { Table } from './table.js';
import type { Values } from './values.js';

/** Items looked at for one step, and the pause behind it: what the sweep may cost. */
const ITEMS_PER_STEP = 250;
const PAUSE_MS = 1_000;

interface Page {
  readonly Items?: readonly Item[];
  readonly LastEvaluatedKey?: Item;
}

/** Deletes what nobody can reach any more, in the background and slowly. One sweep at a time; what is missed costs nothing but its storage. */
export class Sweeper {
  readonly #table: Table;
  readonly #items: Items;
  readonly #values: Values;
  readonly #dead: string[] = [];
  readonly #stop = new AbortController();
  #running = false;

  constructor(table: Table, items: Items, values: Values) {
    this.#values = values;
    this.#table = table;
    this.#items = items;
  }

  /** @param generation that has died */
  sweep(generation: string): void {
    this.#dead.push(generation);
    if (!this.#running) void this.#run();
  }

  /** Everything, now: for a cache without a namespace. */
  async deleteAll(signal: AbortSignal | undefined): Promise<void> {
    for await (const items of this.#pages({}, 1_000, signal)) await this.#delete(items, signal);
  }

  stop(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    this.#running = true;
    const { signal } = this.#stop;
    try {
      for (let generation = this.#dead.shift(); generation !== undefined; generation = this.#dead.shift()) {
        const filter = {
          FilterExpression: 'begins_with(#key, :dead)',
          ExpressionAttributeValues: { ':dead': { S: generation } },
        };
        for await (const items of this.#pages(filter, ITEMS_PER_STEP, signal)) {
          await this.#delete(items, signal);
          await sleep(PAUSE_MS, undefined, { signal, ref: false });
        }
      }
    } catch {
      // Nobody waits for it. What is left is out of reach, and goes with its ttl if it has one.
    } finally {
      this.#running = false;
    }
  }

  async *#pages(filter: object, limit: number, signal: AbortSignal | undefined): AsyncIterable<readonly Item[]> {
    const names = {
      ProjectionExpression: '#key, #object',
      ExpressionAttributeNames: { '#key': this.#table.store.attributes.key, '#object': 'object' },
    };
    let from: Item | undefined;
    do {
      const start = from === undefined ? {} : { ExclusiveStartKey: from };
      const input = { ...filter, ...names, ...start, Limit: limit };
      const page = await this.#table.ask<Page>('Scan', input, signal);
      yield page.Items ?? [];
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
  }

  async #delete(items: readonly Item[], signal: AbortSignal | undefined): Promise<void> {
    const writes = items.map((item) => ({ DeleteRequest: { Key: this.#items.key(this.#items.keyOf(item)) } }));
    await this.#table.writeMany(writes, signal);
    this.#values.forget(...items);
  }
}
