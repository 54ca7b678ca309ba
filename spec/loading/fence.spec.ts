import { expect } from 'chai';
import { createCache, isCacheError, optimistic, type Cache } from 'cachewright';
import { caught } from '../support/caught.js';
import { HeldBackend, settled } from '../support/held-backend.js';
import { deferred } from '../support/deferred.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

type Invalidate = (cache: Cache) => Promise<unknown>;

const invalidations: Record<string, Invalidate> = {
  delete: (cache) => cache.delete('k'),
  multiDelete: (cache) => cache.multiDelete(['other', 'k']),
  clear: (cache) => cache.clear(),
  set: (cache) => cache.set('k', 'set'),
  multiSet: (cache) => cache.multiSet({ k: 'set' }),
  add: (cache) => cache.add('k', 'set'),
  increment: (cache) => cache.increment('k'),
  expire: (cache) => cache.expire('k', '1h'),
};

describe('the fence: a load that began before an invalidation', () => {
  forbidUnhandledRejections();

  for (const [name, invalidate] of Object.entries(invalidations)) {
    for (const kind of ['memory', 'later'] as const) {
      const make = (): Cache =>
        createCache({ backend: kind === 'memory' ? 'memory' : new HeldBackend().backend, namespace: 'n' });

      it(`is not stored after ${name} (${kind})`, async () => {
        const cache = make();
        const load = deferred<string>();
        const call = cache.getOrSet('k', () => load.promise);
        await settled();
        await invalidate(cache);
        const after = await cache.get('k');
        load.resolve('outdated');
        expect(await call).to.equal('outdated');
        await settled();
        expect(await cache.get('k'))
          .to.deep.equal(after)
          .and.not.equal('outdated');
      });

      it(`is not joined by calls that start after ${name} (${kind})`, async () => {
        const cache = make();
        const load = deferred<string>();
        const early = cache.getOrSet('k', () => load.promise);
        await settled();
        await invalidate(cache);
        await cache.delete('k');
        expect(await cache.getOrSet('k', () => 'fresh')).to.equal('fresh');
        load.resolve('outdated');
        expect(await early).to.equal('outdated');
        await settled();
        expect(await cache.get('k')).to.equal('fresh');
      });
    }

    it(`is not stored when it starts and ends during ${name}`, async () => {
      const held = new HeldBackend();
      const cache = createCache({ backend: held.backend, namespace: 'n' });
      const methods = ['delete', 'clear', 'set', 'multiSet', 'add', 'increment', 'expire'] as const;
      held.hold(...methods);
      const invalidating = invalidate(cache);
      await settled();
      expect(await cache.getOrSet('k', () => 'in between')).to.equal('in between');
      expect(held.seen.filter((method) => method === 'set')).to.have.length(name === 'set' ? 1 : 0);
      held.releaseAll();
      await invalidating;
      expect(await cache.get('k')).to.not.equal('in between');
    });
  }

  it('comes before the invalidation when its write is already under way', async () => {
    const held = new HeldBackend().hold('set');
    const cache = createCache({ backend: held.backend });
    const call = cache.getOrSet('k', () => 'outdated');
    await settled();
    const deleted = cache.delete('k');
    await settled();
    expect(held.seen).to.not.include('delete');
    held.releaseAll();
    await Promise.all([call, deleted]);
    expect(await cache.get('k')).to.equal(undefined);
  });

  const patient: Record<string, (cache: Cache) => Promise<unknown>> = {
    delete: (cache) => cache.delete('k', { timeout: '30ms' }),
    invalidateTags: (cache) => cache.invalidateTags(['t'], { timeout: '30ms' }),
    compareAndSet: async (cache) => (await optimistic(cache, 'k', { timeout: '30ms' })).compareAndSet('set'),
  };
  for (const [name, invalidate] of Object.entries(patient)) {
    it(`is not waited for by ${name} for longer than its timeout`, async () => {
      const held = new HeldBackend().hold('set');
      const cache = createCache({
        backend: held.backend,
        namespace: 'n',
        budget: '10ms',
        timeout: '2s',
        breaker: false,
      });
      await cache.getOrSet('k', () => 'loaded', { tags: ['t'] });
      const error = await caught(invalidate(cache));
      expect(isCacheError(error, 'ERR_CACHE_COMMAND_TIMEOUT')).to.equal(true);
      expect(held.calls.map(({ method }) => method)).to.deep.equal(['set']);
      held.releaseAll();
      await settled();
      await cache.close();
    });
  }

  it('is fenced through any cache of this process on the same backend and namespace', async () => {
    const { backend } = new HeldBackend();
    const [one, other] = [createCache({ backend, namespace: 'n' }), createCache({ backend, namespace: 'n' })];
    const load = deferred<string>();
    const call = one.getOrSet('k', () => load.promise);
    await settled();
    await other.delete('k');
    load.resolve('outdated');
    await call;
    expect(await one.get('k')).to.equal(undefined);
  });

  it('is left alone by invalidations of other keys and namespaces', async () => {
    const { backend } = new HeldBackend();
    const cache = createCache({ backend, namespace: 'a' });
    const load = deferred<string>();
    const call = cache.getOrSet('k', () => load.promise);
    await settled();
    await cache.delete('k2');
    await cache.clear({ namespace: 'ab' });
    await createCache({ backend, namespace: 'a:b' }).clear();
    load.resolve('kept');
    await call;
    expect(await cache.get('k')).to.equal('kept');
  });

  it('is not stored when the loader itself invalidates the key', async () => {
    const cache = createCache('memory://');
    await cache.getOrSet('k', async () => {
      await cache.delete('k');
      return 'outdated';
    });
    expect(await cache.get('k')).to.equal(undefined);
  });
});
