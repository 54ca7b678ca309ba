import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createCache, withLock, type Cache, type CacheConfig } from 'cachewright';
import { makeCertificates } from '../support/certificates.js';
import { caught } from '../support/caught.js';
import { eventually } from '../support/eventually.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { useRedisCluster } from '../support/redis-cluster.js';
import { useRedisSentinels } from '../support/redis-sentinels.js';

/** One server with TLS: redis-login.spec.ts. */
describe('redis over TLS with a private authority', () => {
  const directory = mkdtempSync(join(tmpdir(), 'spec-tls-'));
  const certificates = makeCertificates(directory);
  const tls = { ca: certificates.ca };
  after(() => rmSync(directory, { recursive: true }));
  forbidUnhandledRejections();
  const opened: Cache[] = [];
  const open = (config: CacheConfig): Cache => {
    const cache = createCache(config);
    opened.push(cache);
    return cache;
  };
  afterEach(() => Promise.all(opened.splice(0).map((cache) => cache.close())));

  async function works(config: () => CacheConfig): Promise<void> {
    const cache = open(config());
    await cache.multiSet({ a: 1, b: 2, c: 3 });
    expect(await cache.multiGet(['a', 'b', 'c'])).to.deep.equal([1, 2, 3]);
    expect(await cache.getOrSet('d', () => 4, { lease: '1s' })).to.equal(4);
    // Waits for a lock on a connection of its own, which listens.
    const held = withLock(cache, 'l', { lease: '10s' }, () => Promise.resolve(1));
    expect(await Promise.all([held, withLock(open(config()), 'l', { lease: '10s' }, () => 2)])).to.deep.equal([1, 2]);
  }

  /** Nobody but an authority of the machine's would be believed. */
  async function isRefused(config: CacheConfig): Promise<void> {
    const error = await caught(open(config).get('a'));
    expect(error).to.have.property('code', 'ERR_CACHE_BACKEND_UNAVAILABLE');
  }

  describe('in a cluster', () => {
    const cluster = useRedisCluster({ tls: certificates });
    const config = () => ({ backend: 'redis', cluster: cluster.addresses, tls, namespace: 'n' }) as const;

    it('talks to all of its nodes', () => works(config));

    it('trusts no other authority', () => isRefused({ ...config(), tls: true }));
  });

  // As managed clusters do it: nodes are known by their names, and have no certificate for anything else.
  describe('in a cluster of names', () => {
    const directory = mkdtempSync(join(tmpdir(), 'spec-tls-'));
    const named = makeCertificates(directory, ['DNS:localhost']);
    after(() => rmSync(directory, { recursive: true }));
    const announced = '--cluster-announce-hostname localhost --cluster-preferred-endpoint-type hostname';
    const cluster = useRedisCluster({ tls: named, args: announced.split(' ') });

    it('talks to all of its nodes', () =>
      works(() => ({
        backend: 'redis',
        cluster: cluster.addresses.map(({ port }) => `localhost:${port}`),
        tls: { ca: named.ca },
        namespace: 'n',
      })));
  });

  describe('behind sentinels', () => {
    const sentinels = useRedisSentinels(certificates);
    const place = () => ({ backend: 'redis', sentinels: sentinels.addresses, name: sentinels.name }) as const;
    const config = () => ({ ...place(), tls, namespace: 'n', budget: '100ms' }) as const;

    it('talks to the sentinels and to the master', () => works(config));

    it('trusts no other authority', () => isRefused({ ...config(), tls: true }));

    it('does not speak plainly to sentinels, unless it is told to', () =>
      isRefused({ ...config(), sentinelTls: false }));

    it('follows a failover', async function () {
      this.timeout(30_000);
      const cache = open(config());
      await cache.set('k', 0);
      await eventually(() => sentinels.ask('failover', sentinels.name), 20_000);
      await eventually(async () => {
        await cache.set('k', 1);
        expect(await sentinels.replica.client().get('n:k')).to.equal('1');
        expect(await sentinels.replica.client().info('replication')).to.include('role:master');
      }, 20_000);
    });
  });
});
