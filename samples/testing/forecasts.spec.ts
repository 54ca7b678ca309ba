import { cachedMethod, type CacheRegistry, createRegistry, setDefaultRegistry } from 'cachewright';
import {
  countLoads,
  expectCached,
  expectLoads,
  FakeClock,
  faulty,
  recorder,
  type FaultyBackend,
} from 'cachewright/testing';
import { expect } from 'chai';
import { type Fetcher, Forecasts } from './forecasts.js';

describe('forecasts', () => {
  let registry: CacheRegistry;
  let clock: FakeClock;
  let fetched: string[];
  let forecasts: Forecasts;

  // A registry per test: no test sees what another one cached. In Nest the module of each test brings its own.
  beforeEach(() => {
    clock = new FakeClock();
    registry = createRegistry({ default: { backend: 'memory' } }, { clock });
    setDefaultRegistry(registry);
    fetched = [];
    forecasts = new Forecasts(async (city) => {
      fetched.push(city);
      return { city, celsius: fetched.length };
    });
  });

  afterEach(() => registry.close());

  describe('with a cache', () => {
    it('are fetched once', async () => {
      await forecasts.today('Bern');
      expect(await forecasts.today('Bern')).to.deep.equal({ city: 'Bern', celsius: 1 });
      expect(fetched).to.deep.equal(['Bern']);
    });

    it('are fetched again after ten minutes', async () => {
      await forecasts.today('Bern');
      clock.advance('9m');
      await forecasts.today('Bern');
      expect(fetched).to.deep.equal(['Bern']);
      clock.advance('1m');
      await forecasts.today('Bern');
      expect(fetched).to.deep.equal(['Bern', 'Bern']);
    });

    it('can be put there by the test', async () => {
      const today = cachedMethod(forecasts, 'today');
      await today.cache.set(today.key('Bern'), { city: 'Bern', celsius: -40 });
      expect(await forecasts.today('Bern')).to.have.property('celsius', -40);
      expect(fetched).to.deep.equal([]);
    });
  });

  describe('with a recorder', () => {
    it('are fetched once per city, however many ask at the same time', async () => {
      const log = recorder();
      registry.add('default', { backend: 'memory', plugins: [log] }, { replace: true });
      const fetch = countLoads<Fetcher>(async (city) => ({ city, celsius: 20 }));
      const counted = new Forecasts(fetch);
      await Promise.all(['Bern', 'Bern', 'Basel'].map((city) => counted.today(city)));
      expectLoads(fetch).toBe(2);
      expectLoads(fetch).for('Bern').toBe(1);
      expect(await expectCached(cachedMethod(counted, 'today'), 'Basel')).to.have.property('celsius', 20);
      expect(log.keys('set')).to.have.length(2);
    });
  });

  describe('with the cache switched off', () => {
    // CACHEWRIGHT_DISABLE=1 in the environment does the same for all caches of a process.
    it('are fetched each time', async () => {
      registry.disable();
      await forecasts.today('Bern');
      await forecasts.today('Bern');
      expect(fetched).to.deep.equal(['Bern', 'Bern']);
    });
  });

  describe('with a cache that fails', () => {
    let backend: FaultyBackend;

    beforeEach(() => {
      backend = faulty();
      registry.add('default', { backend, budget: '20ms' }, { replace: true });
    });

    it('are fetched all the same', async () => {
      backend.fail('all');
      expect(await forecasts.today('Bern')).to.have.property('celsius', 1);
      expect(await forecasts.today('Bern')).to.have.property('celsius', 2);
    });

    it('are cached again when it is back', async () => {
      backend.fail('set');
      await forecasts.today('Bern');
      backend.heal();
      await forecasts.today('Bern');
      await forecasts.today('Bern');
      expect(fetched).to.deep.equal(['Bern', 'Bern']);
    });

    it('wait for a cache that hangs no longer than its budget', async () => {
      backend.hang('get');
      expect(await forecasts.today('Bern')).to.have.property('celsius', 1);
      backend.heal();
    });
  });
});
