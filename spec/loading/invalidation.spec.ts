import { AsyncLocalStorage } from 'node:async_hooks';
import { expect } from 'chai';
import sinon from 'sinon';
import { createCache, type Cache, type CacheFailure } from 'cachewright';
import { internalsOf } from '#lib/cache/internals.js';
import { fenceOf } from '#lib/command/fence.js';
import type { InvalidationPlan } from '#lib/loading/invalidation.js';
import { eventually } from '../support/eventually.js';
import { HeldBackend } from '../support/held-backend.js';

/** Invalidations as the decorators carry them out. */
describe('an invalidation by a decorated method', () => {
  let clock: sinon.SinonFakeTimers;
  let held: HeldBackend;
  let cache: Cache;
  const plan: InvalidationPlan = { namespace: undefined, budgetMs: 250, onCacheError: 'run' };

  beforeEach(async () => {
    clock = sinon.useFakeTimers();
    held = new HeldBackend();
    cache = createCache({ backend: held.backend, namespace: 'n', timeout: '1s', breaker: false });
    await cache.multiSet({ k: 'old', other: 'kept' });
  });
  afterEach(async () => {
    await cache.close();
    sinon.restore();
  });

  const { invalidate, replace } = {
    invalidate: (target: 'namespace' | { keys: string[] }, own = plan) =>
      internalsOf(cache).loading.invalidations.invalidate(target, own),
    replace: (value: unknown, own = plan) =>
      internalsOf(cache).loading.invalidations.replace('k', value, { options: {}, facts: undefined }, own),
  };

  it('deletes keys, or the namespace', async () => {
    await invalidate({ keys: ['k'] });
    expect(await cache.multiGet(['k', 'other'])).to.deep.equal([undefined, 'kept']);
    await invalidate('namespace');
    expect(await cache.exists('other')).to.equal(false);
  });

  it('costs the caller no more than the budget, and is never lost', async () => {
    held.hold('delete');
    const done = invalidate({ keys: ['k'] });
    await clock.tickAsync(251);
    await done;
    await clock.tickAsync(1_000);
    expect(cache.pendingInvalidations).to.equal(1);
    held.releaseAll();
    await clock.tickAsync(5_000);
    expect(cache.pendingInvalidations).to.equal(0);
    expect(await cache.get('k')).to.equal(undefined);
  });

  it('keeps the old value from being served, and a new one from being stored, while it is pending', async () => {
    held.hold('delete');
    void invalidate({ keys: ['k'] });
    await clock.tickAsync(1_001);
    expect(cache.pendingInvalidations).to.equal(1);
    expect(await cache.getOrSet('k', () => 'new')).to.equal('new');
    expect(await cache.getOrSet('k', () => 'newer')).to.equal('newer');
    expect(await cache.getOrSet('other', () => 'not run')).to.equal('kept');
    held.releaseAll();
    await clock.tickAsync(5_000);
    expect(await cache.getOrSet('k', () => 'stored again')).to.equal('stored again');
    expect(await cache.get('k')).to.equal('stored again');
  });

  it('is observed when it fails', async () => {
    const seen: CacheFailure[] = [];
    held.hold('delete');
    const done = invalidate({ keys: ['k'] }, { ...plan, onCacheError: (_error, failure) => void seen.push(failure) });
    await clock.tickAsync(0);
    held.take('delete').fail(new Error('down'));
    await done;
    expect(seen).to.deep.equal([{ cache, key: 'k', phase: 'invalidate' }]);
  });

  it('that replaces the value removes the old one when the new one cannot be stored', async () => {
    await replace('new');
    expect(await cache.get('k')).to.equal('new');
    await replace(1n);
    expect(await cache.get('k')).to.equal(undefined);
  });

  it('asked for twice is queued once, and closing the cache forgets it', async () => {
    held.hold('delete', 'clear');
    for (let round = 0; round < 3; round++) void invalidate({ keys: ['k', 'other'] }).catch(() => undefined);
    void invalidate('namespace');
    await clock.tickAsync(1_001);
    expect(cache.pendingInvalidations).to.equal(3);
    await cache.close();
    expect(cache.pendingInvalidations).to.equal(0);
    expect(clock.countTimers()).to.be.at.most(1);
  });

  it('that fails after the cache was closed keeps no other cache of the store from storing', async () => {
    held.hold('delete');
    void invalidate({ keys: ['k'] });
    await clock.tickAsync(1);
    await cache.close();
    held.take('delete').fail(new Error('down'));
    await clock.tickAsync(5_000);
    expect(cache.pendingInvalidations).to.equal(0);
    expect(fenceOf(held).open).to.equal(true);
  });

  it('that fails again and again does not keep others from being tried', async () => {
    held.hold('delete');
    void invalidate({ keys: ['k'] });
    await clock.tickAsync(1);
    held.take('delete').fail(new Error('refused'));
    void invalidate({ keys: ['other'] });
    await clock.tickAsync(1);
    held.take('delete').fail(new Error('down'));
    await clock.tickAsync(500);
    held.take('delete').fail(new Error('refused'));
    await clock.tickAsync(1_000);
    held.take('delete').release();
    await clock.tickAsync(1);
    held.take('delete').fail(new Error('refused'));
    await clock.tickAsync(1);
    expect(await cache.exists('k')).to.equal(true);
    expect(await cache.exists('other')).to.equal(false);
    expect(cache.pendingInvalidations).to.equal(1);
  });

  it('asked for again while an earlier one is tried once more is tried again itself', async () => {
    held.hold('delete');
    void invalidate({ keys: ['k'] });
    await clock.tickAsync(1_001);
    held.take('delete');
    await clock.tickAsync(500);
    const retried = held.take('delete');
    void invalidate({ keys: ['k'] });
    await clock.tickAsync(1);
    held.take('delete').fail(new Error('down'));
    await clock.tickAsync(1);
    retried.release();
    await clock.tickAsync(1);
    expect(cache.pendingInvalidations).to.equal(1);
    await clock.tickAsync(500);
    held.take('delete').release();
    await clock.tickAsync(1);
    expect(cache.pendingInvalidations).to.equal(0);
  });
});

it('an invalidation that failed is tried again outside of the request that asked for it', async () => {
  const held = new HeldBackend();
  const tenant = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  const spy = (): void => void seen.push(tenant.getStore());
  const cache = createCache({
    backend: held.backend,
    breaker: false,
    plugins: [{ name: 'spy', preMultiDelete: spy, preDelete: spy }],
  });
  held.hold('delete');
  const { invalidations } = internalsOf(cache).loading;
  const plan = { namespace: undefined, budgetMs: 250, onCacheError: 'run' } as const;
  const done = tenant.run('a', () => invalidations.invalidate({ keys: ['k'] }, plan));
  held.take('delete').fail(new Error('down'));
  await done;
  await eventually(() => expect(seen).to.deep.equal(['a', undefined]));
  held.releaseAll();
  await cache.close();
});
