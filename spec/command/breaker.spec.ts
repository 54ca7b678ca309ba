import { expect } from 'chai';
import sinon from 'sinon';
import { createCache, type Cache, type CacheConfig } from 'cachewright';
import { FakeClock, faulty, type FaultyBackend } from 'cachewright/testing';
import { holdBreaker } from '#lib/command/breakers.js';
import { caught } from '../support/caught.js';
import { HeldBackend } from '../support/held-backend.js';
import { useRedis } from '../support/redis-server.js';

const OPEN = 'ERR_CACHE_BACKEND_UNAVAILABLE';
const FAILED = 'ERR_CACHE_BACKEND';

/** How a get ends: the error's code, or 'ok'. */
async function get(cache: Cache): Promise<string> {
  try {
    await cache.get('k');
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('the breaker of a store', () => {
  let clock: FakeClock;
  let store: FaultyBackend;
  let caches: Cache[];
  beforeEach(() => {
    clock = new FakeClock();
    store = faulty(new HeldBackend().backend);
    caches = [];
  });
  afterEach(() => Promise.all(caches.map((cache) => cache.close())));

  function cacheWith(breaker?: CacheConfig['breaker'], backend = store, time = clock): Cache {
    const cache = createCache({ backend, clock: time, ...(breaker === undefined ? {} : { breaker }) });
    caches.push(cache);
    return cache;
  }

  async function fail(cache: Cache, times: number): Promise<void> {
    store.fail('get');
    for (let time = 0; time < times; time++) expect(await get(cache)).to.equal(FAILED);
    store.heal();
  }

  async function succeed(cache: Cache, times: number): Promise<void> {
    for (let time = 0; time < times; time++) expect(await get(cache)).to.equal('ok');
  }

  /** Failures and successes in turn, so that never two fail running. */
  async function waver(cache: Cache, rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      await fail(cache, 1);
      await succeed(cache, 1);
    }
  }

  describe('is shared', () => {
    it('by all caches on it: what one learns, all know', async () => {
      const [one, other] = [cacheWith(), cacheWith()];
      await fail(one, 3);
      await fail(other, 2);
      const asked = store.calls();
      expect([await get(one), await get(other)]).to.deep.equal([OPEN, OPEN]);
      expect(await other.getOrSet('k', () => 'loaded')).to.equal('loaded');
      expect(store.calls()).to.equal(asked);
    });

    it('with its tags and locks', async () => {
      const [one, other] = [cacheWith(), cacheWith()];
      store.fail('multiSet');
      for (let time = 0; time < 5; time++)
        expect(await caught(one.invalidateTags(['t']))).to.have.property('code', FAILED);
      expect(await get(other)).to.equal(OPEN);
    });

    it('and probed by one call of all caches', async () => {
      const held = new HeldBackend();
      const [one, other] = [
        cacheWith(undefined, held.backend as FaultyBackend),
        cacheWith(undefined, held.backend as FaultyBackend),
      ];
      held.hold('get');
      for (let time = 0; time < 5; time++) {
        const failing = get(one);
        held.take('get').fail(new Error('down'));
        expect(await failing).to.equal(FAILED);
      }
      clock.advance(499);
      expect(await get(other)).to.equal(OPEN);
      clock.advance(1);
      const probe = get(one);
      expect([await get(other), await get(one)]).to.deep.equal([OPEN, OPEN]);
      held.take('get').fail(new Error('still down'));
      expect(await probe).to.equal(FAILED);
      clock.advance(999);
      expect(await get(other)).to.equal(OPEN);
      clock.advance(1);
      const next = get(other);
      held.releaseAll();
      expect([await next, await get(one)]).to.deep.equal(['ok', 'ok']);
    });

    it('by equal settings only', async () => {
      const caches = [cacheWith({ after: 2 }), cacheWith({ after: 2, retry: 500 }), cacheWith(), cacheWith(false)];
      await fail(caches[0]!, 2);
      expect(await Promise.all(caches.map(get))).to.deep.equal([OPEN, OPEN, 'ok', 'ok']);
    });

    it('on one clock only, and not with other stores', async () => {
      const elsewhere = faulty(new HeldBackend().backend);
      const [one, late, other] = [
        cacheWith(),
        cacheWith(undefined, store, new FakeClock()),
        cacheWith(undefined, elsewhere),
      ];
      await fail(one, 5);
      expect(await Promise.all([one, late, other].map(get))).to.deep.equal([OPEN, 'ok', 'ok']);
    });

    it('until the last of them is closed', async () => {
      const [one, other] = [cacheWith(), cacheWith()];
      await fail(one, 5);
      await one.close();
      await one.close();
      expect(await get(cacheWith())).to.equal(OPEN);
      await Promise.all(caches.map((cache) => cache.close()));
      expect(other.closed).to.equal(true);
      expect(await get(cacheWith())).to.equal('ok');
    });

    it('and forgotten with the last of them, whatever identifies the store', () => {
      const spec = { after: 5, retryMs: 500, maxRetryMs: 2_000 };
      for (const identity of ['redis:somewhere', {}]) {
        const [one, other] = [holdBreaker(identity, spec, clock), holdBreaker(identity, { ...spec }, clock)];
        expect(other.breaker).to.equal(one.breaker);
        one.release();
        const third = holdBreaker(identity, spec, clock);
        expect(third.breaker).to.equal(one.breaker);
        third.release();
        other.release();
        const anew = holdBreaker(identity, spec, clock);
        expect(anew.breaker).to.not.equal(one.breaker);
        anew.release();
      }
    });
  });

  describe('opens by the rate of errors', () => {
    it('when half of at least 20 calls failed, though never two running', async () => {
      const cache = cacheWith();
      await waver(cache, 9);
      await fail(cache, 1);
      expect(await get(cache)).to.equal('ok');
      await fail(cache, 1);
      expect(await get(cache)).to.equal(OPEN);
    });

    it('not when fewer than half did', async () => {
      const cache = cacheWith();
      for (let round = 0; round < 30; round++) {
        await fail(cache, 1);
        await succeed(cache, 2);
      }
      expect(await get(cache)).to.equal('ok');
    });

    it('counting the calls of all caches', async () => {
      const [one, other] = [cacheWith(), cacheWith()];
      await waver(one, 5);
      await waver(other, 5);
      await fail(one, 1);
      expect(await get(other)).to.equal(OPEN);
    });

    it('of the last 10 s: what is older is forgotten, second by second', async () => {
      const cache = cacheWith();
      await waver(cache, 9);
      clock.advance('9s');
      await waver(cache, 1);
      clock.advance('1s');
      await fail(cache, 1);
      expect(await get(cache)).to.equal('ok');
      clock.advance('1h');
      await fail(cache, 4);
      expect(await get(cache)).to.equal('ok');
    });

    it('not before so many calls as `after` says', async () => {
      const cache = cacheWith({ after: 30 });
      await fail(cache, 29);
      expect(await get(cache)).to.equal('ok');
      await fail(cache, 1);
      expect(await get(cache)).to.equal(OPEN);
    });

    it('and closes with the success of a probe, not with that of an older call', async () => {
      const held = new HeldBackend().hold('get');
      const cache = cacheWith(undefined, held.backend as FaultyBackend);
      const old = get(cache);
      const oldCall = held.take('get');
      const one = async (how: 'release' | 'fail'): Promise<string> => {
        const end = get(cache);
        held.take('get')[how](new Error('down'));
        return end;
      };
      for (let round = 0; round < 10; round++)
        expect([await one('fail'), await one('release')]).to.deep.equal([FAILED, 'ok']);
      await one('fail');
      oldCall.release();
      expect(await old).to.equal('ok');
      expect(await get(cache)).to.equal(OPEN);
      clock.advance(500);
      expect(await one('release')).to.equal('ok');
      // From here on everything counts anew.
      expect(await one('fail')).to.equal(FAILED);
      expect(await one('release')).to.equal('ok');
    });

    it('counting timeouts, but not those of a stalled event loop, nor mistakes of the caller', async () => {
      const held = new HeldBackend();
      const cache = cacheWith(undefined, held.backend as FaultyBackend);
      await cache.set('text', 'x');
      for (let round = 0; round < 6; round++) {
        held.hold('get');
        const stalled = caught(cache.get('k', { timeout: 1 }));
        for (const began = performance.now(); performance.now() - began < 60;);
        expect(await stalled).to.have.property('code', 'ERR_CACHE_COMMAND_TIMEOUT');
        held.releaseAll();
        expect(await caught(cache.increment('text'))).to.have.property('code', 'ERR_CACHE_NOT_A_NUMBER');
      }
      const timers = sinon.useFakeTimers();
      try {
        for (let round = 0; round < 11; round++) {
          expect(await get(cache)).to.equal('ok');
          held.hold('get');
          const slow = caught(cache.get('k', { timeout: 1 }));
          await timers.tickAsync(2);
          expect(await slow).to.have.property('code', 'ERR_CACHE_COMMAND_TIMEOUT');
          held.releaseAll();
        }
        expect(await get(cache)).to.equal(OPEN);
      } finally {
        timers.restore();
      }
    });
  });

  it('looks at no clock while nothing fails', async () => {
    let looks = 0;
    const cache = cacheWith(undefined, store, {
      now: () => {
        looks++;
        return 0;
      },
    } as FakeClock);
    await succeed(cache, 1);
    const before = looks;
    for (let time = 0; time < 100; time++) await cache.exists('k');
    expect(looks).to.equal(before);
  });
});

describe('the breaker of a Redis server', () => {
  const server = useRedis();

  it('is one for two caches on it, each with a connection of its own, and heals for both', async () => {
    const clock = new FakeClock();
    const config = { backend: 'redis', url: server.url, clock, breaker: { after: 3 }, timeout: '2s' } as const;
    const [one, other] = [createCache({ ...config, namespace: 'a' }), createCache({ ...config, namespace: 'b' })];
    await Promise.all([one.set('k', 1), other.set('k', 2)]);
    await server.kill();
    for (let round = 0; round < 3; round++) await caught(one.get('k'));
    const refused = (await caught(other.get('k'))) as Error;
    expect(refused.message).to.equal('the backend keeps failing; it is left alone for a moment');
    expect(await other.getOrSet('k', () => 'loaded')).to.equal('loaded');
    await server.start();
    await Promise.all([one.connect(), other.connect()]);
    expect(((await caught(other.get('k'))) as Error).message).to.equal(refused.message);
    clock.advance('2s');
    await one.set('k', 3);
    await other.set('k', 4);
    expect([await one.get('k'), await other.get('k')]).to.deep.equal([3, 4]);
    await Promise.all([one.close(), other.close()]);
  });
});
