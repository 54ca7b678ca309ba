import type { GenerationStore } from '../../util/generations.js';
import { generationKey } from '../../util/stored-key.js';
import type { Item } from './client.js';
import { absent } from './conditions.js';
import type { Items } from './items.js';
import type { Reads } from './reads.js';
import type { Sweeper } from './sweeper.js';
import { REFUSED, type Table } from './table.js';

/** Generations as items that never expire. */
export class GenerationItems implements GenerationStore {
  readonly #table: Table;
  readonly #items: Items;
  readonly #reads: Reads;
  readonly #sweeper: Sweeper;

  constructor(table: Table, items: Items, reads: Reads, sweeper: Sweeper) {
    this.#table = table;
    this.#items = items;
    this.#reads = reads;
    this.#sweeper = sweeper;
  }

  async read(namespace: string): Promise<string | undefined> {
    const item = await this.#reads.get(generationKey(namespace), undefined);
    return item === undefined ? undefined : this.#items.bytesOf(item).toString();
  }

  async create(namespace: string, generation: string): Promise<boolean> {
    const Item = this.#items.entry(generationKey(namespace), Buffer.from(generation), {});
    const input = { Item, ...absent(this.#table.store.attributes.key) };
    return (await this.#table.askIf('PutItem', input, undefined)) !== REFUSED;
  }

  async replace(namespace: string, generation: string): Promise<void> {
    const Item = this.#items.entry(generationKey(namespace), Buffer.from(generation), {});
    const input = { Item, ReturnValues: 'ALL_OLD' };
    const { Attributes } = await this.#table.ask<{ Attributes?: Item }>('PutItem', input, undefined);
    if (Attributes !== undefined) this.#sweeper.sweep(this.#items.bytesOf(Attributes).toString());
  }
}
