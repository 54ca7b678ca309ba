import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { Cacheable } from '@type-cacheable/core';
import { useAdapter } from '@type-cacheable/lru-cache-adapter';
import { createCache as createDedupe } from 'async-cache-dedupe';
import { createCache as createCacheManager } from 'cache-manager';
import { Cacheable as CacheableCache } from 'cacheable';
import { Cached, createCache } from 'cachewright';
import { LRUCache } from 'lru-cache';

/** A lifetime that no benchmark outlives, in ms. */
const TTL_MS = 3_600_000;

export interface Query {
  readonly text: string;
  readonly page: number;
  readonly exact: boolean;
}

export interface Item {
  readonly id: number | string;
  readonly name: string;
}

/** Something with a method to be cached. */
export interface Service {
  find(id: number): Promise<Item>;
  search(query: Query): Promise<Item>;
}

/** The database: counts how often it is asked, and answers in the next turn of the event loop if it is slow. */
export class Origin {
  loads = 0;

  constructor(private readonly slow = false) {}

  async load(id: number | string): Promise<Item> {
    this.loads++;
    if (this.slow) await new Promise((resolve) => setTimeout(resolve, 20));
    return { id, name: `item ${id}` };
  }
}

/** What a careful team writes by hand: an expiring `Map` in front of the method. */
export class HandWritten implements Service {
  readonly #entries = new Map<string, { value: Item; expiresAt: number }>();

  constructor(private readonly origin: Origin) {}

  async find(id: number): Promise<Item> {
    const key = `item:${id}`;
    const entry = this.#entries.get(key);
    if (entry !== undefined && entry.expiresAt > Date.now()) return entry.value;
    const value = await this.origin.load(id);
    this.#entries.set(key, { value, expiresAt: Date.now() + TTL_MS });
    return value;
  }

  async search(query: Query): Promise<Item> {
    const key = JSON.stringify(query);
    const entry = this.#entries.get(key);
    if (entry !== undefined && entry.expiresAt > Date.now()) return entry.value;
    const value = await this.origin.load(query.text);
    this.#entries.set(key, { value, expiresAt: Date.now() + TTL_MS });
    return value;
  }
}

/** The same with a map of loads under way: what a stampede costs at least. */
export class HandWrittenInFlight implements Service {
  readonly #entries = new Map<string, { value: Item; expiresAt: number }>();
  readonly #loads = new Map<string, Promise<Item>>();

  constructor(private readonly origin: Origin) {}

  find(id: number): Promise<Item> {
    return this.#through(`item:${id}`, id);
  }

  search(query: Query): Promise<Item> {
    return this.#through(JSON.stringify(query), query.text);
  }

  async #through(key: string, id: number | string): Promise<Item> {
    const entry = this.#entries.get(key);
    if (entry !== undefined && entry.expiresAt > Date.now()) return entry.value;
    let load = this.#loads.get(key);
    if (load === undefined) {
      load = this.origin.load(id).then((value) => {
        this.#entries.set(key, { value, expiresAt: Date.now() + TTL_MS });
        this.#loads.delete(key);
        return value;
      });
      this.#loads.set(key, load);
    }
    return load;
  }
}

const cache = createCache({ backend: 'memory', ttl: '1h' });

export class Decorated implements Service {
  constructor(private readonly origin: Origin) {}

  @Cached({ cache })
  async find(id: number): Promise<Item> {
    return this.origin.load(id);
  }

  @Cached({ cache })
  async search(query: Query): Promise<Item> {
    return this.origin.load(query.text);
  }
}

/** The same with a key of one's own, as when methods share entries. */
export class DecoratedWithKey implements Service {
  constructor(private readonly origin: Origin) {}

  @Cached({ cache, key: (id: number) => `item:${id}` })
  async find(id: number): Promise<Item> {
    return this.origin.load(id);
  }

  @Cached({ cache, key: (query: Query) => JSON.stringify(query) })
  async search(query: Query): Promise<Item> {
    return this.origin.load(query.text);
  }
}

class WithCacheManager implements Service {
  readonly #cache = createCacheManager({ ttl: TTL_MS });

  constructor(private readonly origin: Origin) {}

  find(id: number): Promise<Item> {
    return this.#cache.wrap(`item:${id}`, () => this.origin.load(id));
  }

  search(query: Query): Promise<Item> {
    return this.#cache.wrap(JSON.stringify(query), () => this.origin.load(query.text));
  }
}

class WithBentoCache implements Service {
  readonly #cache = new BentoCache({
    default: 'memory',
    stores: { memory: bentostore().useL1Layer(memoryDriver({ maxItems: 100_000 })) },
  });

  constructor(private readonly origin: Origin) {}

  find(id: number): Promise<Item> {
    return this.#cache.getOrSet({ key: `item:${id}`, ttl: TTL_MS, factory: () => this.origin.load(id) });
  }

  search(query: Query): Promise<Item> {
    return this.#cache.getOrSet({
      key: JSON.stringify(query),
      ttl: TTL_MS,
      factory: () => this.origin.load(query.text),
    });
  }
}

const adapter = useAdapter(new LRUCache<string, object>({ max: 100_000, ttl: TTL_MS }) as never);

class WithTypeCacheable implements Service {
  constructor(private readonly origin: Origin) {}

  @Cacheable({ client: adapter, cacheKey: (args: unknown[]) => `item:${String(args[0])}` })
  async find(id: number): Promise<Item> {
    return this.origin.load(id);
  }

  @Cacheable({ client: adapter })
  async search(query: Query): Promise<Item> {
    return this.origin.load(query.text);
  }
}

class WithAsyncCacheDedupe implements Service {
  readonly #cache: Service;

  constructor(origin: Origin) {
    this.#cache = createDedupe({ ttl: TTL_MS / 1_000, storage: { type: 'memory', options: { size: 100_000 } } })
      .define('find', (id: number) => origin.load(id))
      .define('search', (query: Query) => origin.load(query.text)) as unknown as Service;
  }

  find(id: number): Promise<Item> {
    return this.#cache.find(id);
  }

  search(query: Query): Promise<Item> {
    return this.#cache.search(query);
  }
}

class WithCacheable implements Service {
  readonly #cache = new CacheableCache({ ttl: TTL_MS });

  constructor(private readonly origin: Origin) {}

  async find(id: number): Promise<Item> {
    return (await this.#cache.getOrSet(`item:${id}`, () => this.origin.load(id)))!;
  }

  async search(query: Query): Promise<Item> {
    return (await this.#cache.getOrSet(JSON.stringify(query), () => this.origin.load(query.text)))!;
  }
}

/** By the name they have in the tables. */
export const OURS = { cachewright: Decorated, 'cachewright, own key': DecoratedWithKey };
export const PEERS = {
  'type-cacheable 14': WithTypeCacheable,
  'async-cache-dedupe 3': WithAsyncCacheDedupe,
  'cache-manager 7': WithCacheManager,
  'BentoCache 1': WithBentoCache,
  'cacheable 2': WithCacheable,
};
