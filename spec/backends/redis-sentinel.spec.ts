import { expect } from 'chai';
import { createCache } from 'cachewright';
import { backendConformance } from 'cachewright/testing';
import { redisBackend } from '#lib/backends/redis/redis.js';
import { eventually } from '../support/eventually.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { useRedisSentinels } from '../support/redis-sentinels.js';

describe('redis behind sentinels', () => {
  const sentinels = useRedisSentinels();
  forbidUnhandledRejections();

  backendConformance('backend', {
    create: (own) => redisBackend({ sentinels: sentinels.addresses, name: sentinels.name }, own),
    exclusive: true,
  });

  it('says what cannot be reached', async () => {
    const cache = createCache({ backend: 'redis', sentinels: sentinels.addresses, name: 'unknown' });
    await cache.get('k').then(
      () => expect.fail('there is no such master'),
      (error: Error) => expect(error.message).to.match(/the master unknown of 127\.0\.0\.1:\d+, .* is not available/),
    );
    await cache.close();
  });

  it('goes to the new master when the old one dies; callers do not notice', async function () {
    this.timeout(30_000);
    const cache = createCache({
      backend: 'redis',
      sentinels: sentinels.addresses,
      name: sentinels.name,
      namespace: 'n',
      budget: '100ms',
    });
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
