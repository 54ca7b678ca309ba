import { expect } from 'chai';
import { createCache, type Cache } from 'cachewright';
import { backendConformance } from 'cachewright/testing';
import { redisBackend } from '#lib/backends/redis/redis.js';
import { eventually } from '../support/eventually.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { useRedisSentinels } from '../support/redis-sentinels.js';

describe('redis behind sentinels', () => {
  const sentinels = useRedisSentinels();
  forbidUnhandledRejections();

  backendConformance('backend', {
    create: (own) => redisBackend({ sentinels: sentinels.addresses, name: sentinels.name }, own),
    exclusive: true,
  });

  // In a suite of its own, so that it runs after the conformance suite: what is left of the servers is no place for that.
  describe('failover', () => {
    const open = (): Cache =>
      createCache({
        backend: 'redis',
        sentinels: sentinels.addresses,
        name: sentinels.name,
        namespace: 'n',
        budget: '100ms',
      });

    it('reaches the master where natMap says it is', async () => {
      const { port } = sentinels.master;
      const proxy = await FaultProxy.start(() => port);
      const place = { backend: 'redis', sentinels: sentinels.addresses, name: sentinels.name } as const;
      const cache = createCache({
        ...place,
        natMap: { [`127.0.0.1:${port}`]: { host: '127.0.0.1', port: proxy.port } },
        namespace: 'n',
      });
      await cache.set('mapped', 1);
      expect(proxy.accepted).to.equal(1);
      await cache.close();
      await proxy.stop();
    });

    it('says what cannot be reached', async () => {
      const cache = createCache({ backend: 'redis', sentinels: sentinels.addresses, name: 'unknown' });
      await cache.get('k').then(
        () => expect.fail('there is no such master'),
        (error: Error) => expect(error.message).to.match(/the master unknown of 127\.0\.0\.1:\d+, .* is not available/),
      );
      await cache.close();
    });

    it('follows a planned failover, there and back', async function () {
      this.timeout(60_000);
      const cache = open();
      await cache.set('k', 0);
      for (const [round, next] of [sentinels.replica, sentinels.master].entries()) {
        await eventually(() => sentinels.ask('failover', sentinels.name), 20_000);
        await eventually(async () => {
          expect(await cache.getOrSet('answer', () => 42)).to.equal(42);
          await cache.set('k', round);
          expect(await next.client().get('n:k')).to.equal(`${round}`);
          expect(await next.client().info('replication')).to.include('role:master');
        }, 20_000);
      }
      await cache.close();
    });

    it('goes to the new master when the old one dies; callers do not notice', async function () {
      this.timeout(30_000);
      const cache = open();
      await cache.set('k', 1);
      await sentinels.master.client().wait(1, 1_000);
      await sentinels.master.kill();
      await eventually(async () => {
        expect(await cache.getOrSet('answer', () => 42)).to.equal(42);
        await cache.set('k', 2);
      }, 20_000);
      expect(await sentinels.replica.client().get('n:k')).to.equal('2');
      await cache.close();
    });
  });
});
