import { expect } from 'chai';
import sinon from 'sinon';
import { cacheScope, createCache, type Cache } from 'cachewright';
import { internalsOf } from '#lib/cache/internals.js';
import type { BatchTask } from '#lib/loading/task.js';
import { HeldBackend, settled } from '../support/held-backend.js';
import { caught } from '../support/caught.js';
import { deferred } from '../support/deferred.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

type Values = Record<string, unknown>;

/** Loads `keys` through a task that answers from `values`, noting which keys it was run with. */
function loader(cache: Cache, values: Values, options: Partial<BatchTask<unknown>> = {}) {
  const { loading } = internalsOf(cache);
  const runs: string[][] = [];
  const load = (keys: readonly string[], wait?: Promise<unknown>): Promise<unknown[]> =>
    loading.many<unknown>(
      keys,
      {
        run: async (positions) => {
          runs.push(positions.map((position) => keys[position]!));
          await wait;
          return new Map(
            positions.filter((at) => Object.hasOwn(values, keys[at]!)).map((at) => [at, values[keys[at]!]]),
          );
        },
        stores: () => true,
        ttl: () => undefined,
        placeholder: undefined,
        ...options,
      },
      loading.plan({}),
    );
  return { load, runs };
}

for (const kind of ['memory', 'later'] as const) {
  const make = (): Cache => createCache({ backend: kind === 'memory' ? 'memory' : new HeldBackend().backend });

  describe(`loading many keys (${kind})`, () => {
    forbidUnhandledRejections();

    it('runs once with what is missing, answers by position, and stores only what was loaded', async () => {
      const cache = make();
      await cache.set('b', 'stored');
      const set = sinon.spy();
      const { load, runs } = loader(cache, { a: 1, b: 'never', c: null });
      expect(await load(['a', 'b', 'c', 'd', 'a'])).to.deep.equal([1, 'stored', null, undefined, 1]);
      expect(runs).to.deep.equal([['a', 'c', 'd']]);
      expect(await cache.multiGet(['a', 'b', 'c', 'd'])).to.deep.equal([1, 'stored', null, undefined]);
      expect(await load(['a', 'b', 'c'])).to.deep.equal([1, 'stored', null]);
      expect(runs).to.have.length(1);
      expect(set.called).to.equal(false);
    });

    it('does not run for no keys, or when all are stored', async () => {
      const cache = make();
      await cache.multiSet({ a: 1, b: 2 });
      const { load, runs } = loader(cache, {});
      expect(await load([])).to.deep.equal([]);
      expect(await load(['b', 'a'])).to.deep.equal([2, 1]);
      expect(runs).to.deep.equal([]);
    });

    it('shares per-key loads among overlapping lists', async () => {
      const cache = make();
      const wait = deferred();
      const { load, runs } = loader(cache, { a: 1, b: 2, c: 3, d: 4 });
      const first = load(['a', 'b', 'c'], wait.promise);
      await settled();
      const second = load(['c', 'b', 'd']);
      await settled();
      wait.resolve();
      expect(await first).to.deep.equal([1, 2, 3]);
      expect(await second).to.deep.equal([3, 2, 4]);
      expect(runs).to.deep.equal([['a', 'b', 'c'], ['d']]);
    });

    it('shares loads with getOrSet, both ways; a key the batch did not find is loaded by whoever wants it', async () => {
      const cache = make();
      const wait = deferred();
      const { load, runs } = loader(cache, { a: 1 });
      const batch = load(['a', 'x'], wait.promise);
      await settled();
      const single = sinon.stub().returns('own');
      const [a, x] = [cache.getOrSet('a', single), cache.getOrSet('x', single)];
      await settled();
      wait.resolve();
      expect(await batch).to.deep.equal([1, undefined]);
      expect([await a, await x]).to.deep.equal([1, 'own']);
      expect(single.callCount).to.equal(1);

      const slow = deferred<string>();
      const one = cache.getOrSet('y', () => slow.promise);
      await settled();
      const joined = load(['y']);
      await settled();
      slow.resolve('from getOrSet');
      expect(await joined).to.deep.equal(['from getOrSet']);
      await one;
      expect(runs).to.have.length(1);
    });

    it("fails as a whole with the task's own error, stores nothing, and leaves nothing behind", async () => {
      const cache = make();
      const failure = new Error('origin');
      const { loading } = internalsOf(cache);
      const task = {
        run: async () => Promise.reject(failure),
        stores: () => true,
        ttl: () => undefined,
        placeholder: undefined,
      };
      expect(await caught(loading.many(['a', 'b'], task, loading.plan({})))).to.equal(failure);
      const { load } = loader(cache, { a: 1, b: 2 });
      expect(await load(['a', 'b'])).to.deep.equal([1, 2]);
    });

    it('stores per value: skipped ones, own ttls, a placeholder for what was not found', async () => {
      const cache = make();
      const { load } = loader(
        cache,
        { a: 1, b: 2, c: 3 },
        { stores: (value) => value !== 2, ttl: (value) => (value === 3 ? '1h' : undefined), placeholder: null },
      );
      expect(await load(['a', 'b', 'c', 'd'])).to.deep.equal([1, 2, 3, undefined]);
      expect(await cache.multiGet(['a', 'b', 'c', 'd'])).to.deep.equal([1, undefined, 3, null]);
      expect(await cache.ttl('a')).to.equal(null);
      expect(await cache.ttl('c')).to.be.within(3_590_000, 3_600_000);
    });

    it('never stores what was invalidated meanwhile', async () => {
      const cache = make();
      const wait = deferred();
      const { load } = loader(cache, { a: 1, b: 2 });
      const call = load(['a', 'b'], wait.promise);
      await settled();
      await cache.delete('a');
      wait.resolve();
      expect(await call).to.deep.equal([1, 2]);
      await settled();
      expect(await cache.multiGet(['a', 'b'])).to.deep.equal([undefined, 2]);
    });

    it('obeys a scope', async () => {
      const cache = make();
      await cache.set('a', 'stored');
      const { load, runs } = loader(cache, { a: 'new' });
      expect(await cacheScope({ read: false, write: false }, () => load(['a']))).to.deep.equal(['new']);
      expect(await cache.get('a')).to.equal('stored');
      expect(await cacheScope({ read: false }, () => load(['a']))).to.deep.equal(['new']);
      expect(await cache.get('a')).to.equal('new');
      expect(runs).to.deep.equal([['a'], ['a']]);
    });
  });
}

describe('loading many keys when the cache fails', () => {
  forbidUnhandledRejections();

  it('runs the task with all of them, once', async () => {
    const held = new HeldBackend().hold('multiGet', 'multiSet');
    const cache = createCache({ backend: held.backend, budget: '20ms' });
    const { load, runs } = loader(cache, { a: 1, b: 2 });
    const call = load(['a', 'b']);
    await settled();
    held.take('multiGet').fail(new Error('down'));
    expect(await call).to.deep.equal([1, 2]);
    expect(runs).to.deep.equal([['a', 'b']]);
    held.releaseAll();
  });
});
