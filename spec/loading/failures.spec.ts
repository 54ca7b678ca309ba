import { expect } from 'chai';
import sinon from 'sinon';
import { createCache, isCacheError, type CacheError, type CacheFailure } from 'cachewright';
import { HeldBackend, settled } from '../support/held-backend.js';
import { caught } from '../support/caught.js';
import { deferred } from '../support/deferred.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

describe('getOrSet when the cache fails', () => {
  forbidUnhandledRejections();

  const failing = (method: 'get' | 'set'): HeldBackend => new HeldBackend().failing(method);

  it('runs the loader once and answers its value, whichever side fails', async () => {
    for (const method of ['get', 'set'] as const) {
      const cache = createCache({ backend: failing(method).backend });
      let loads = 0;
      expect(await cache.getOrSet('k', async () => ++loads)).to.equal(1);
      expect(loads).to.equal(1);
    }
  });

  it("passes the loader's own error through, also when the cache fails too", async () => {
    const cache = createCache({ backend: failing('get').backend });
    const mine = new Error('mine');
    expect(
      await caught(
        cache.getOrSet('k', async () => {
          throw mine;
        }),
      ),
    ).to.equal(mine);
  });

  it('rejects on request, without running the loader when the read failed', async () => {
    let loads = 0;
    const load = async (): Promise<number> => ++loads;
    const reading = createCache({ backend: failing('get').backend });
    expect(await caught(reading.getOrSet('k', load, { onCacheError: 'throw' }))).to.have.property(
      'code',
      'ERR_CACHE_BACKEND',
    );
    expect(loads).to.equal(0);
    const writing = createCache({ backend: failing('set').backend });
    expect(await caught(writing.getOrSet('k', load, { onCacheError: 'throw' }))).to.have.property(
      'code',
      'ERR_CACHE_BACKEND',
    );
    expect(loads).to.equal(1);
  });

  it('tells a handler what failed, and carries on', async () => {
    for (const [method, phase] of [
      ['get', 'read'],
      ['set', 'write'],
    ] as const) {
      const seen: [CacheError, CacheFailure][] = [];
      const cache = createCache({ backend: failing(method).backend });
      const onCacheError = (error: CacheError, failure: CacheFailure): void => void seen.push([error, failure]);
      expect(await cache.getOrSet('k', () => 5, { onCacheError })).to.equal(5);
      expect(seen).to.have.length(1);
      expect(isCacheError(seen[0]![0], 'ERR_CACHE_BACKEND')).to.equal(true);
      expect(seen[0]![1]).to.deep.equal({ cache, key: 'k', phase });
    }
  });

  it('passes on what a handler throws, as from any function in the options; one that rejects later changes nothing', async () => {
    const mine = new Error('handler');
    for (const method of ['get', 'set'] as const) {
      const cache = createCache({ backend: failing(method).backend });
      const throwing = (): never => {
        throw mine;
      };
      expect(await caught(cache.getOrSet('k', () => 5, { onCacheError: throwing }))).to.equal(mine);
      // What plain JavaScript can do, and types do not keep it from.
      const rejecting = (() => Promise.reject(mine)) as () => void;
      expect(await cache.getOrSet('k', () => 5, { onCacheError: rejecting })).to.equal(5);
    }
  });

  it('answers a value that the serializer cannot carry, and does not store it', async () => {
    const cache = createCache({ backend: new HeldBackend().backend, serializer: 'json' });
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(await cache.getOrSet('k', () => circular)).to.equal(circular);
    expect(await cache.getOrSet('b', () => 1n)).to.equal(1n);
    expect(await cache.exists('k')).to.equal(false);
  });

  it('takes a damaged stored value for a miss, and replaces it', async () => {
    const cache = createCache({ backend: new HeldBackend().backend, serializer: 'json' });
    await cache.set('k', '{damaged', { serializer: 'string' });
    const error = await caught(cache.get('k'));
    expect(error).to.have.property('code', 'ERR_CACHE_SERIALIZATION');
    expect(String((error as Error).cause) + (error as Error).message).to.not.include('damaged');
    expect(await cache.getOrSet('k', () => 'whole')).to.equal('whole');
    expect(await cache.get('k')).to.equal('whole');
  });

  it('lets mistakes of the program through, whatever onCacheError says', async () => {
    const cache = createCache('memory://');
    expect(await caught(cache.getOrSet('', () => 1, { onCacheError: 'run' }))).to.have.property(
      'code',
      'ERR_CACHE_INVALID_KEY',
    );
  });

  it('is a command: a closed cache rejects', async () => {
    const cache = createCache('memory://');
    await cache.close();
    const loader = sinon.stub().returns(1);
    expect(await caught(cache.getOrSet('k', loader))).to.have.property('code', 'ERR_CACHE_CLOSED');
    expect(loader.called).to.equal(false);
  });
});

