import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import sinon from 'sinon';
import {
  type Cache,
  createCache,
  createRegistry,
  isCacheError,
  optimistic,
  withLock,
  type HeldLock,
} from 'cachewright';
import { asynchronous, faulty } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { context, failureOf } from '../support/backend-calls.js';
import { caught } from '../support/caught.js';
import { deferred } from '../support/deferred.js';
import { eventually } from '../support/eventually.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { plainBackend } from '../support/plain-backend.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { useRedis } from '../support/redis-server.js';

const shared = () => faulty(asynchronous(memoryBackend({}, context)));

describe('withLock', () => {
  forbidUnhandledRejections();
  let cache: Cache;
  beforeEach(() => (cache = createCache({ backend: 'memory' })));
  afterEach(() => cache.close());

  it('answers what the work answers, and releases the lock whatever becomes of it', async () => {
    expect(await withLock(cache, 'k', { lease: '10s' }, () => 42)).to.equal(42);
    const failure = new Error('of the work');
    expect(await caught(withLock(cache, 'k', { lease: '10s' }, () => Promise.reject(failure)))).to.equal(failure);
    const thrown = caught(
      withLock(cache, 'k', { lease: '10s' }, () => {
        throw failure;
      }),
    );
    expect(await thrown).to.equal(failure);
    expect(await withLock(cache, 'k', { lease: '10s', wait: 0 }, () => 'free')).to.equal('free');
  });

  it('lets one work at a time, in the order they came, with growing tokens', async () => {
    const order: number[] = [];
    const tokens: number[] = [];
    let inside = 0;
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        withLock(cache, 'k', { lease: '10s' }, async ({ token }) => {
          expect(++inside).to.equal(1);
          order.push(index);
          tokens.push(token);
          await sleep(1);
          inside -= 1;
        }),
      ),
    );
    expect(order).to.deep.equal(Array.from({ length: 20 }, (_, index) => index));
    expect(tokens).to.deep.equal([...tokens].sort((a, b) => a - b));
    expect(new Set(tokens).size).to.equal(20);
  });

  it('locks of other keys, and other namespaces, are other locks', async () => {
    await withLock(cache, 'a', { lease: '10s' }, () =>
      withLock(cache, 'b', { lease: '10s', wait: 0 }, () =>
        withLock(cache, 'a', { lease: '10s', wait: 0, namespace: 'other' }, () => undefined),
      ),
    );
  });

  it('rejects with a LockError when the lock is not free in time, here or elsewhere', async () => {
    const other = createCache({ backend: memoryBackend({}, context) });
    const release = deferred();
    const held = withLock(cache, 'k', { lease: '10s' }, () => release.promise);
    await failureOf(() => withLock(cache, 'k', { lease: '10s', wait: 0 }, () => 'never'), 'ERR_CACHE_LOCK');
    const error = await failureOf(() => withLock(cache, 'k', { lease: 20 }, () => 'never'), 'ERR_CACHE_LOCK');
    expect(error.message).to.include('20 ms');
    release.resolve();
    await held;
    await other.close();
  });

  it('waits as long as it takes with wait: null, and until the signal says so', async () => {
    const release = deferred();
    const held = withLock(cache, 'k', { lease: 30 }, () => release.promise);
    const leaving = new AbortController();
    const left = caught(withLock(cache, 'k', { lease: 30, wait: null, signal: leaving.signal }, () => 'never'));
    const patient = withLock(cache, 'k', { lease: 30, wait: null }, () => 'at last');
    await sleep(60);
    leaving.abort('gone');
    expect(await left).to.equal('gone');
    release.resolve();
    expect(await patient).to.equal('at last');
    await held;
    const late = new AbortController();
    late.abort('before');
    expect(await caught(withLock(cache, 'k', { lease: 30, signal: late.signal }, () => 'never'))).to.equal('before');
  });

  it('is not touched by clear', async () => {
    const named = createCache({ backend: 'memory', namespace: 'n' });
    await withLock(named, 'k', { lease: '10s' }, async () => {
      await named.clear();
      await failureOf(() => withLock(named, 'k', { lease: '1s', wait: 0 }, () => 'never'), 'ERR_CACHE_LOCK');
    });
    await named.close();
  });

  it('refuses wrong options, and what cannot lock', async () => {
    await failureOf(() => withLock(cache, 'k', { lease: 0 }, () => 1), 'ERR_CACHE_CONFIG');
    await failureOf(() => withLock(cache, 'k', { lease: 'x' as never }, () => 1), 'ERR_CACHE_CONFIG');
    await failureOf(() => withLock(cache, 'k', {} as never, () => 1), 'ERR_CACHE_CONFIG');
    await failureOf(() => withLock(cache, 'k', { lease: 1 }, undefined as never), 'ERR_CACHE_CONFIG');
    await failureOf(() => withLock(cache, '', { lease: 1 }, () => 1), 'ERR_CACHE_INVALID_KEY');
    await failureOf(() => withLock({} as Cache, 'k', { lease: 1 }, () => 1), 'ERR_CACHE_CONFIG');
    const without = createCache({ backend: plainBackend() });
    const lock = await failureOf(() => withLock(without, 'k', { lease: 1 }, () => 1), 'ERR_CACHE_UNSUPPORTED_COMMAND');
    expect(lock.message).to.match(/backend plain has no locks; use one that has/);
    await failureOf(() => optimistic(without, 'k'), 'ERR_CACHE_UNSUPPORTED_COMMAND');
    const leased = await failureOf(() => without.getOrSet('k', () => 1, { lease: '1s' }), 'ERR_CACHE_CONFIG');
    expect(leased.message).to.match(/lease needs a backend with locks/);
    await without.close();
  });

  it('just works where the cache is switched off, and not where it is closed', async () => {
    cache.disable();
    expect(await withLock(cache, 'k', { lease: '1s' }, ({ token }) => token)).to.equal(0);
    const entry = await optimistic(cache, 'k');
    await entry.compareAndSet(1);
    expect(entry.value).to.equal(undefined);
    await cache.close();
    await failureOf(() => withLock(cache, 'k', { lease: '1s' }, () => 1), 'ERR_CACHE_CLOSED');
    await failureOf(() => optimistic(cache, 'k'), 'ERR_CACHE_CLOSED');
  });

  it('is not granted to who waited while the cache was closed', async () => {
    const over = deferred<undefined>();
    const store = memoryBackend({}, context);
    const [holder, waiter] = [createCache({ backend: store }), createCache({ backend: store })];
    const held = withLock(holder, 'k', { lease: '10s' }, () => over.promise);
    const waiting = failureOf(() => withLock(waiter, 'k', { lease: '10s' }, () => 'never'), 'ERR_CACHE_CLOSED');
    await waiter.close();
    over.resolve(undefined);
    await held;
    await waiting;
    await holder.close();
  });

  it('shows at once that its lease was lost to a stall, before any timer has run', async () => {
    const seen = await withLock(cache, 'k', { lease: '10s' }, (lock) => {
      const before = lock.signal.aborted;
      const later = performance.now() + 10_001;
      sinon.replace(performance, 'now', () => later);
      try {
        return [before, lock.signal.aborted];
      } finally {
        sinon.restore();
      }
    });
    expect(seen).to.deep.equal([false, true]);
  });

  it('is renewed and waited for within what timers can hold, however long the lease', async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error): unknown => warnings.push(warning);
    process.on('warning', warned);
    const store = memoryBackend({}, context);
    const local = createCache({ backend: store });
    await withLock(local, 'k', { lease: '90d' }, () => sleep(5));
    // By another process.
    await store.locks.acquire('%lock:{k}', 'other', 90 * 24 * 3_600_000);
    await failureOf(() => withLock(local, 'k', { lease: '90d', wait: 5 }, () => 'never'), 'ERR_CACHE_LOCK');
    await sleep(1);
    process.off('warning', warned);
    expect(warnings.map(({ name }) => name)).to.deep.equal([]);
    await local.close();
  });

  describe('on a backend that fails', () => {
    it('does not work without the lock', async () => {
      const backend = shared();
      const failing = createCache({ backend });
      backend.fail('acquire');
      await failureOf(() => withLock(failing, 'k', { lease: '50ms' }, () => expect.fail()), 'ERR_CACHE_BACKEND');
      await failing.close();
    });

    it('asks again when the answer was lost, and still holds the lock', async () => {
      const backend = shared();
      const failing = createCache({ backend, timeout: '30ms' });
      backend.once.delay('acquire', '100ms');
      expect(await withLock(failing, 'k', { lease: '10s' }, () => 'held')).to.equal('held');
      await failing.close();
    });

    it('works on through a failed renewal, and is told when the lease is over', async () => {
      const backend = shared();
      const failing = createCache({ backend });
      backend.once.fail('renew');
      const kept = await withLock(failing, 'k', { lease: '120ms' }, async ({ signal }) => {
        await sleep(300);
        return signal.aborted;
      });
      expect(kept).to.equal(false);
      backend.hang('renew');
      const lost = await withLock(failing, 'k', { lease: '60ms' }, ({ signal }) => aborted(signal));
      expect(lost).to.match(/lease of the lock was lost/);
      backend.heal();
      await failing.close();
    });

    it('does not wait for a release that hangs', async () => {
      const backend = shared();
      const failing = createCache({ backend });
      backend.hang('release');
      expect(await withLock(failing, 'k', { lease: '10s' }, () => 'done')).to.equal('done');
      backend.heal();
      await failing.close();
    });
  });

  describe('on redis', () => {
    const server = useRedis();
    const open = (options: object = {}): Cache =>
      createCache({ backend: 'redis', url: server.url, namespace: 'n', ...options });

    /** A cache that does not stand in our line, as in another process: it does not know that this is the same server. */
    const elsewhere = (): Cache => open({ url: server.url.replace('127.0.0.1', 'localhost') });

    it('wakes those who wait: they ask twice, not all the time', async () => {
      const [one, two] = [open(), elsewhere()];
      const release = deferred();
      const held = withLock(one, 'k', { lease: '30s' }, () => release.promise);
      await eventually(async () => expect(await server.client().exists('%lock:{n:k}')).to.equal(1));
      await server.client().config('RESETSTAT');
      const waiting = withLock(two, 'k', { lease: '30s' }, () => 'mine');
      await sleep(150);
      release.resolve();
      expect(await waiting).to.equal('mine');
      await held;
      const stats = await server.client().info('commandstats');
      const asked = Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1]);
      expect(asked).to.be.within(4, 6); // acquire, acquire once listening, release of the first, acquire, own release
      await Promise.all([one.close(), two.close()]);
    });

    it('holds the lock although the answer to its acquire was lost', async () => {
      const proxy = await FaultProxy.start(() => server.port);
      const unlucky = open({ url: proxy.url, breaker: false });
      await unlucky.connect();
      await unlucky.get('warm');
      proxy.fault = { kind: 'drop-reply-once' };
      const outcome = await withLock(unlucky, 'lost', { lease: '5s', wait: '5s' }, () => 'held').catch(
        (error: unknown) => error,
      );
      // Reconnecting takes a moment: either it was asked again in time, or the caller knows that it was not.
      if (outcome !== 'held') expect(isCacheError(outcome, 'ERR_CACHE_BACKEND_UNAVAILABLE')).to.equal(true);
      await unlucky.close();
      await proxy.stop();
    });

    it('gives growing tokens also after the server has lost its memory', async () => {
      const one = open();
      const token = (): Promise<number> => withLock(one, 'k', { lease: '1s' }, (lock: HeldLock) => lock.token);
      const first = await token();
      await server.client().flushall();
      expect(await token()).to.be.greaterThan(first);
      await server.client().script('FLUSH');
      expect(await token()).to.be.greaterThan(first);
      await one.close();
    });

    it('survives the loss of the connection it listens on', async () => {
      const [one, two] = [open(), elsewhere()];
      const release = deferred();
      const held = withLock(one, 'k', { lease: '1s' }, () => release.promise);
      await eventually(async () => expect(await server.client().exists('%lock:{n:k}')).to.equal(1));
      const waiting = withLock(two, 'k', { lease: '1s', wait: '10s' }, () => 'mine');
      await eventually(async () => expect(await server.client().pubsub('CHANNELS')).to.have.length(1));
      await server.client().call('client', 'KILL', 'TYPE', 'pubsub');
      await sleep(50);
      release.resolve();
      expect(await waiting).to.equal('mine');
      await held;
      await Promise.all([one.close(), two.close()]);
    });
  });
});

