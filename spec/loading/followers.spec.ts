import { expect } from 'chai';
import sinon from 'sinon';
import { createCache, MultiCached, type Cache } from 'cachewright';
import { asynchronous, FakeClock, faulty } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { systemClock } from '#lib/util/clock.js';
import { context } from '../support/backend-calls.js';
import { caught } from '../support/caught.js';
import { type Deferred, deferred } from '../support/deferred.js';
import { settled } from '../support/held-backend.js';
import { withFences } from '../support/memory-fences.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

describe('a load that ends as another one does', () => {
  forbidUnhandledRejections();
  let time: sinon.SinonFakeTimers;
  let cache: Cache;
  let refresh: Deferred<Map<string, string>>;

  beforeEach(() => {
    time = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
    refresh = deferred();
  });
  afterEach(async () => {
    refresh.resolve(new Map());
    time.restore();
    await cache.close();
  });

  class Prices {
    asked: (readonly string[])[] = [];
    #first = true;

    @MultiCached({ cache: () => cache, key: (id: string) => id, ttl: '1s', staleWhileRevalidate: '1s' })
    async of(ids: readonly string[]): Promise<Map<string, string>> {
      this.asked.push(ids);
      if (!this.#first) return refresh.promise;
      this.#first = false;
      return new Map(ids.map((id) => [id, 'old']));
    }
  }

  it('is joined by later calls when it loads by itself after all', async () => {
    const clock = new FakeClock();
    cache = createCache({ backend: 'memory', clock });
    const prices = new Prices();
    await prices.of(['k']);
    clock.advance(1_500);
    await prices.of(['k']);
    await settled();
    expect(prices.asked).to.have.lengthOf(2);
    clock.advance(1_000);

    let loads = 0;
    const gate = deferred<string>();
    const load = (): Promise<string> => (loads++, gate.promise);
    const first = cache.getOrSet('k', load);
    refresh.resolve(new Map());
    await settled();
    expect(loads).to.equal(1);
    const second = cache.getOrSet('k', load);
    await settled();
    gate.resolve('new');
    expect(await Promise.all([first, second])).to.deep.equal(['new', 'new']);
    expect(loads).to.equal(1);
  });

  it('is not waited for again where it waits for a refresh that hangs', async () => {
    const clock = new FakeClock();
    cache = createCache({ backend: 'memory', clock });
    const options = { ttl: '1s', staleWhileRevalidate: '1s', hardTimeout: '100ms' } as const;
    await cache.getOrSet('k', () => 'old', options);
    clock.advance(1_500);
    expect(await cache.getOrSet('k', () => new Promise<string>(() => undefined), options)).to.equal('old');
    clock.advance(1_000);
    const late = caught(cache.getOrSet('k', () => 'new', options));
    await time.tickAsync(200);
    await settled();
    expect(await late).to.have.property('code', 'ERR_CACHE_LOADER_TIMEOUT');
    const next = cache.getOrSet('k', () => 'new', options);
    next.catch(() => undefined);
    await time.tickAsync(200);
    await settled();
    expect(await next).to.equal('new');
  });

  it('does not fail as the cache did for a call that overtook the batch it belongs to', async () => {
    const memory = memoryBackend({}, context);
    const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
    const backend = faulty({ ...asynchronous(withFences(memory, systemClock)), capabilities });
    cache = createCache({ backend, breaker: false, timeout: '10s', budget: '10s' });
    backend.delay('multiGet', '1s');
    backend.fail('take');
    class Rates {
      @MultiCached({ cache: () => cache, key: (id: string) => id })
      async of(ids: readonly string[]): Promise<Map<string, string>> {
        return new Map(ids.map((id) => [id, 'loaded']));
      }
    }
    const batch = new Rates().of(['k']);
    batch.catch(() => undefined);
    await settled();
    const joined = cache.getOrSet('k', () => 'loaded');
    joined.catch(() => undefined);
    const hasty = caught(cache.getOrSet('k', () => 'loaded', { timeout: '60ms', onCacheError: 'throw' }));
    const again = new Rates().of(['k']);
    again.catch(() => undefined);
    await time.tickAsync(3_000);
    await settled();
    expect(await hasty).to.have.property('code', 'ERR_CACHE_BACKEND');
    expect(await batch).to.deep.equal(new Map([['k', 'loaded']]));
    expect(await joined).to.equal('loaded');
    expect(await again).to.deep.equal(new Map([['k', 'loaded']]));
  });
});
