import type { GenerationStore } from '../../util/generations.js';
import { generationKey } from '../../util/stored-key.js';
import type { Item } from './client.js';
import { absentOrEmpty } from './conditions.js';
import type { Items } from './items.js';
import { Patience } from './patience.js';
import type { Reads } from './reads.js';
import type { Sweeper } from './sweeper.js';
import { REFUSED, type Table } from './table.js';

/** Generations as items that never expire. */
export class GenerationItems implements GenerationStore {
  readonly #table: Table;
  readonly #items: Items;
  readonly #reads: Reads;
  readonly #sweeper: Sweeper;
  /** Those who wait for a generation, by its namespace. */
  readonly #waiting = new Map<string, Patience>();

  constructor(table: Table, items: Items, reads: Reads, sweeper: Sweeper) {
    this.#table = table;
    this.#items = items;
    this.#reads = reads;
    this.#sweeper = sweeper;
  }

  async read(namespace: string): Promise<string | undefined> {
    const patience = new Patience();
    this.#waiting.set(namespace, patience);
    try {
      return this.#textOf(await this.#reads.get(generationKey(namespace), patience.signal));
    } finally {
      if (this.#waiting.get(namespace) === patience) this.#waiting.delete(namespace);
    }
  }

  /** One more waits for the generation that is being read. */
  join(namespace: string, signal: AbortSignal | undefined): void {
    this.#waiting.get(namespace)?.join(signal);
  }

  async create(namespace: string, generation: string): Promise<boolean> {
    const Item = this.#items.entry(generationKey(namespace), Buffer.from(generation), {});
    const input = { Item, ...absentOrEmpty(this.#table.store.attributes) };
    return (await this.#table.askIf('PutItem', input, undefined)) !== REFUSED;
  }

  async replace(namespace: string, generation: string): Promise<void> {
    const Item = this.#items.entry(generationKey(namespace), Buffer.from(generation), {});
    const input = { Item, ReturnValues: 'ALL_OLD' };
    const { Attributes } = await this.#table.ask<{ Attributes?: Item }>('PutItem', input, undefined);
    const dead = this.#textOf(Attributes);
    if (dead !== undefined) this.#sweeper.sweep(dead);
  }

  /** `undefined` = there is none: also where another `valueAttribute` was used. Every key would begin with an empty one. */
  #textOf(item: Item | undefined): string | undefined {
    return (item && this.#items.bytesOf(item).toString()) || undefined;
  }
}
