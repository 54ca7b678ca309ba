import { expect } from 'chai';
import sinon from 'sinon';
import { cacheScope, createCache, MultiCached, type Cache, type GetOrSetOptions } from 'cachewright';
import { asynchronous, faulty, type FaultyBackend } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { fenceOf } from '#lib/command/fence.js';
import { systemClock } from '#lib/util/clock.js';
import { context } from '../support/backend-calls.js';
import { caught } from '../support/caught.js';
import { deferred } from '../support/deferred.js';
import { HeldBackend } from '../support/held-backend.js';
import { withFences } from '../support/memory-fences.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

const pending = Symbol('pending');
const state = (promise: Promise<unknown>): Promise<unknown> => Promise.race([promise, Promise.resolve(pending)]);

/** Whoever joins a load waits for the cache as long as they would by themselves. The load is one all the same. */
describe('the budget of a call that joins', () => {
  let time: sinon.SinonFakeTimers;
  let held: HeldBackend;
  let cache: Cache;
  let loads: number;
  let load: () => unknown;

  beforeEach(() => {
    time = sinon.useFakeTimers();
    held = new HeldBackend().hold('get', 'multiGet', 'set', 'multiSet');
    cache = createCache({ backend: held.backend, breaker: false });
    loads = 0;
    load = () => `loaded ${++loads}`;
  });
  afterEach(async () => {
    time.restore();
    held.releaseAll();
    await cache.close();
  });

  forbidUnhandledRejections();

  const call = (options: GetOrSetOptions = {}): Promise<unknown> => cache.getOrSet('k', () => load(), options);

  class Prices {
    asked: (readonly string[])[] = [];
    @MultiCached({ cache: () => cache, key: (id: string) => id, budget: '10s' })
    patiently(ids: readonly string[]): Promise<Map<string, unknown>> {
      return this.#load(ids);
    }
    @MultiCached({ cache: () => cache, key: (id: string) => id, budget: '50ms' })
    hastily(ids: readonly string[]): Promise<Map<string, unknown>> {
      return this.#load(ids);
    }
    async #load(ids: readonly string[]): Promise<Map<string, unknown>> {
      this.asked.push(ids);
      const loaded = await load();
      return new Map(ids.map((id) => [id, loaded]));
    }
  }

  for (const [name, first, second] of [
    ['a budget', { budget: '10s' }, { budget: '50ms' }],
    ['a timeout', { budget: 0, timeout: '10s' }, { budget: 0, timeout: '50ms' }],
    ['a budget, where there was none', { budget: 0, timeout: 0 }, { budget: '50ms' }],
  ] as const) {
    describe(`with ${name}`, () => {
      it('is not longer than its own while the value is looked for', async () => {
        const patient = call(first);
        const hasty = call(second);
        await time.tickAsync(49);
        expect(loads).to.equal(0);
        await time.tickAsync(2);
        expect(loads).to.equal(1);
        held.releaseAll();
        expect(await Promise.all([patient, hasty])).to.deep.equal(['loaded 1', 'loaded 1']);
        expect(loads).to.equal(1);
        await time.tickAsync(1);
        expect(await cache.get('k')).to.equal('loaded 1');
      });
    });
  }

  const FIRST = { budget: '10s' } as const;
  const SECOND = { budget: '50ms' } as const;

  it('is all that is waited for, whatever the other call goes on to wait for', async () => {
    const patient = call(FIRST);
    const hasty = call(SECOND);
    await time.tickAsync(51);
    expect(await state(hasty)).to.equal('loaded 1');
    expect(await state(patient)).to.equal(pending);
    held.releaseAll();
    expect(await patient).to.equal('loaded 1');
  });

  for (const [what, options] of [
    ['the token of the load', {}],
    ['the marks of its tags', { tags: ['t'] }],
  ] as const) {
    it(`is not longer than its own while ${what} is asked for`, async () => {
      const shared = { shared: true, wire: 'text' as const };
      const memory = memoryBackend({}, context);
      const fenced = what === 'the token of the load' ? withFences(memory, systemClock) : memory;
      const backend = faulty({ ...asynchronous(fenced), capabilities: { ...memory.capabilities, ...shared } });
      cache = createCache({ backend, breaker: false });
      backend.delay('take', '1s');
      if ('tags' in options) backend.delay('multiGet', '1s');
      const patient = call({ ...FIRST, ...options });
      await time.tickAsync(10);
      const hasty = call({ ...SECOND, ...options });
      await time.tickAsync(49);
      expect(loads).to.equal(0);
      await time.tickAsync(2);
      expect(await state(hasty)).to.equal('loaded 1');
      expect(await state(patient)).to.equal(pending);
      await time.tickAsync(1_000);
      expect(await state(patient)).to.equal('loaded 1');
      expect(loads).to.equal(1);
    });
  }

  it('leaves the stored value to who waits for it', async () => {
    held.releaseAll();
    await cache.set('k', 'stored');
    held.hold('get', 'set');
    const patient = call(FIRST);
    const hasty = call(SECOND);
    await time.tickAsync(51);
    expect(await hasty).to.equal('loaded 1');
    held.releaseAll();
    expect(await patient).to.equal('stored');
    expect(loads).to.equal(1);
  });

  it('is that of each of many, and what one of them began is shared by all', async () => {
    const gate = deferred<string>();
    load = () => (++loads, gate.promise);
    const patient = call(FIRST);
    const hasty = [call({ budget: '90ms' }), call(SECOND), call(SECOND), call({ budget: '60ms' })];
    await time.tickAsync(51);
    expect(loads).to.equal(1);
    await time.tickAsync(20);
    const late = call(SECOND);
    await time.tickAsync(100);
    held.releaseAll();
    await time.tickAsync(1);
    gate.resolve('loaded');
    expect(await Promise.all([patient, ...hasty, late])).to.deep.equal(Array(6).fill('loaded'));
    expect(loads).to.equal(1);
  });

  it('is not longer either when the load that was begun has ended long since', async () => {
    const patient = call(FIRST);
    const hasty = [call(SECOND), call({ budget: '90ms' })];
    await time.tickAsync(51);
    expect(await hasty[0]).to.equal('loaded 1');
    await time.tickAsync(40);
    expect(await hasty[1]).to.equal('loaded 1');
    held.releaseAll();
    expect(await patient).to.equal('loaded 1');
  });

  it('says nothing of the load itself', async () => {
    const gate = deferred<string>();
    load = () => (++loads, gate.promise);
    const patient = call(FIRST);
    const hasty = call(SECOND);
    await time.tickAsync(1);
    held.releaseAll();
    await time.tickAsync(5_000);
    expect(await state(hasty)).to.equal(pending);
    gate.resolve('loaded');
    expect(await Promise.all([patient, hasty])).to.deep.equal(['loaded', 'loaded']);
    expect(loads).to.equal(1);
  });

  it('is not longer than its own while the value is stored, as far as looking for it has left it', async () => {
    const patient = call(FIRST);
    const hasty = call(SECOND);
    await time.tickAsync(30);
    held.take('get').release();
    await time.tickAsync(19);
    expect(await state(hasty)).to.equal(pending);
    const later = call(SECOND);
    const never = cacheScope({ awaitWrite: false }, () => call(FIRST));
    await time.tickAsync(0);
    expect(await state(never)).to.equal('loaded 1');
    await time.tickAsync(2);
    expect(await state(hasty)).to.equal('loaded 1');
    expect(await state(later)).to.equal(pending);
    await time.tickAsync(50);
    expect(await state(later)).to.equal('loaded 1');
    expect(await state(patient)).to.equal(pending);
    held.releaseAll();
    expect(await patient).to.equal('loaded 1');
    expect(loads).to.equal(1);
  });

  it('is not longer while the value is stored under a lease', async () => {
    const gate = deferred<string>();
    load = () => (++loads, gate.promise);
    const patient = call({ ...FIRST, lease: '5s' });
    const hasty = call({ ...SECOND, lease: '5s' });
    await time.tickAsync(1);
    held.take('get').release();
    await time.tickAsync(1);
    held.take('get').release();
    await time.tickAsync(1);
    expect(loads).to.equal(1);
    gate.resolve('loaded 1');
    await time.tickAsync(50);
    expect(await state(hasty)).to.equal('loaded 1');
    expect(await state(patient)).to.equal(pending);
    held.releaseAll();
    expect(await patient).to.equal('loaded 1');
  });

  it('ends in the error of the one load there was', async () => {
    load = () => {
      throw new Error(`failed ${++loads}`);
    };
    const calls = [call(FIRST), call(SECOND)].map((promise) => caught(promise));
    await time.tickAsync(51);
    expect(await calls[1]).to.have.property('message', 'failed 1');
    held.releaseAll();
    expect(await calls[0]).to.have.property('message', 'failed 1');
  });

  it('ends in no error of the cache that only the one who began the load wants to see', async () => {
    const patient = call({ budget: 0, timeout: '10s' });
    const hasty = caught(call({ budget: 0, timeout: '50ms', onCacheError: 'throw' }));
    await time.tickAsync(102);
    expect(await hasty).to.have.property('code', 'ERR_CACHE_COMMAND_TIMEOUT');
    held.releaseAll();
    expect(await patient).to.equal('loaded 1');
    expect(loads).to.equal(1);
  });

  it('is not longer than its own under a lease, for which nobody is asked any more', async () => {
    const asked = sinon.spy(held.backend.locks!, 'acquire');
    cache = createCache({ backend: held.backend, breaker: false });
    const patient = call({ ...FIRST, lease: '5s' });
    const hasty = call({ ...SECOND, lease: '5s' });
    await time.tickAsync(51);
    held.releaseAll();
    expect(await Promise.all([patient, hasty])).to.deep.equal(['loaded 1', 'loaded 1']);
    expect(asked.called).to.equal(false);
  });

  it('has its own hardTimeout after it, and its own signal', async () => {
    load = () => (++loads, new Promise(() => undefined));
    void call(FIRST).catch(() => undefined);
    const rescued = caught(call({ ...SECOND, hardTimeout: '20ms' }));
    const controller = new AbortController();
    const aborted = caught(call({ budget: '60ms', signal: controller.signal }));
    const early = new AbortController();
    const abortedEarly = caught(call({ budget: '40ms', signal: early.signal }));
    await time.tickAsync(30);
    early.abort(new Error('early'));
    expect(await abortedEarly).to.have.property('message', 'early');
    await time.tickAsync(19);
    expect(loads).to.equal(0);
    await time.tickAsync(2);
    expect(loads).to.equal(1);
    await time.tickAsync(21);
    expect(await rescued).to.have.property('code', 'ERR_CACHE_LOADER_TIMEOUT');
    controller.abort(new Error('enough'));
    expect(await aborted).to.have.property('message', 'enough');
  });

  it('does not bring back what was invalidated meanwhile', async () => {
    const patient = call(FIRST);
    const hasty = call(SECOND);
    const gate = deferred<string>();
    load = () => (++loads, gate.promise);
    await time.tickAsync(51);
    await cache.delete('k');
    gate.resolve('outdated');
    expect(await hasty).to.equal('outdated');
    held.releaseAll();
    await patient;
    await time.tickAsync(1);
    expect(await cache.get('k')).to.equal(undefined);
  });

  it('stores for those who want it stored, though who began the load does not', async () => {
    const patient = call(FIRST);
    const hasty = cacheScope({ write: false }, () => call(SECOND));
    await time.tickAsync(51);
    expect(await hasty).to.equal('loaded 1');
    held.releaseAll();
    await patient;
    await time.tickAsync(1);
    expect(await cache.get('k')).to.equal('loaded 1');
  });

  it('does not wait for a load that waits for it', async () => {
    const inner = call(FIRST);
    load = () => cache.getOrSet('k', () => `inner ${++loads}`, SECOND);
    const hasty = call(SECOND);
    await time.tickAsync(200);
    held.releaseAll();
    await time.tickAsync(200);
    expect(await hasty).to.match(/^inner/);
    expect(await inner).to.match(/^inner/);
  });

  it('is that of a call that joins a batch', async () => {
    const prices = new Prices();
    const patient = prices.patiently(['k', 'l']);
    const hasty = call(SECOND);
    await time.tickAsync(51);
    expect(await hasty).to.equal('loaded 1');
    held.releaseAll();
    expect(await patient).to.deep.equal(
      new Map([
        ['k', 'loaded 1'],
        ['l', 'loaded 2'],
      ]),
    );
    expect(prices.asked).to.deep.equal([['l']]);
  });

  it('is that of a call that joins a batch which is being stored', async () => {
    const patient = new Prices().patiently(['k', 'l']);
    await time.tickAsync(1);
    held.take('multiGet').release();
    await time.tickAsync(1);
    const hasty = call(SECOND);
    await time.tickAsync(49);
    expect(await state(hasty)).to.equal(pending);
    await time.tickAsync(2);
    expect(await state(hasty)).to.equal('loaded 1');
    expect(await state(patient)).to.equal(pending);
    held.releaseAll();
    await patient;
  });

  it('is that of a batch that joins', async () => {
    const prices = new Prices();
    const patient = [call(FIRST), prices.patiently(['l', 'm'])];
    const hasty = prices.hastily(['k', 'l', 'n']);
    await time.tickAsync(49);
    expect(prices.asked).to.deep.equal([]);
    await time.tickAsync(2);
    expect([...(await hasty).keys()]).to.deep.equal(['k', 'l', 'n']);
    expect(prices.asked).to.have.deep.members([['n'], ['k', 'l']]);
    held.releaseAll();
    await Promise.all(patient);
    expect(prices.asked.slice(2)).to.deep.equal([['m']]);
    expect(loads).to.equal(3);
  });

  it('is what is left of it when the load that it joined failed as the cache does for that', async () => {
    const strict = caught(call({ budget: '50ms', onCacheError: 'throw' }));
    const other = call({ budget: '50ms' });
    await time.tickAsync(51);
    expect(await strict).to.have.property('code', 'ERR_CACHE_COMMAND_TIMEOUT');
    await time.tickAsync(5);
    expect(await state(other)).to.equal('loaded 1');
  });

  it('is what is left of it for what a batch joins then', async () => {
    void call({ budget: '10s' });
    void call({ budget: 0, timeout: '80ms' });
    await time.tickAsync(40);
    const hasty = new Prices().hastily(['k']);
    await time.tickAsync(52);
    await time.tickAsync(5);
    expect(await state(hasty)).to.deep.equal(new Map([['k', 'loaded 1']]));
  });

  it('is what a batch has left when it has looked for the value itself', async () => {
    const hasty = new Prices().hastily(['k']);
    void call({ budget: 0, timeout: '30ms' });
    await time.tickAsync(45);
    expect(await state(hasty)).to.equal(pending);
    held.take('multiGet').release();
    await time.tickAsync(8);
    expect(await state(hasty)).to.deep.equal(new Map([['k', 'loaded 1']]));
  });

  it('is its own where the load that it joined ends as another one that is being stored', async () => {
    void call({ budget: '10s' });
    void call({ budget: 0, timeout: '30ms' });
    const hasty = call({ budget: '50ms' });
    await time.tickAsync(40);
    expect(loads).to.equal(1);
    held.take('get').release();
    await time.tickAsync(13);
    expect(await state(hasty)).to.equal('loaded 1');
  });

  it('is what is left of it for what it joins then', async () => {
    void call({ budget: '10s' });
    const storing = call({ budget: 0, timeout: '100ms' });
    await time.tickAsync(50);
    const hasty = call({ budget: '60ms' });
    await time.tickAsync(55);
    expect(await state(hasty)).to.equal(pending);
    await time.tickAsync(10);
    expect(await state(hasty)).to.equal('loaded 1');
    expect(await state(storing)).to.equal(pending);
    expect(loads).to.equal(1);
  });

  describe('where tokens are asked for', () => {
    let backend: FaultyBackend;
    beforeEach(() => {
      const memory = memoryBackend({}, context);
      const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
      backend = faulty({ ...asynchronous(withFences(memory, systemClock)), capabilities });
      cache = createCache({ backend, breaker: false, timeout: '10s' });
    });

    it('is that of the overtaken call, too: it does not wait for the questions of who overtook it', async () => {
      backend.hang('take');
      const gate = deferred<string>();
      load = () => (loads++, gate.promise);
      const overtaken = call({ budget: '50ms' });
      backend.delay('get', '5ms');
      await time.tickAsync(20);
      const overtaking = call({ budget: '2s', timeout: '10ms' });
      await time.tickAsync(29);
      expect(loads).to.equal(0);
      await time.tickAsync(3);
      expect(loads).to.equal(1);
      await time.tickAsync(3_000);
      gate.resolve('loaded');
      await time.tickAsync(1);
      expect(await Promise.all([overtaken, overtaking].map(state))).to.deep.equal(['loaded', 'loaded']);
      expect(loads).to.equal(1);
      backend.heal();
      await time.tickAsync(1);
      expect(fenceOf(backend).idle).to.equal(true);
    });

    it('is no longer because a refresh in the background is asking, and there is one load', async () => {
      const options = { ttl: '100ms', staleWhileRevalidate: '100ms', budget: '10s' } as const;
      const first = call(options);
      await time.tickAsync(5);
      expect(await state(first)).to.equal('loaded 1');
      backend.hang('take');
      await time.tickAsync(145);
      const stale = call(options);
      await time.tickAsync(5);
      expect(await state(stale)).to.equal('loaded 1');
      await time.tickAsync(100);
      const hasty = call({ ...options, budget: '50ms' });
      await time.tickAsync(55);
      expect(await state(hasty)).to.equal('loaded 2');
      backend.heal();
      await time.tickAsync(10);
      expect(loads).to.equal(2);
    });
  });
});
