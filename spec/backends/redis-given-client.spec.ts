import { expect } from 'chai';
import { Cluster, Redis } from 'ioredis';
import { createCache, optimistic, withLock, type Cache } from 'cachewright';
import { RedisCluster } from '../support/redis-cluster.js';
import { useRedis } from '../support/redis-server.js';

/** Everything that a client's own settings might change the answers of. */
async function tryAll(cache: Cache): Promise<void> {
  await cache.set('k', { n: 1 });
  await cache.multiSet({ a: 1, b: 2 }, { ttl: '1m' });
  expect(await Promise.all([cache.get('k'), cache.get('a'), cache.get('none')])).to.deep.equal([
    { n: 1 },
    1,
    undefined,
  ]);
  expect(await cache.multiGet(['b', 'none', 'a'])).to.deep.equal([2, undefined, 1]);
  expect(await cache.add('k', 2)).to.equal(false);
  expect(await cache.exists('k')).to.equal(true);
  expect(await cache.ttl('k')).to.equal(null);
  expect(await cache.ttl('a')).to.be.within(50_000, 60_000);
  expect(await cache.expire('k', '1m')).to.equal(true);
  expect(await cache.increment('n', 5, { serializer: 'json' })).to.equal(5);
  expect(await cache.increment('n', -7, { serializer: 'json' })).to.equal(-2);
  expect(await cache.getOrSet('loaded', () => 'x', { ttl: '1m', tags: ['t'], lease: '1s' })).to.equal('x');
  expect(await cache.getOrSet('loaded', () => 'y', { ttl: '1m' })).to.equal('x');
  await cache.invalidateTags(['t']);
  expect(await cache.get('loaded')).to.equal(undefined);
  expect(await withLock(cache, 'k', { lease: '1s' }, ({ token }) => typeof token)).to.equal('number');
  const entry = await optimistic<number>(cache, 'a');
  await entry.compareAndSet(3);
  expect(await cache.get('a')).to.equal(3);
  expect(await cache.multiDelete(['a', 'b', 'none'])).to.equal(2);
  await cache.clear();
  expect(await cache.exists('k')).to.equal(false);
}

describe('a given redis client', () => {
  const server = useRedis();
  const cluster = new RedisCluster();
  before(() => cluster.start());
  after(() => cluster.dispose());

  const settings: readonly Readonly<Record<string, number | boolean>>[] = [
    { enableAutoPipelining: true },
    { stringNumbers: true },
    { showFriendlyErrorStack: true },
    { enableOfflineQueue: false },
    { lazyConnect: true, db: 3 },
  ];
  for (const options of settings) {
    for (const serializer of ['json', 'msgpack'] as const) {
      it(`may have ${JSON.stringify(options)}, with ${serializer}`, async () => {
        const client = new Redis({ ...options, port: server.port });
        const cache = createCache({ backend: 'redis', client, namespace: 'given', serializer });
        await tryAll(cache);
        await cache.close();
        expect(client.status).to.equal('ready');
        client.disconnect();
      });
    }
  }

  const ofClusters = {
    'automatic pipelines': () => new Cluster([...cluster.addresses], { enableAutoPipelining: true }),
    'numbers as text': () => new Cluster([...cluster.addresses], { redisOptions: { stringNumbers: true } }),
  };
  for (const [name, connect] of Object.entries(ofClusters)) {
    it(`of a cluster may have ${name}`, async () => {
      const client = connect();
      const cache = createCache({ backend: 'redis', client, namespace: 'given', serializer: 'msgpack' });
      await tryAll(cache);
      await cache.close();
      client.disconnect();
    });
  }
});
