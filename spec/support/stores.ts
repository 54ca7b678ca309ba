import type { CacheConfig } from 'cachewright';
import { DynamoDbServer } from './dynamodb-server.js';
import { MemcachedServer } from './memcached-server.js';
import { RedisCluster } from './redis-cluster.js';
import { RedisServer } from './redis-server.js';

/** A kind of store that specs can run against. */
export interface Store {
  readonly name: string;
  start(): Promise<void>;
  dispose(): Promise<void>;
  /** Plain data, so that it can be handed to another process. */
  config(): CacheConfig;
}

/** Every shared store there is: one more backend is one more line. */
export function sharedStores(): readonly Store[] {
  return [
    store('redis', new RedisServer(), (server) => ({ backend: 'redis', url: server.url })),
    store('redis cluster', new RedisCluster(), (cluster) => ({ backend: 'redis', cluster: cluster.addresses })),
    store('memcached', new MemcachedServer(), (server) => ({ backend: 'memcached', url: server.url })),
    store('dynamodb', new DynamoDbServer(), (server) => server.table('stores')),
  ];
}

export function memoryStore(): Store {
  const nothing = { start: () => Promise.resolve(), dispose: () => Promise.resolve() };
  return store('memory', nothing, () => ({ backend: 'memory', serializer: 'json' }));
}

interface Server {
  start(): Promise<void>;
  dispose(): Promise<void>;
}

function store<S extends Server>(name: string, server: S, config: (server: S) => CacheConfig): Store {
  return {
    name,
    start: () => server.start(),
    dispose: () => server.dispose(),
    config: () => config(server),
  };
}
