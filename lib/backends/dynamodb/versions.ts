import type { BackendCall, Wire } from '../../contracts/backend.js';
import type { Versioned, VersionedStore } from '../../contracts/versions.js';
import type { Generations } from '../../util/generations.js';
import { absent, unchanged } from './conditions.js';
import { itemKey, type Items } from './items.js';
import type { Reads } from './reads.js';
import { REFUSED, type Table } from './table.js';

/** A state of a key. Every write gives its item a version that no other has. */
interface Version {
  readonly generation: string;
  readonly version: string | undefined;
}

/** Compare-and-set by conditional writes: exact, whatever was written in between. */
export class DynamoVersions implements VersionedStore {
  readonly #table: Table;
  readonly #items: Items;
  readonly #reads: Reads;
  readonly #generations: Generations;

  constructor(table: Table, items: Items, reads: Reads, generations: Generations) {
    this.#table = table;
    this.#items = items;
    this.#reads = reads;
    this.#generations = generations;
  }

  read(key: string, { namespace, wire, signal }: BackendCall): Promise<Versioned> {
    return this.#generations.within(namespace, async (generation) => {
      const item = await this.#reads.get(itemKey(key, generation), signal);
      const version: Version = { generation, version: item?.['version']?.S };
      return { wire: item === undefined ? undefined : this.#items.valueOf(item, wire), version };
    });
  }

  compareAndSet(
    key: string,
    was: Version,
    wire: Wire,
    ttlMs: number | undefined,
    { namespace, signal }: BackendCall,
  ): Promise<{ readonly version: Version } | undefined> {
    return this.#generations.within(namespace, async (generation) => {
      // The namespace was cleared since: then the entry that was read is gone.
      if (generation !== was.generation) return undefined;
      const Item = this.#items.entry(itemKey(key, generation), wire, this.#items.lifetime(ttlMs));
      const condition = was.version === undefined ? absent(this.#table.store.attributes.key) : unchanged(was.version);
      const answer = await this.#table.askIf('PutItem', { Item, ...condition }, signal);
      return answer === REFUSED ? undefined : { version: { generation, version: Item.version.S } };
    });
  }
}
