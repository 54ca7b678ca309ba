import type { Backend, BackendCall, BackendCapabilities, BackendContext, Wire } from '../../contracts/backend.js';
import { windowed } from '../../util/windowed.js';
import type { Item } from './client.js';
import { absent, present, presentUnless } from './conditions.js';
import { Counters } from './counters.js';
import { type DynamoDbOptions, readDynamoDbOptions } from './dynamodb-options.js';
import { Ends } from './ends.js';
import { identityOf } from './identity.js';
import { expiryOf, itemKey, Items, toBytes } from './items.js';
import { LargeValues } from './large-values.js';
import { DynamoLoadTokens } from './load-tokens.js';
import { DynamoLocks } from './locks.js';
import { Reads } from './reads.js';
import { Sweeper } from './sweeper.js';
import { REFUSED, Table } from './table.js';
import { TableGenerations } from './table-generations.js';
import { Values } from './values.js';
import { DynamoVersions } from './versions.js';

/** An item may have 400 KB; so much of it is left to the key and the other attributes. */
const MAX_ITEM_BYTES = 400 * 1024;
const BESIDE_THE_VALUE_BYTES = 4 * 1024;
/** Of a batch whose items are written one by one. The SDK has 50 sockets, and others want some too. */
const WRITES_AT_ONCE = 20;
/** Of an object that is uploaded in one piece. */
const MAX_OBJECT_BYTES = 5 * 1024 ** 3;

/**
 * Entries in a table of DynamoDB. Nothing is sent before the first command.
 * @throws ConfigError when the options are wrong
 */
export function dynamoDbBackend(options: Partial<DynamoDbOptions>, { cache }: BackendContext): Backend {
  return new DynamoDbBackend(new Table(readDynamoDbOptions(options), cache), cache);
}

class DynamoDbBackend implements Backend {
  readonly name = 'dynamodb';
  readonly capabilities: BackendCapabilities;
  readonly identity: string;
  readonly locks: DynamoLocks;
  readonly versions: DynamoVersions;
  readonly fences: DynamoLoadTokens;
  readonly #table: Table;
  readonly #items: Items;
  readonly #reads: Reads;
  readonly #values: Values;
  readonly #sweeper: Sweeper;
  readonly #generations: TableGenerations;
  readonly #counters: Counters;
  readonly #ends: Ends;

  constructor(table: Table, cache: string) {
    this.identity = identityOf(table.store);
    const maxValueBytes =
      table.store.largeValues === undefined ? MAX_ITEM_BYTES - BESIDE_THE_VALUE_BYTES : MAX_OBJECT_BYTES;
    this.capabilities = { wire: 'bytes', ttlResolutionMs: 1, shared: true, maxValueBytes, clears: 'namespace' };
    this.#table = table;
    this.#items = new Items(table.store.attributes);
    this.#reads = new Reads(table, this.#items);
    const { largeValues } = table.store;
    this.#values = new Values(table, this.#items, largeValues && new LargeValues(largeValues, cache));
    this.#sweeper = new Sweeper(table, this.#items, this.#values);
    this.#generations = new TableGenerations(table, this.#items, this.#reads, this.#sweeper);
    const { key } = table.store.attributes;
    this.#counters = new Counters(key, this.#items, this.#reads, this.#values, cache);
    this.#ends = new Ends(table, this.#items);
    this.locks = new DynamoLocks(table, this.#items);
    this.versions = new DynamoVersions(key, this.#items, this.#reads, this.#values, this.#generations);
    this.fences = new DynamoLoadTokens(table, this.#items, this.#values, this.#generations);
  }

  connect(): Promise<void> {
    return this.#table.connect();
  }

  async close(): Promise<void> {
    this.#sweeper.stop();
    this.#table.close();
    this.#values.close();
  }

  get(key: string, call: BackendCall): Promise<Wire | undefined> {
    return this.#find(key, call, (item) => this.#values.read(item, call.wire, call.signal));
  }

  multiGet(keys: readonly string[], { namespace, wire, signal }: BackendCall): Promise<(Wire | undefined)[]> {
    return this.#generations.within(namespace, signal, async (generation) => {
      const stored = keys.map((key) => itemKey(key, generation));
      const found = await this.#reads.getMany(stored, signal);
      const values = stored.map((key) => {
        const item = found.get(key);
        return item === undefined ? undefined : this.#values.read(item, wire, signal);
      });
      return Promise.all(values);
    });
  }

  async set(key: string, wire: Wire, ttlMs: number | undefined, call: BackendCall): Promise<void> {
    await this.#on(key, call, (stored) => this.#values.put(stored, wire, this.#items.lifetime(ttlMs), {}, call.signal));
  }

  async multiSet(
    entries: readonly (readonly [string, Wire])[],
    ttlMs: number | undefined,
    call: BackendCall,
  ): Promise<void> {
    const { namespace, signal } = call;
    const last = new Map(entries);
    await this.#generations.within(namespace, signal, (generation): Promise<unknown> => {
      const lifetime = this.#items.lifetime(ttlMs);
      if (this.#values.oneByOne) {
        return windowed([...last], WRITES_AT_ONCE, ([key, wire]) =>
          this.#values.put(itemKey(key, generation), wire, lifetime, {}, signal),
        );
      }
      const writes = [...last].map(([key, wire]) => ({
        PutRequest: { Item: this.#items.entry(itemKey(key, generation), toBytes(wire), lifetime) },
      }));
      return this.#table.writeMany(writes, signal);
    });
  }

