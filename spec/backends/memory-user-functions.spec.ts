import { expect } from 'chai';
import { createCache, type Cache } from '#lib/index.js';
import { RedisServer } from '../support/redis-server.js';

/** Each way to store a value together with what is known of it. */
const FRAMING = {
  'an entry with tags': { tags: ['t'] },
  'an entry that may be answered when stale': { ttl: '1h', staleIfError: '1h' },
} as const;

describe('functions given to the memory backend', () => {
  for (const [what, options] of Object.entries(FRAMING)) {
    it(`get the value of ${what}, and nothing else`, async () => {
      const weighed: unknown[] = [];
      const evicted: unknown[] = [];
      const cache = createCache({
        backend: 'memory',
        maxEntries: 1,
        maxBytes: 1_000,
        policy: 'lru',
        weigh(_key, value) {
          weighed.push(value);
          return (value as string).length;
        },
        onEviction: ({ value }) => void evicted.push(value),
      });
      expect(await cache.getOrSet('k', () => 'value', options)).to.equal('value');
      expect(await cache.raw('peek', 'k')).to.equal('value');
      expect(await cache.raw('bytes')).to.equal(5);
      await cache.set('other', 'x');
      await Promise.resolve();
      expect(weighed).to.deep.equal(['value', 'x']);
      expect(evicted).to.deep.equal(['value']);
    });
  }

  describe('with a weigh that throws', () => {
    const weigh = (): number => {
      throw new TypeError('on purpose');
    };
    const isNamed = async (call: Promise<unknown>): Promise<void> => {
      const error = (await call.then(
        () => undefined,
        (reason: unknown) => reason,
      )) as { code?: string; message?: string; cause?: Error } | undefined;
      expect(error?.code).to.equal('ERR_CACHE_CONFIG');
      expect(error?.message).to.match(/^weigh /);
      expect(error?.cause?.message).to.equal('on purpose');
    };

    it('name it in every call that stores', async () => {
      const cache = createCache({ backend: 'memory', maxBytes: 1_000, weigh });
      await isNamed(cache.set('k', 1));
      await isNamed(cache.add('k', 1));
      await isNamed(cache.multiSet({ k: 1 }));
      await isNamed(cache.increment('k'));
      await isNamed(cache.getOrSet('k', () => 1));
    });

    describe('of a near tier', () => {
      const server = new RedisServer();
      let cache: Cache;
      before(() => server.start());
      after(() => server.stop());
      afterEach(() => cache.close());

      it('name it when a load is copied; reads just have no copy', async () => {
        cache = createCache({
          namespace: 'near',
          tiers: [
            { backend: 'memory', maxBytes: 1_000, weigh },
            { backend: 'redis', url: server.url },
          ],
        });
        await isNamed(cache.getOrSet('k', () => 1, { ttl: '1h', staleIfError: '1h' }));
        expect(await cache.get('k')).to.equal(1);
        expect(await cache.multiGet(['k'])).to.deep.equal([1]);
      });
    });
  });
});
