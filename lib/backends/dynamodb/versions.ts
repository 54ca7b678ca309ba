import type { BackendCall, Wire } from '../../contracts/backend.js';
import type { Versioned, VersionedStore } from '../../contracts/versions.js';
import { absent, unchanged } from './conditions.js';
import { itemKey, type Items } from './items.js';
import type { Reads } from './reads.js';
import { REFUSED } from './table.js';
import type { TableGenerations } from './table-generations.js';
import type { Values } from './values.js';

/** A state of a key. Every write gives its item a version that no other has. */
interface Version {
  readonly generation: string;
  readonly version: string | undefined;
}

/** Compare-and-set by conditional writes: exact, whatever was written in between. */
export class DynamoVersions implements VersionedStore {
  readonly #keyAttribute: string;
  readonly #items: Items;
  readonly #reads: Reads;
  readonly #values: Values;
  readonly #generations: TableGenerations;

  constructor(keyAttribute: string, items: Items, reads: Reads, values: Values, generations: TableGenerations) {
    this.#keyAttribute = keyAttribute;
    this.#values = values;
    this.#items = items;
    this.#reads = reads;
    this.#generations = generations;
  }

  read(key: string, { namespace, wire, signal }: BackendCall): Promise<Versioned> {
    return this.#generations.within(namespace, signal, async (generation) => {
      const item = await this.#reads.get(itemKey(key, generation), signal);
      const version: Version = { generation, version: item?.['version']?.S };
      return { wire: item === undefined ? undefined : await this.#values.read(item, wire, signal), version };
    });
  }

  compareAndSet(
    key: string,
    was: Version,
    wire: Wire,
    ttlMs: number | undefined,
    { namespace, signal }: BackendCall,
  ): Promise<{ readonly version: Version } | undefined> {
    return this.#generations.within(namespace, signal, async (generation) => {
      // The namespace was cleared since: then the entry that was read is gone.
      if (generation !== was.generation) return undefined;
      const condition = was.version === undefined ? absent(this.#keyAttribute) : unchanged(was.version);
      const lifetime = this.#items.lifetime(ttlMs);
      const version = await this.#values.put(itemKey(key, generation), wire, lifetime, condition, signal);
      return version === REFUSED ? undefined : { version: { generation, version } };
    });
  }
}