  add(key: string, wire: Wire, ttlMs: number | undefined, call: BackendCall): Promise<boolean> {
    return this.#on(key, call, async (stored) => {
      const condition = absent(this.#table.store.attributes.key);
      return (await this.#values.put(stored, wire, this.#items.lifetime(ttlMs), condition, call.signal)) !== REFUSED;
    });
  }

  delete(keys: readonly string[], { namespace, signal }: BackendCall): Promise<number> {
    return this.#generations.within(namespace, signal, async (generation) => {
      const stored = [...new Set(keys)].map((key) => itemKey(key, generation));
      if (stored.length === 1) return this.#deleteOne(stored[0]!, signal);
      const found = await this.#reads.getMany(stored, signal);
      await this.#table.writeMany(
        stored.map((key) => ({ DeleteRequest: { Key: this.#items.key(key) } })),
        signal,
      );
      this.#values.forget(...found.values());
      return found.size;
    });
  }

  exists(key: string, call: BackendCall): Promise<boolean> {
    return this.#find(key, call, () => true).then((found) => found === true);
  }

  increment(key: string, delta: number, ttlMs: number | undefined, call: BackendCall): Promise<number> {
    return this.#on(key, call, (stored) => this.#counters.increment(stored, delta, ttlMs, call.signal));
  }

  expire(key: string, ttlMs: number | undefined, call: BackendCall): Promise<boolean> {
    const condition = present(this.#table.store.attributes.key);
    return this.#on(key, call, (stored) => this.#ends.set(stored, ttlMs, condition, call.signal));
  }

  async expireUnless(
    key: string,
    ttlMs: number | undefined,
    beginning: string,
    call: BackendCall,
  ): Promise<boolean | undefined> {
    const condition = presentUnless(this.#table.store.attributes, beginning);
    const done = await this.#on(key, call, (stored) => this.#ends.set(stored, ttlMs, condition, call.signal));
    return done || undefined;
  }

  ttl(key: string, call: BackendCall): Promise<number | null | undefined> {
    return this.#find(key, call, (item) => {
      const expiresAt = expiryOf(item);
      return expiresAt === Infinity ? null : Math.max(1, expiresAt - Date.now());
    });
  }

  /** Of a namespace: a new generation, in one write. Of everything: item by item. */
  clear(prefix: string, { signal }: BackendCall): Promise<void> {
    return prefix === '' ? this.#sweeper.deleteAll(signal) : this.#generations.renew(prefix);
  }

  /** `raw('GetItem', input)`: an operation of the SDK; the table's name is filled in. */
  raw(operation: string, [input = {}]: readonly unknown[], { signal }: BackendCall): Promise<unknown> {
    return this.#table.raw(operation, input as object, signal);
  }

  async #deleteOne(stored: string, signal: AbortSignal | undefined): Promise<number> {
    const input = { Key: this.#items.key(stored), ReturnValues: 'ALL_OLD' };
    const { Attributes } = await this.#table.ask<{ Attributes?: Item }>('DeleteItem', input, signal);
    this.#values.forget(Attributes);
    return this.#items.alive(Attributes) === undefined ? 0 : 1;
  }

  #find<T>(
    key: string,
    { namespace, signal }: BackendCall,
    answer: (item: Item) => T | Promise<T>,
  ): Promise<T | undefined> {
    return this.#generations.within(namespace, signal, async (generation) => {
      const item = await this.#reads.get(itemKey(key, generation), signal);
      return item === undefined ? undefined : answer(item);
    });
  }

  #on<T>(key: string, { namespace, signal }: BackendCall, run: (stored: string) => Promise<T>): Promise<T> {
    return this.#generations.within(namespace, signal, (generation) => {
      this.#reads.flush();
      return run(itemKey(key, generation));
    });
  }
}
