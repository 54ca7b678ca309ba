import { expect } from 'chai';
import sinon from 'sinon';
import { cacheScope, createCache, MultiCached, type Cache } from 'cachewright';
import { asynchronous, faulty } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { fenceOf } from '#lib/command/fence.js';
import { systemClock } from '#lib/util/clock.js';
import { context } from '../support/backend-calls.js';
import { caught } from '../support/caught.js';
import { deferred, type Deferred } from '../support/deferred.js';
import { withFences } from '../support/memory-fences.js';
import { HeldBackend } from '../support/held-backend.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

const pending = Symbol('pending');
const state = (promise: Promise<unknown>): Promise<unknown> => Promise.race([promise, Promise.resolve(pending)]);

const PATIENT = { budget: '10s' } as const;
const HASTY = { budget: '50ms' } as const;

/** A load whose cache is slow, and the one that a caller began who could not wait: neither harms the callers of the other. */
describe('a load that is overtaken', () => {
  let time: sinon.SinonFakeTimers;
  let held: HeldBackend;
  let cache: Cache;
  let loads: number;
  let gate: Deferred<unknown>;

  beforeEach(() => {
    // Not `process.nextTick`: the fake one forgets inside of which load it was called.
    time = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance', 'Date'] });
    loads = 0;
    gate = deferred();
    held = new HeldBackend().hold('get', 'multiGet', 'set', 'multiSet');
    cache = make();
  });
  afterEach(async () => {
    gate.resolve('loaded');
    held.releaseAll();
    await time.tickAsync(10_000);
    time.restore();
    expect(fenceOf(held).idle, 'no flight is left behind').to.equal(true);
    await cache.close();
  });

  forbidUnhandledRejections();

  const make = (options: object = {}): Cache => createCache({ backend: held.backend, breaker: false, ...options });
  const slowly = (): Promise<unknown> => (loads++, gate.promise);
  const quickly = (): unknown => `loaded ${++loads}`;

  class Prices {
    asked: (readonly string[])[] = [];
    load = async (ids: readonly string[]): Promise<Map<string, unknown>> => {
      loads++;
      const value = await gate.promise;
      return new Map(ids.map((id) => [id, value]));
    };

    @MultiCached({ cache: () => cache, key: (id: string) => id, budget: '10s' })
    patiently(ids: readonly string[]): Promise<Map<string, unknown>> {
      return this.#asked(ids);
    }
    @MultiCached({ cache: () => cache, key: (id: string) => id, budget: '10s', ttl: '1s', staleIfError: '1h' })
    staleIfError(ids: readonly string[]): Promise<Map<string, unknown>> {
      return this.#asked(ids);
    }
    @MultiCached({ cache: () => cache, key: (id: string) => id, budget: '50ms' })
    hastily(ids: readonly string[]): Promise<Map<string, unknown>> {
      return this.#asked(ids);
    }
    @MultiCached({ cache: () => cache, key: (id: string) => id, budget: '10s', lease: '5s' })
    underLeases(ids: readonly string[]): Promise<Map<string, unknown>> {
      return this.#asked(ids);
    }
    @MultiCached({ cache: () => cache, key: (id: string) => id, onCacheError: 'throw' })
    strictly(ids: readonly string[]): Promise<Map<string, unknown>> {
      return this.#asked(ids);
    }
    #asked(ids: readonly string[]): Promise<Map<string, unknown>> {
      this.asked.push(ids);
      return this.load(ids);
    }
  }

  const stoppable =
    (): ((context: { signal: AbortSignal }) => Promise<unknown>) =>
    ({ signal }) => {
      loads++;
      return new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
        void gate.promise.then(resolve);
      });
    };

  for (const [name, patiently] of [
    ['a call', () => cache.getOrSet('k', slowly, PATIENT)],
    ['a batch', async () => (await new Prices().patiently(['k'])).get('k')],
  ] as const) {
    it(`is not stopped for ${name} by the one who overtook it and gave up`, async () => {
      const patient = patiently();
      patient.catch(() => undefined);
      const controller = new AbortController();
      const hasty = caught(cache.getOrSet('k', stoppable(), { ...HASTY, signal: controller.signal }));
      await time.tickAsync(51);
      expect(loads).to.equal(1);
      controller.abort(new Error('enough'));
      expect(await hasty).to.have.property('message', 'enough');
      held.releaseAll();
      await time.tickAsync(1);
      gate.resolve('loaded');
      expect(await patient).to.equal('loaded');
      expect(loads).to.equal(1);
    });
  }

  it('is stopped when all have given up', async () => {
    const [one, two] = [new AbortController(), new AbortController()];
    const patient = caught(cache.getOrSet('k', slowly, { ...PATIENT, signal: one.signal }));
    let stopped = false;
    const load = ({ signal }: { signal: AbortSignal }): Promise<unknown> => {
      signal.addEventListener('abort', () => (stopped = true));
      return gate.promise;
    };
    const hasty = caught(cache.getOrSet('k', load, { ...HASTY, signal: two.signal }));
    await time.tickAsync(51);
    two.abort(new Error('two'));
    expect(stopped).to.equal(false);
    one.abort(new Error('one'));
    expect(stopped).to.equal(true);
    await Promise.all([patient, hasty]);
  });

  it('is not waited for any longer because it is to end as one that asks the cache, too', async () => {
    const memory = memoryBackend({}, context);
    const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
    const backend = faulty({ ...asynchronous(withFences(memory, systemClock)), capabilities });
    cache = createCache({ backend, breaker: false });
    backend.delay('get', '60ms');
    backend.delay('take', '500ms');
    const patient = cache.getOrSet('k', quickly, PATIENT);
    const overtaking = cache.getOrSet('k', quickly, { budget: 0, timeout: '50ms' });
    const hasty = cache.getOrSet('k', quickly, { budget: '100ms' });
    await time.tickAsync(99);
    expect(loads).to.equal(0);
    await time.tickAsync(2);
    expect(await state(hasty)).to.equal('loaded 1');
    await time.tickAsync(1_000);
    expect(await Promise.all([patient, overtaking].map(state))).to.deep.equal(['loaded 1', 'loaded 1']);
    expect(loads).to.equal(1);
  });

  it('is not loaded by a batch, too, when it begins just as that gives up waiting', async () => {
    const memory = memoryBackend({}, context);
    const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
    const backend = faulty({ ...asynchronous(withFences(memory, systemClock)), capabilities });
    cache = createCache({ backend, breaker: false, timeout: '50ms' });
    backend.hang('take');
    const patient = cache.getOrSet('k', slowly, PATIENT);
    await time.tickAsync(0);
    const hasty = new Prices().hastily(['k']);
    await time.tickAsync(60);
    expect(loads).to.equal(1);
    gate.resolve('loaded');
    expect(await patient).to.equal('loaded');
    expect(await hasty).to.deep.equal(new Map([['k', 'loaded']]));
    expect(loads).to.equal(1);
  });

  for (const [name, inside] of [
    ['a call', () => cache.getOrSet('k', quickly, PATIENT)],
    ['a call that overtakes it', () => cache.getOrSet('k', quickly, { budget: '100ms' })],
    ['a batch', async () => (await new Prices().patiently(['k'])).get('k')],
    ['a batch that overtakes it', async () => (await new Prices().hastily(['k'])).get('k')],
  ] as const) {
    it(`does not wait for a load that waits for it by ${name}`, async () => {
      gate.resolve('loaded');
      const patient = cache.getOrSet('k', quickly, PATIENT);
      const outer = cache.getOrSet('x', inside, PATIENT);
      await time.tickAsync(1);
      held.calls.splice(1, 1)[0]!.release();
      await time.tickAsync(1);
      const hasty = cache.getOrSet('k', () => cache.getOrSet('x', quickly, PATIENT), { budget: '20ms' });
      await time.tickAsync(200);
      held.releaseAll();
      await time.tickAsync(200);
      expect(await Promise.all([patient, outer, hasty].map(state))).not.to.include(pending);
    });

    it(`does not wait in a line for a load that waits for it by ${name}`, async () => {
      gate.resolve('loaded');
      cache = make({ originConcurrency: 1 });
      const patient = cache.getOrSet('k', quickly, PATIENT);
      const holder = cache.getOrSet('x', inside, PATIENT);
      await time.tickAsync(1);
      held.calls.splice(1, 1)[0]!.release();
      await time.tickAsync(1);
      const hasty = cache.getOrSet('k', quickly, { budget: '20ms' });
      await time.tickAsync(200);
      held.releaseAll();
      await time.tickAsync(200);
      expect(await Promise.all([patient, holder, hasty].map(state))).not.to.include(pending);
    });
  }

  it('does not wait in a line for a load that waits for it, as part of a batch', async () => {
    gate.resolve('loaded');
    cache = make({ originConcurrency: 1 });
    const patient = new Prices().patiently(['k', 'l']);
    const holder = cache.getOrSet('x', () => cache.getOrSet('k', quickly, PATIENT), PATIENT);
    await time.tickAsync(1);
    held.calls.splice(1, 1)[0]!.release();
    await time.tickAsync(1);
    const hasty = cache.getOrSet('k', quickly, { budget: '20ms' });
    await time.tickAsync(200);
    held.releaseAll();
    await time.tickAsync(200);
    expect(await Promise.all([patient, holder, hasty].map(state))).not.to.include(pending);
  });

  it('does not wait for one in the background that stands in a line for a load that waits for it', async () => {
    held.releaseAll();
    cache = make({ originConcurrency: 1 });
    const swr = { ttl: '1s', staleWhileRevalidate: '1h', ...PATIENT } as const;
    await cache.getOrSet('k', quickly, swr);
    await time.tickAsync(2_000);
    const inside = deferred();
    const holder = cache.getOrSet('x', () => inside.promise.then(() => cache.getOrSet('k', quickly, PATIENT)));
    await time.tickAsync(1);
    expect(await cache.getOrSet('k', quickly, swr)).to.equal('loaded 1');
    held.hold('get');
    const patient = cache.getOrSet('k', quickly, PATIENT);
    inside.resolve(undefined);
    await time.tickAsync(1);
    held.take('get').fail(new Error('down'));
    held.releaseAll();
    await time.tickAsync(100);
    expect(await Promise.all([patient, holder].map(state))).not.to.include(pending);
  });

  it('of a batch under leases does not wait in a line for a load that waits for it', async () => {
    gate.resolve('loaded');
    cache = make({ originConcurrency: 1 });
    const patient = new Prices().underLeases(['k']);
    const holder = cache.getOrSet('x', () => cache.getOrSet('k', quickly, PATIENT));
    await time.tickAsync(1);
    held.take('get').release();
    await time.tickAsync(1);
    held.releaseAll();
    await time.tickAsync(100);
    expect(await Promise.all([patient, holder].map(state))).not.to.include(pending);
  });

  it('stays a load anew, whoever overtakes it', async () => {
    held.releaseAll();
    const backend = faulty(held.backend);
    cache = createCache({ backend, breaker: false });
    await cache.set('k', 'old');
    backend.delay('multiGet', '1s');
    const options = { tags: ['t'], lease: '5s', budget: 0, onCacheError: 'run' } as const;
    const anew = cacheScope({ read: false }, () => cache.getOrSet('k', quickly, { ...options, timeout: '10s' }));
    await time.tickAsync(10);
    const hasty = cache.getOrSet('k', quickly, { ...options, timeout: '50ms' });
    await time.tickAsync(5_000);
    expect(await Promise.all([anew, hasty])).to.deep.equal(['loaded 1', 'loaded 1']);
  });

  it('of a batch does not fail as the cache did for the one who overtook it', async () => {
    gate.resolve('loaded');
    const patient = new Prices().patiently(['k']);
    const hasty = caught(cache.getOrSet('k', quickly, { budget: 0, timeout: '50ms', onCacheError: 'throw' }));
    await time.tickAsync(102);
    expect(await hasty).to.have.property('code', 'ERR_CACHE_COMMAND_TIMEOUT');
    held.releaseAll();
    await time.tickAsync(1);
    expect(await patient).to.deep.equal(new Map([['k', 'loaded 1']]));
    expect(loads).to.equal(1);
  });

  it('in a batch does not fail as the others of the batch do', async () => {
    const prices = new Prices();
    prices.load = () => Promise.reject(new Error('failed'));
    const patient = caught(prices.patiently(['k', 'l']));
    const joined = cache.getOrSet('k', slowly, PATIENT);
    const hasty = cache.getOrSet('k', slowly, HASTY);
    await time.tickAsync(51);
    held.releaseAll();
    expect(await patient).to.have.property('message', 'failed');
    gate.resolve('loaded');
    expect(await Promise.all([joined, hasty])).to.deep.equal(['loaded', 'loaded']);
  });

  it('in a batch is answered by what it found stale when the other one fails', async () => {
    held.releaseAll();
    const prices = new Prices();
    gate.resolve('old');
    await prices.staleIfError(['k']);
    await time.tickAsync(2_000);
    held.hold('multiGet', 'get');
    const patient = prices.staleIfError(['k']);
    const hasty = caught(
      cache.getOrSet(
        'k',
        async () => {
          await new Promise((resolve) => setTimeout(resolve, 500));
          throw new Error('failed');
        },
        HASTY,
      ),
    );
    await time.tickAsync(51);
    held.releaseAll();
    await time.tickAsync(1_000);
    expect(await hasty).to.have.property('message', 'failed');
    expect(await patient).to.deep.equal(new Map([['k', 'old']]));
  });

  it('is joined by later calls when it loads after all', async () => {
    const prices = new Prices();
    prices.load = async () => new Map();
    const patient = cache.getOrSet('k', slowly, PATIENT);
    const hasty = prices.hastily(['k']);
    await time.tickAsync(51);
    expect(await hasty).to.deep.equal(new Map());
    held.releaseAll();
    await time.tickAsync(1);
    const later = cache.getOrSet('k', slowly, PATIENT);
    await time.tickAsync(1);
    gate.resolve('loaded');
    expect(await Promise.all([patient, later])).to.deep.equal(['loaded', 'loaded']);
    expect(loads).to.equal(1);
  });

  it('joins who has begun meanwhile when it does not end as the one that overtook it', async () => {
    const prices = new Prices();
    prices.load = async () => new Map();
    const patient = cache.getOrSet('k', slowly, PATIENT);
    const hasty = prices.hastily(['k']);
    await time.tickAsync(51);
    expect(await hasty).to.deep.equal(new Map());
    const later = cache.getOrSet('k', slowly, PATIENT);
    await time.tickAsync(1);
    held.calls.splice(1, 1)[0]!.release();
    await time.tickAsync(1);
    held.releaseAll();
    await time.tickAsync(1);
    gate.resolve('loaded');
    expect(await Promise.all([patient, later])).to.deep.equal(['loaded', 'loaded']);
    expect(loads).to.equal(1);
  });

  for (const [name, joining] of [
    ['a call', () => cache.getOrSet('k', quickly)],
    ['a batch', async () => (await new Prices().patiently(['k'])).get('k')],
  ] as const) {
    for (const [other, first] of [
      ['a call', () => cache.getOrSet('k', quickly, { onCacheError: 'throw' })],
      ['a batch', () => new Prices().strictly(['k'])],
    ] as const) {
      it(`fails by its cache only for ${other} that wants to see that, and not for ${name} that joined it`, async () => {
        gate.resolve('loaded 1');
        const strict = caught(first());
        const joined = joining();
        await time.tickAsync(1);
        held.calls.shift()!.fail(new Error('down'));
        held.releaseAll();
        expect(await strict).to.have.property('code', 'ERR_CACHE_BACKEND');
        expect(await joined).to.equal('loaded 1');
      });
    }
  }

  for (const [name, begin] of [
    ['a call', (load: () => Promise<unknown>) => cache.getOrSet('k', load, { lease: '5s' })],
    [
      'a batch',
      (load: () => Promise<unknown>) => {
        const prices = new Prices();
        prices.load = async () => new Map([['k', await load()]]);
        return prices.underLeases(['k']);
      },
    ],
  ] as const) {
    it(`does not wait for the lease of ${name} that it is inside of, and which was fenced`, async () => {
      held.releaseAll();
      const answer = begin(async () => {
        await cache.delete('k');
        return cache.getOrSet('k', quickly, { lease: '5s' });
      });
      await time.tickAsync(10_000);
      expect(await state(answer)).not.to.equal(pending);
      expect(loads).to.equal(1);
    });
  }

  it('of which the load waits that has the lease does not wait for that', async () => {
    held.releaseAll();
    const lease = { lease: '5s' } as const;
    const fenced = cache.getOrSet('k', async () => (await gate.promise, cache.getOrSet('k', quickly, lease)), lease);
    await time.tickAsync(10);
    await cache.delete('k');
    const outside = cache.getOrSet('k', quickly, lease);
    await time.tickAsync(10);
    gate.resolve(undefined);
    await time.tickAsync(10_000);
    expect(await Promise.all([fenced, outside].map(state))).not.to.include(pending);
  });
});
