import { expect } from 'chai';
import sinon from 'sinon';
import { cacheScope, createCache, MultiCached, type Cache } from 'cachewright';
import { asynchronous, faulty, type FaultyBackend } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { systemClock } from '#lib/util/clock.js';
import { context } from '../support/backend-calls.js';
import { caught } from '../support/caught.js';
import { HeldBackend, settled } from '../support/held-backend.js';
import { withFences } from '../support/memory-fences.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

describe('a batch of which a part fails', () => {
  forbidUnhandledRejections();
  let cache: Cache;
  let backend: FaultyBackend;
  afterEach(() => cache.close());

  it('leaves no failure unhandled when neither marks nor tokens can be had', async () => {
    const memory = memoryBackend({}, context);
    const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
    backend = faulty({ ...asynchronous(withFences(memory, systemClock)), capabilities });
    cache = createCache({ backend, breaker: false });
    class Prices {
      @MultiCached({ cache: () => cache, key: (id: string) => id, tags: ['t'], onCacheError: 'throw' })
      async of(ids: readonly string[]): Promise<Map<string, string>> {
        return new Map(ids.map((id) => [id, 'loaded']));
      }
    }
    backend.fail('all');
    const failed = await caught(cacheScope({ read: false }, () => new Prices().of(['k'])));
    expect(failed).to.have.property('code', 'ERR_CACHE_BACKEND');
    await settled();
  });

  /** A batch that loads these, for different times and so in a write for each, which are held. */
  async function writing(
    values: Readonly<Record<string, unknown>>,
  ): Promise<{ held: HeldBackend; prices: Promise<unknown> }> {
    const held = new HeldBackend().hold('multiSet');
    let draws = 0;
    cache = createCache({
      backend: held.backend,
      breaker: false,
      timeout: null,
      budget: null,
      random: () => (draws++ % 2 === 0 ? 0 : 0.9),
    });
    class Prices {
      @MultiCached({ cache: () => cache, key: (id: string) => id, ttl: '1h', jitter: 0.5, onCacheError: 'throw' })
      async of(ids: readonly string[]): Promise<Map<string, unknown>> {
        return new Map(ids.map((id) => [id, values[id]]));
      }
    }
    const prices = caught(new Prices().of(Object.keys(values)));
    await settled();
    return { held, prices };
  }

  it('lets an invalidation wait for what is still being written', async () => {
    const { held, prices } = await writing({ a: 'old', b: 'old' });
    expect(held.calls.filter(({ method }) => method === 'multiSet')).to.have.lengthOf(2);
    held.take('multiSet').fail(new Error('down'));
    await settled();
    const deleted = cache.multiDelete(['a', 'b']);
    await settled();
    held.releaseAll();
    await deleted;
    await prices;
    await settled();
    expect(await cache.multiGet(['a', 'b'])).to.deep.equal([undefined, undefined]);
  });

  it('lets it wait also where another part cannot be written at all', async () => {
    const { held, prices } = await writing({ a: 'old', b: 1n });
    expect(held.calls.filter(({ method }) => method === 'multiSet')).to.have.lengthOf(1);
    const deleted = cache.delete('a');
    await settled();
    held.releaseAll();
    await deleted;
    expect(await prices).to.have.property('code', 'ERR_CACHE_SERIALIZATION');
    await settled();
    expect(await cache.get('a')).to.equal(undefined);
  });

  it('of whose leases one is in vain lets an invalidation wait for what is still being written', async () => {
    const time = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
    try {
      const held = new HeldBackend().hold('multiSet');
      let fails = false;
      class Prices {
        @MultiCached({ cache: () => cache, key: (id: string) => id, ttl: '1h', lease: '5s' })
        async of(ids: readonly string[]): Promise<Map<string, string>> {
          if (fails) throw new Error('origin');
          fails = true;
          return new Map(ids.map((id) => [id, 'old']));
        }
      }
      const { locks } = held.backend;
      const real = locks!.acquire.bind(locks);
      const stub = sinon.stub(locks!, 'acquire');
      let lockOfB: string | undefined;
      stub.callsFake(async (key, owner, ms, how) => {
        if (key.endsWith('b}') && lockOfB === undefined) {
          lockOfB = key;
          await real(key, 'somebody else', 200, how);
        }
        return real(key, owner, ms, how);
      });
      cache = createCache({ backend: held.backend, breaker: false, budget: '100ms', timeout: '10s' });
      const other = createCache({ backend: held.backend, breaker: false });
      const prices = caught(new Prices().of(['a', 'b']));
      for (let turn = 0; turn < 40; turn++) {
        await time.tickAsync(50);
        await settled(1);
      }
      expect(await Promise.race([prices, Promise.resolve('pending')])).to.have.property('message', 'origin');
      const deleted = cache.delete('a');
      await settled();
      held.releaseAll();
      await deleted;
      await settled();
      expect(await other.get('a')).to.equal(undefined);
      await other.close();
      stub.restore();
    } finally {
      time.restore();
    }
  });
});