describe('getOrSet: the budget', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => (clock = sinon.useFakeTimers()));
  afterEach(() => sinon.restore());

  const pending = Symbol('pending');
  const state = (promise: Promise<unknown>): Promise<unknown> => Promise.race([promise, Promise.resolve(pending)]);

  it('is what a frozen read costs at most: 250 ms by default, then the loader runs', async () => {
    const cache = createCache({ backend: new HeldBackend().hold('get', 'set').backend });
    const call = cache.getOrSet('k', () => 'loaded');
    await clock.tickAsync(249);
    expect(await state(call)).to.equal(pending);
    await clock.tickAsync(2);
    expect(await call).to.equal('loaded');
  });

  it('is shared by read and write', async () => {
    const held = new HeldBackend().hold('get', 'set');
    const cache = createCache({ backend: held.backend, budget: '100ms' });
    const call = cache.getOrSet('k', () => 'loaded');
    await clock.tickAsync(60);
    held.take('get').release();
    await clock.tickAsync(39);
    expect(await state(call)).to.equal(pending);
    await clock.tickAsync(2);
    expect(await call).to.equal('loaded');
    held.releaseAll();
    await clock.tickAsync(1);
    expect(await cache.get('k')).to.equal('loaded');
  });

  it('does not limit the loader, which runs once however slow it is', async () => {
    const cache = createCache({ backend: new HeldBackend().backend, timeout: 50, budget: 20 });
    const load = deferred<string>();
    const loader = sinon.stub().callsFake(() => load.promise);
    const call = cache.getOrSet('k', loader);
    await clock.tickAsync(600_000);
    expect(await state(call)).to.equal(pending);
    load.resolve('late');
    await clock.tickAsync(1);
    expect(await call).to.equal('late');
    expect(loader.callCount).to.equal(1);
    expect(await cache.get('k')).to.equal('late');
  });

  it('is off with 0 and null, and then the timeout of the command decides', async () => {
    for (const budget of [0, null]) {
      const cache = createCache({ backend: new HeldBackend().hold('get').backend, timeout: '2s', breaker: false });
      const call = cache.getOrSet('k', () => 'loaded', { budget });
      await clock.tickAsync(1_900);
      expect(await state(call)).to.equal(pending);
      await clock.tickAsync(200);
      expect(await call).to.equal('loaded');
    }
  });

  it('counts for the breaker, and an open breaker costs nothing', async () => {
    const held = new HeldBackend().hold('get', 'set');
    const cache = createCache({ backend: held.backend });
    for (let round = 0; round < 5; round++) {
      const call = cache.getOrSet(`k${round}`, () => round);
      await clock.tickAsync(251);
      expect(await call).to.equal(round);
    }
    expect(await caught(cache.get('k'))).to.have.property('code', 'ERR_CACHE_BACKEND_UNAVAILABLE');
    expect(await cache.getOrSet('k', () => 'at once')).to.equal('at once');
    expect(held.seen.filter((method) => method === 'get')).to.have.length(5);

    await clock.tickAsync(500);
    held.releaseAll();
    expect(await cache.getOrSet('k', () => 'probe')).to.equal('probe');
    expect(await cache.get('k')).to.equal('probe');
  });

  it('stays 250 ms for callers who joined', async () => {
    const cache = createCache({ backend: new HeldBackend().hold('get', 'set').backend });
    const calls = Array.from({ length: 100 }, () => cache.getOrSet('k', () => 'loaded'));
    await clock.tickAsync(251);
    expect(new Set(await Promise.all(calls))).to.deep.equal(new Set(['loaded']));
  });
});

