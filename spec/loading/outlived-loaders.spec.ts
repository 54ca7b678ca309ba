import { AsyncLocalStorage } from 'node:async_hooks';
import { expect } from 'chai';
import { createCache, type Cache } from 'cachewright';
import { runInside, runningLoad } from '#lib/loading/reentrance.js';
import { deferred } from '../support/deferred.js';
import { HeldBackend, settled } from '../support/held-backend.js';

/** What a loader leaves behind that goes on: an interval, a consumer, a pool. */
describe('work that outlives the loader in which it began', () => {
  let cache: Cache;
  beforeEach(() => (cache = createCache({ backend: 'memory' })));
  afterEach(() => cache.close());

  it('makes the loader hold on to no load that has ended', async () => {
    let inside!: ReturnType<typeof AsyncLocalStorage.snapshot>;
    const busy = deferred<string>();
    const others = cache.getOrSet('busy', () => busy.promise);
    await cache.getOrSet('consumer', () => ((inside = AsyncLocalStorage.snapshot()), 'runs'));
    const probe = runningLoad();
    inside(() => runInside(probe, () => undefined, undefined));
    for (let index = 0; index < 10; index++) await inside(() => cache.getOrSet(`k${index}`, () => index));
    expect(probe.outer?.awaits?.size ?? 0).to.equal(0);
    busy.resolve('done');
    await others;
  });

  it('joins what that loader answered while it is being stored', async () => {
    const held = new HeldBackend().hold('set');
    cache = createCache({ backend: held.backend, breaker: false, timeout: null, budget: null });
    let inside!: ReturnType<typeof AsyncLocalStorage.snapshot>;
    let loads = 0;
    const busy = deferred<string>();
    const others = cache.getOrSet('busy', () => busy.promise);
    const load = (): number => ((inside = AsyncLocalStorage.snapshot()), ++loads);
    const first = cache.getOrSet('k', load);
    await settled();
    const second = inside(() => cache.getOrSet('k', load));
    await settled();
    held.releaseAll();
    busy.resolve('done');
    expect(await Promise.all([first, second, others])).to.deep.equal([1, 1, 'done']);
  });

  it('does not make a loader that goes on for long hold on to all it loaded', async () => {
    const one = runningLoad();
    await cache.getOrSet('long', async () => {
      runInside(one, () => undefined, undefined);
      for (let index = 0; index < 10; index++) await cache.getOrSet(`k${index}`, () => index);
      // That is the probe.
      expect(one.outer?.awaits?.size).to.equal(1);
    });
  });
});
