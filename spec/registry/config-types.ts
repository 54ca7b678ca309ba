// Compiled, never run: what may be written in a configuration, and what may not.
import { defineBackend, type Backend } from '#lib/contracts/backend.js';
import type { Plugin } from '#lib/contracts/plugin.js';
import type { Serializer } from '#lib/contracts/serializer.js';
import { localBus } from '#lib/bus/local-bus.js';
import { createCache, createRegistry } from '#lib/registry/create.js';
import type { CacheConfig, CacheConfigs } from '#lib/registry/config.js';

declare const backend: Backend;
declare const plugin: Plugin;
declare const serializer: Serializer;
declare const text: string;
abstract class Dto {
  constructor(readonly id: string) {}
}

export function allowed(): void {
  const registry = createRegistry(
    {
      default: { backend: 'memory', maxEntries: 10_000, ttl: '5m', serializer: 'reference' },
      sessions: { backend: 'redis', url: text, ttl: null, timeout: 0, serializer: 'json', plugins: ['timing', plugin] },
      own: { backend, serializer, breaker: { after: 3, retry: '1s' } },
      made: { backend: defineBackend('sqlite', () => backend), breaker: false, isolation: 'copy' },
      line: 'redis://127.0.0.1:6379/0?ttl=30s',
      many: { backend: 'redis', cluster: ['a:1', { host: 'b' }], username: 'u' },
      watched: { backend: 'redis', sentinels: [{ host: 'a', port: 26_379 }], name: 'mymaster' },
      pages: { backend: 'memcached', servers: ['a', 'b:11211'], maxValueBytes: 5 },
      carts: { backend: 'dynamodb', table: 'carts', region: 'eu-west-1', createTable: true },
      inOneLine: 'memcached://127.0.0.1:11211?ttl=60s',
      table: 'dynamodb://carts?region=eu-west-1',
      catalog: {
        tiers: [
          { backend: 'memory', ttl: '30s', maxEntries: 1_000 },
          { backend: 'redis', url: text, ttl: '1h' },
        ],
        bus: { backend: 'redis', url: text, tracking: true },
        serializer: 'msgpack',
        timeout: '500ms',
      },
      inLines: { tiers: ['memory://?ttl=30s', 'redis://127.0.0.1:6379?ttl=1h'], bus: localBus() },
      three: {
        tiers: [
          { backend: 'memory', ttl: '30s' },
          { backend: 'redis', url: text, ttl: '5m' },
          { backend: 'dynamodb', table: 'catalog' },
        ],
      },
      mine: { tiers: [{ backend: 'memory' }, { backend }] },
      unset: { backend: 'memory', ttl: undefined, namespace: undefined },
    },
    { namespace: 'shop', dataClasses: [Dto] },
  );
  registry.get().name satisfies string;
  registry.create('sessions', { namespace: 'other', maxEntries: 5 });
  registry.add('pages', 'memory://', { replace: true });
  registry.add('pages', { backend: 'memory' });
  createCache('rediss://host');
  createCache({ backend: 'memory' });
}

export const refused: CacheConfig[] = [
  // @ts-expect-error copies are kept in this process
  { tiers: [{ backend: 'redis' }, { backend: 'redis' }] },
  // @ts-expect-error one tier is none
  { tiers: [{ backend: 'memory' }] },
  // @ts-expect-error four are too many
  { tiers: [{ backend: 'memory' }, { backend: 'redis' }, { backend: 'memcached' }, { backend: 'redis' }] },
  // @ts-expect-error the middle is shared
  { tiers: [{ backend: 'memory' }, { backend: 'memory' }, { backend: 'redis' }] },
  // @ts-expect-error references cannot be shared
  { tiers: [{ backend: 'memory' }, { backend: 'redis' }], serializer: 'reference' },
  // @ts-expect-error nobody but tiers needs a bus
  { backend: 'redis', bus: { backend: 'redis' } },
  // @ts-expect-error a Redis option on memory
  { backend: 'memory', url: 'redis://127.0.0.1' },
  // @ts-expect-error a memory option on Redis
  { backend: 'redis', maxEntries: 5 },
  // @ts-expect-error DynamoDB needs a table
  { backend: 'dynamodb' },
  // @ts-expect-error Memcached cannot keep references
  { backend: 'memcached', serializer: 'reference' },
  // @ts-expect-error one server is a list, too
  { backend: 'memcached', servers: 'a:11211' },
  // @ts-expect-error a port in a node is a number
  { backend: 'redis', cluster: [{ host: 'a', port: '6379' }] },
  // @ts-expect-error an option of a built-in backend beside one's own
  { backend, maxEntries: 5 },
  // @ts-expect-error Redis cannot keep references
  { backend: 'redis', serializer: 'reference' },
  // @ts-expect-error a backend that does not exist
  { backend: 'memroy' },
  // @ts-expect-error no backend
  { ttl: '5m' },
  // @ts-expect-error a unit that does not exist
  { backend: 'memory', ttl: '5 min' },
  // @ts-expect-error no ttl of true
  { backend: 'memory', ttl: true },
  // @ts-expect-error a breaker cannot be switched on, it is on
  { backend: 'memory', breaker: true },
  // @ts-expect-error a plugin that does not exist
  { backend: 'memory', plugins: ['timer'] },
  // @ts-expect-error an isolation that does not exist
  { backend: 'memory', isolation: 'clone' },
  // @ts-expect-error an option of a later version does nothing now
  { backend: 'memory', staleWhileRevalidate: '5m' },
  // @ts-expect-error not a backend
  { backend: { get: () => undefined } },
];

// @ts-expect-error there is always a default
export const withoutDefault: CacheConfigs = { sessions: { backend: 'memory' } };
// @ts-expect-error a scheme that does not exist
export const unknownScheme: CacheConfigs = { default: 'memcache://host' };

export function refusedCalls(): void {
  const registry = createRegistry({ default: 'memory://' });
  // @ts-expect-error no such option
  registry.create('default', { tttl: 5 });
  // @ts-expect-error a name is needed
  registry.create();
  // @ts-expect-error no such option
  registry.add('a', { backend: 'memory' }, { force: true });
  // @ts-expect-error an instance is no class
  createRegistry({ default: 'memory://' }, { dataClasses: [new Date()] });
  // @ts-expect-error no such option
  createRegistry({ default: 'memory://' }, { namespce: 'shop' });
}