describe('the breaker', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => (clock = sinon.useFakeTimers()));
  afterEach(() => sinon.restore());

  async function fail(held: HeldBackend, call: Promise<unknown>): Promise<unknown> {
    await clock.tickAsync(0);
    held.take('get').fail(new Error('down'));
    return caught(call);
  }

  it('opens after 5 failures running, probes once after 500 ms, doubles to 2 s, and closes on a success', async () => {
    const held = new HeldBackend().hold('get');
    const cache = createCache({ backend: held.backend });
    for (let round = 0; round < 5; round++)
      expect(await fail(held, cache.get('k'))).to.have.property('code', 'ERR_CACHE_BACKEND');
    for (const wait of [500, 1_000, 2_000, 2_000]) {
      await clock.tickAsync(wait - 1);
      expect(await caught(cache.get('k'))).to.have.property('code', 'ERR_CACHE_BACKEND_UNAVAILABLE');
      await clock.tickAsync(1);
      const probe = cache.get('k');
      expect(await caught(cache.get('k')), 'one probe only').to.have.property('code', 'ERR_CACHE_BACKEND_UNAVAILABLE');
      expect(await fail(held, probe)).to.have.property('code', 'ERR_CACHE_BACKEND');
    }
    await clock.tickAsync(2_000);
    const probe = cache.get('k');
    held.releaseAll();
    expect(await probe).to.equal(undefined);
    expect(await cache.get('k')).to.equal(undefined);
  });

  it('is not opened by a success in between, nor by mistakes of the caller', async () => {
    const held = new HeldBackend();
    const cache = createCache({ backend: held.backend });
    await cache.set('text', 'x');
    for (let round = 0; round < 10; round++) {
      expect(await caught(cache.increment('text'))).to.have.property('code', 'ERR_CACHE_NOT_A_NUMBER');
      expect(await caught(cache.set('k', undefined))).to.have.property('code', 'ERR_CACHE_SERIALIZATION');
      held.hold('get');
      const controller = new AbortController();
      const aborted = caught(cache.get('k', { signal: controller.signal }));
      controller.abort('mine');
      expect(await aborted).to.equal('mine');
      held.releaseAll();
    }
    for (let round = 0; round < 10; round++) {
      held.hold('get');
      if (round % 4 === 3) held.releaseAll();
      if (round % 4 === 3) await cache.get('k');
      else await fail(held, cache.get('k'));
    }
    held.releaseAll();
    expect(await cache.get('k')).to.equal(undefined);
  });

  it('can be tuned, and switched off', async () => {
    const held = new HeldBackend().hold('get');
    const cache = createCache({ backend: held.backend, breaker: { after: 1, retry: '10s', maxRetry: '10s' } });
    await fail(held, cache.get('k'));
    await clock.tickAsync(9_999);
    expect(await caught(cache.get('k'))).to.have.property('code', 'ERR_CACHE_BACKEND_UNAVAILABLE');
    const without = new HeldBackend().hold('get');
    const unbroken = createCache({ backend: without.backend, breaker: false });
    for (let round = 0; round < 20; round++)
      expect(await fail(without, unbroken.get('k'))).to.have.property('code', 'ERR_CACHE_BACKEND');
  });

  it('is not there for a backend of this process', async () => {
    const held = new HeldBackend({ shared: false }).hold('get');
    const cache = createCache({ backend: held.backend });
    for (let round = 0; round < 20; round++)
      expect(await fail(held, cache.get('k'))).to.have.property('code', 'ERR_CACHE_BACKEND');
  });
});

describe('errors of a backend', () => {
  it('reach the caller as a copy without secrets', async () => {
    const held = new HeldBackend().hold('get');
    const cache = createCache({ backend: held.backend });
    const vendor = Object.assign(new Error('auth redis://me:s3cr3t@host failed'), {
      command: { args: ['s3cr3t'] },
      code: 'E_VENDOR',
    });
    const call = caught(cache.get('k'));
    await settled();
    held.take('get').fail(vendor);
    const error = (await call) as Error & { cause: Error & { code: string } };
    expect(error.cause).to.not.equal(vendor);
    expect(error.cause.code).to.equal('E_VENDOR');
    const { inspect } = await import('node:util');
    expect(inspect(error, { depth: Infinity, showHidden: true }) + String(error.stack)).to.not.include('s3cr3t');
  });
});