describe('optimistic', () => {
  forbidUnhandledRejections();

  it('replaces what was read, again and again, in the namespace and with the serializer asked for', async () => {
    const registry = createRegistry({ default: { backend: 'memory', serializer: 'json', ttl: '1h' } });
    const cache = registry.get();
    const entry = await optimistic<number[]>(cache, 'k', { namespace: 'other' });
    expect(entry.value).to.equal(undefined);
    await entry.compareAndSet([1]);
    await entry.compareAndSet([1, 2], { ttl: '1m' });
    expect(entry.value).to.deep.equal([1, 2]);
    expect(await cache.get('k', { namespace: 'other' })).to.deep.equal([1, 2]);
    expect(await cache.ttl('k', { namespace: 'other' })).to.be.within(59_000, 60_000);
    expect(await cache.get('k')).to.equal(undefined);
    await registry.close();
  });

  it('is a ConflictError after a change, a deletion or a creation; the next one reads again', async () => {
    const cache = createCache({ backend: 'memory' });
    const object = { a: 1 };
    await cache.set('k', object);
    const changes: (() => Promise<unknown>)[] = [
      () => cache.set('k', object),
      () => cache.delete('k'),
      () => cache.add('k', object),
      () => cache.multiSet({ k: object }),
      () => cache.expire('k', '1h'),
      () => cache.expire('k', 0),
      async () => (await optimistic(cache, 'k')).compareAndSet(object),
      () => cache.clear({ all: true }),
    ];
    for (const change of changes) {
      const entry = await optimistic(cache, 'k');
      await change();
      await failureOf(() => entry.compareAndSet('mine'), 'ERR_CACHE_CONFLICT');
    }
    await (await optimistic(cache, 'k')).compareAndSet('mine');
    expect(await cache.get('k')).to.equal('mine');
    await cache.set('n', 1);
    const counter = await optimistic<number>(cache, 'n');
    await cache.increment('n');
    await failureOf(() => counter.compareAndSet(9), 'ERR_CACHE_CONFLICT');
    await cache.getOrSet('tagged', () => 1, { tags: ['t'] });
    const tagged = await optimistic<number>(cache, 'tagged');
    await cache.expire('tagged', '1h');
    await failureOf(() => tagged.compareAndSet(2), 'ERR_CACHE_CONFLICT');
    await cache.close();
  });

  it('is an invalidation: a load that began before is not stored', async () => {
    const cache = createCache({ backend: asynchronous(memoryBackend({}, context)), namespace: 'n' });
    const loaded = deferred<string>();
    const loading = cache.getOrSet('k', () => loaded.promise);
    await sleep(5);
    await (await optimistic(cache, 'k')).compareAndSet('newer');
    loaded.resolve('older');
    expect(await loading).to.equal('older');
    expect(await cache.get('k')).to.equal('newer');
    await cache.close();
  });

  it('stores nothing any more where the cache was switched off or closed meanwhile', async () => {
    const cache = createCache({ backend: 'memory' });
    const entry = await optimistic(cache, 'k');
    cache.disable();
    await entry.compareAndSet(1);
    cache.enable();
    expect(await cache.exists('k')).to.equal(false);
    await cache.close();
    await failureOf(() => entry.compareAndSet(1), 'ERR_CACHE_CLOSED');
  });

  it('refuses what cannot be stored', async () => {
    const cache = createCache({ backend: 'memory' });
    const entry = await optimistic(cache, 'k');
    await failureOf(() => entry.compareAndSet(undefined), 'ERR_CACHE_SERIALIZATION');
    await failureOf(() => entry.compareAndSet(1, { ttl: -1 }), 'ERR_CACHE_CONFIG');
    await cache.close();
  });
});

function aborted(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(String(signal.reason)), { once: true });
  });
}
