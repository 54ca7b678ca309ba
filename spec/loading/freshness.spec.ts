import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import sinon from 'sinon';
import {
  cacheScope,
  createCache,
  isCacheError,
  type Backend,
  type Cache,
  type GetOrSetOptions,
  type Isolation,
  type LoadContext,
  MultiCached,
} from 'cachewright';
import { asynchronous, FakeClock } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { internalsOf } from '#lib/cache/internals.js';
import { doubleOf } from '#lib/testing/backend-commands.js';
import { caught } from '../support/caught.js';
import { deferred } from '../support/deferred.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

/** Text behind promises, as a server would have it. */
function server(clock: FakeClock, late?: (command: string) => Promise<void>): Backend {
  const memory = memoryBackend({}, { cache: 'shared', clock });
  const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
  const backend = doubleOf(asynchronous(memory), async (command, carryOut) => {
    const answer: unknown = await carryOut();
    await late?.(command);
    return answer;
  });
  return { ...backend, capabilities, identity: {}, close: () => Promise.resolve() };
}

/** The same entries as values in memory, on a shared store, and with copies in front of that. */
const STORES: [name: string, make: (clock: FakeClock, random?: () => number, isolation?: Isolation) => Cache][] = [
  ['memory', (clock, random, isolation) => createCache({ backend: 'memory', clock, random, isolation })],
  [
    'a shared store',
    (clock, random, isolation) => createCache({ backend: server(clock), namespace: 'n', clock, random, isolation }),
  ],
  [
    'tiers',
    (clock, random, isolation) =>
      createCache({
        tiers: [{ backend: 'memory' }, { backend: server(clock) }],
        namespace: 'n',
        clock,
        random,
        isolation,
      }),
  ],
];

const failing = (): never => {
  throw new Error('the origin is down');
};

for (const [name, make] of STORES) {
  describe(`freshness on ${name}`, () => {
    forbidUnhandledRejections();
    let clock: FakeClock;
    let cache: Cache;
    let version: number;
    const load = sinon.fake(async () => `v${++version}`);

    beforeEach(() => {
      clock = new FakeClock();
      cache = make(clock);
      version = 0;
      load.resetHistory();
    });
    afterEach(() => cache.close());

    const ask = (options: GetOrSetOptions<string>, loader: (context: LoadContext) => Promise<string> = load) =>
      cache.getOrSet('k', loader, options);
    const settled = async (): Promise<void> => {
      for (let turns = 0; turns < 5; turns++) await turn();
    };

    describe('staleWhileRevalidate', () => {
      const options = { ttl: '10s', staleWhileRevalidate: '1m' } as const;

      it('answers the stale value at once, and the new one when it is there', async () => {
        expect(await ask(options)).to.equal('v1');
        clock.advance('10s');
        const gate = deferred<string>();
        expect(await ask(options, () => gate.promise)).to.equal('v1');
        expect(await ask(options, failing)).to.equal('v1');
        gate.resolve('new');
        await settled();
        expect(await ask(options, failing)).to.equal('new');
      });

      it('loads once, however many ask', async () => {
        await ask(options);
        clock.advance('11s');
        const answers = await Promise.all(Array.from({ length: 100 }, () => ask(options)));
        expect(new Set(answers)).to.deep.equal(new Set(['v1']));
        await settled();
        expect(load.callCount).to.equal(2);
      });

      it('ends: beyond it everybody waits', async () => {
        await ask(options);
        clock.advance('70s');
        expect(await ask(options)).to.equal('v2');
      });

      it('shows nothing stale to plain commands', async () => {
        await ask(options);
        expect(await cache.get('k')).to.equal('v1');
        expect(await cache.multiGet(['k'])).to.deep.equal(['v1']);
        clock.advance('10s');
        expect(await cache.get('k')).to.equal(undefined);
        expect(await cache.multiGet(['k', 'other'])).to.deep.equal([undefined, undefined]);
        expect(await cache.getOrSet('k', async () => 'plain')).to.equal('plain');
      });

      it('stops at once after an invalidation, also when the load is already under way', async () => {
        await ask(options);
        clock.advance('11s');
        const gate = deferred<string>();
        await ask(options, () => gate.promise);
        await cache.delete('k');
        gate.resolve('from before the deletion');
        await settled();
        expect(await ask(options)).to.equal('v2');
        expect(await cache.get('k')).to.equal('v2');
      });

      it('tries again at once after one failure, and leaves a loader alone that keeps failing', async () => {
        await ask(options);
        clock.advance('11s');
        const broken = sinon.fake(failing);
        for (let call = 0; call < 50; call++) {
          expect(await ask(options, broken)).to.equal('v1');
          await settled();
        }
        expect(broken.callCount).to.equal(2);
        clock.advance('1s');
        await ask(options, broken);
        await settled();
        expect(broken.callCount).to.equal(3);
        clock.advance('2s');
        await ask(options);
        await settled();
        expect(await ask(options, failing)).to.equal('v2');
      });

      it('refreshes outside of the context of the request that happened to come by', async () => {
        const tenant = new AsyncLocalStorage<string>();
        await ask(options);
        clock.advance('11s');
        let seen: string | undefined = 'never ran';
        await tenant.run('a', () =>
          ask(options, async () => {
            seen = tenant.getStore();
            return 'x';
          }),
        );
        await settled();
        expect(seen).to.equal(undefined);
      });

      it('may ask for its own key: that runs at once', async () => {
        await ask(options);
        clock.advance('11s');
        const inner = deferred<string>();
        await ask(options, async () => {
          await turn();
          // Without an option for stale values there is no value for this call.
          const own = await cache.getOrSet('k', async () => 'inner');
          inner.resolve(own);
          return 'outer';
        });
        expect(await inner.promise).to.equal('inner');
      });

      it('is waited for when the cache is closed', async () => {
        await ask(options);
        clock.advance('11s');
        const gate = deferred<string>();
        await ask(options, () => gate.promise);
        const closing = cache.close();
        expect(cache.closed).to.equal(true);
        let closed = false;
        void closing.then(() => (closed = true));
        await settled();
        expect(closed).to.equal(false);
        gate.resolve('late');
        await closing;
      });
    });

    describe('staleIfError', () => {
      const options = { ttl: '10s', staleIfError: '1h' } as const;

      it('answers what is kept when the loader fails, and its error when nothing is', async () => {
        expect(await caught(ask(options, async () => failing()))).to.have.property('message', 'the origin is down');
        await ask(options);
        clock.advance('11s');
        expect(await ask(options, async () => failing())).to.equal('v1');
        expect(await ask(options)).to.equal('v2');
        clock.advance('2h');
        expect(await caught(ask(options, async () => failing()))).to.have.property('message', 'the origin is down');
      });

      it('asks which errors', async () => {
        const only = { ...options, staleIfErrorWhen: (error: unknown) => error instanceof RangeError };
        await ask(only);
        clock.advance('11s');
        expect(await caught(ask(only, async () => failing()))).to.have.property('message', 'the origin is down');
        expect(await ask(only, () => Promise.reject(new RangeError('x')))).to.equal('v1');
      });

      it('keeps its end, however often loading fails', async () => {
        const brief = { ttl: '10s', staleIfError: '20s' } as const;
        await ask(brief);
        clock.advance('10s');
        for (let failure = 0; failure < 9; failure++) {
          expect(await ask(brief, async () => failing())).to.equal('v1');
          clock.advance('2s');
        }
        clock.advance('2s');
        expect(await caught(ask(brief, async () => failing()))).to.have.property('message', 'the origin is down');
      });

      it('does not stand in once the key was invalidated during the load, or one of its tags', async () => {
        const tagged = { ...options, tags: ['x'] } as const;
        for (const invalidate of [() => cache.delete('k'), () => cache.invalidateTags(['x'])]) {
          await cache.delete('k');
          await ask(tagged);
          clock.advance('11s');
          const gate = deferred<string>();
          const call = caught(ask(tagged, () => gate.promise));
          await settled();
          await invalidate();
          gate.reject(new Error('the origin is down'));
          expect(await call).to.have.property('message', 'the origin is down');
        }
      });

      it('stands in whatever happens to other keys and tags', async () => {
        const tagged = { ...options, tags: ['x'] } as const;
        await ask(tagged);
        clock.advance('11s');
        const gate = deferred<string>();
        const call = ask(tagged, () => gate.promise);
        await settled();
        await cache.delete('other');
        await cache.invalidateTags(['y']);
        gate.reject(new Error('the origin is down'));
        expect(await call).to.equal('v1');
      });

      it('never hides what the caller aborted', async () => {
        await ask(options);
        clock.advance('11s');
        const abort = new AbortController();
        const call = ask({ ...options, signal: abort.signal }, () => new Promise(() => undefined));
        abort.abort(new Error('enough'));
        expect(await caught(call)).to.have.property('message', 'enough');
      });
    });

    describe('calls that share a load', () => {
      it('have what they themselves may be answered with when that fails', async () => {
        const options = { ttl: '10s', staleIfError: '1h' } as const;
        await ask(options);
        clock.advance('11s');
        const gate = deferred<string>();
        const without = caught(ask({ ttl: '10s' }, () => gate.promise));
        const joined = ask(options, failing);
        await settled();
        gate.reject(new Error('the origin is down'));
        expect(await without).to.have.property('message', 'the origin is down');
        expect(await joined).to.equal('v1');
      });

      it('are not answered with what only others let be stale', async () => {
        await ask({ ttl: '10s', staleWhileRevalidate: '1h' });
        clock.advance('11s');
        const stale = ask({ ttl: '10s', staleWhileRevalidate: '1h' });
        const joined = ask({ ttl: '10s' });
        expect(await stale).to.equal('v1');
        expect(await joined).to.equal('v2');
        await settled();
        expect(load.callCount).to.equal(2);
      });

      it('are not in batches either', async () => {
        class Rows {
          @MultiCached({ cache: () => cache, key: (id: string) => id, ttl: '10s', staleWhileRevalidate: '1h' })
          async stale(ids: readonly string[]): Promise<Map<string, string>> {
            return new Map(ids.map((id) => [id, `v${++version}`]));
          }

          @MultiCached({ cache: () => cache, key: (id: string) => id, ttl: '10s' })
          async fresh(ids: readonly string[]): Promise<Map<string, string>> {
            return new Map(ids.map((id) => [id, `v${++version}`]));
          }
        }
        const rows = new Rows();
        await rows.stale(['k']);
        clock.advance('11s');
        const [stale, batch, single] = await Promise.all([rows.stale(['k']), rows.fresh(['k']), ask({ ttl: '10s' })]);
        expect(stale.get('k')).to.equal('v1');
        expect(batch.get('k')).to.not.equal('v1');
        expect(single).to.not.equal('v1');
      });

      it('have it also where a value was to be loaded anew, if looking for it costs nothing', async () => {
        const options = { ttl: '10s', staleIfError: '1h' } as const;
        await ask(options);
        clock.advance('11s');
        const gate = deferred<string>();
        const anew = caught(cacheScope({ read: false }, () => ask(options, () => gate.promise)));
        const joined = name === 'memory' ? ask(options, failing) : undefined;
        await settled();
        gate.reject(new Error('the origin is down'));
        expect(await anew).to.have.property('message', 'the origin is down');
        if (name === 'memory') expect(await joined).to.equal('v1');
      });
    });

    describe('retryAfter', () => {
      it('leaves the loader alone from the failure on, not from when the value expired', async () => {
        const options = { ttl: '10s', staleIfError: '1h', retryAfter: '30s' } as const;
        await ask(options);
        clock.advance('10m');
        const broken = sinon.fake(async () => failing());
        for (let call = 0; call < 5; call++) expect(await ask(options, broken)).to.equal('v1');
        expect(broken.callCount).to.equal(1);
        clock.advance('30s');
        expect(await ask(options)).to.equal('v2');
      });
    });

    describe('errors', () => {
      it('are remembered by kind, until their time is over or the key is invalidated', async () => {
        const options = { ttl: '1m', errors: { ttl: '5s', when: (error: unknown) => error instanceof RangeError } };
        const missing = sinon.fake(() => Promise.reject(new RangeError('no such thing')));
        const other = sinon.fake(() => Promise.reject(new TypeError('a bug')));
        for (let call = 0; call < 3; call++) await caught(ask(options as GetOrSetOptions<string>, other));
        expect(other.callCount).to.equal(3);
        const remembered = options as GetOrSetOptions<string>;
        for (let call = 0; call < 3; call++) {
          expect(await caught(ask(remembered, missing))).to.have.property('message', 'no such thing');
        }
        expect(missing.callCount).to.equal(1);
        clock.advance('5s');
        await caught(ask(remembered, missing));
        expect(missing.callCount).to.equal(2);
        await cache.delete('k');
        expect(await ask(remembered)).to.equal('v1');
      });

      it('are forgotten when the cache is closed, also those of loads that fail later', async () => {
        const options = { errors: { ttl: '1h' } } as const;
        await caught(ask(options, failing));
        const gate = deferred<string>();
        const later = cache.getOrSet('later', () => gate.promise, options);
        await settled();
        await cache.close();
        gate.reject(new Error('the origin is down'));
        await caught(later);
        expect(internalsOf(cache).stack.fence.idle).to.equal(true);
      });
    });

    describe('refreshAhead', () => {
      const options = { ttl: '10s', refreshAhead: 0.8 } as const;

      it('loads anew before the end, and again after a failure', async () => {
        await ask(options);
        clock.advance(7_999);
        await ask(options);
        await settled();
        expect(load.callCount).to.equal(1);
        clock.advance(1);
        expect(await ask(options, failing)).to.equal('v1');
        await settled();
        expect(await ask(options)).to.equal('v1');
        await settled();
        clock.advance('9s');
        expect(await ask({ ttl: '10s' }, failing)).to.equal('v2');
      });
    });

    describe('isolation', () => {
      it("'copy' protects what the loader is told of, and answers to say that it is good, from the caller", async () => {
        await cache.close();
        cache = make(clock, undefined, 'copy');
        const options = { ttl: '10s', refreshAhead: 0.5 } as const;
        const row = (loader: (context: LoadContext) => unknown): Promise<{ name: string }> =>
          cache.getOrSet('k', (context) => loader(context) as { name: string }, options);
        await row(() => ({ name: 'as loaded' }));
        await settled();
        clock.advance('6s');
        const seen = deferred<unknown>();
        const gate = deferred();
        const due = await row(async ({ stale }) => {
          await gate.promise;
          seen.resolve(structuredClone(stale));
          return stale;
        });
        due.name = 'changed';
        gate.resolve();
        expect(await seen.promise).to.deep.equal({ name: 'as loaded' });
        await settled();
        expect(await row(failing)).to.deep.equal({ name: 'as loaded' });
      });
    });

    describe('earlyExpiration', () => {
      it('comes the earlier the longer loading took, by chance', async () => {
        let chance = 0;
        await cache.close();
        cache = make(clock, () => chance);
        const options = { ttl: '10s', earlyExpiration: 1 } as const;
        const slow = async (): Promise<string> => {
          const from = performance.now();
          while (performance.now() - from < 5);
          return 'slow';
        };
        await ask(options, slow);
        clock.advance(9_500);
        chance = 0.5;
        await ask(options, failing);
        await settled();
        expect(load.callCount).to.equal(0);
        // exp(-100): with a cost of at least 5 ms the end has come 500 ms earlier.
        chance = 1 - Number.MIN_VALUE - 1e-16;
        clock.advance(400);
        await ask(options);
        await settled();
        expect(load.callCount).to.equal(1);
      });
    });

    describe('jitter', () => {
      it('lengthens the ttl by up to its fraction, once per entry', async () => {
        await cache.close();
        cache = make(clock, () => 0.5);
        await ask({ ttl: '10s', jitter: 0.2 });
        clock.advance(10_999);
        expect(await cache.get('k')).to.equal('v1');
        clock.advance(2);
        expect(await cache.get('k')).to.equal(undefined);
      });

      it('frames nothing by itself: what is stored is what the serializer made', async () => {
        await ask({ ttl: '10s', jitter: 0.2 });
        const [key] = await cache.raw<string[]>('keys');
        expect(await cache.raw('peek', key)).to.equal(name === 'memory' ? 'v1' : '"v1"');
        const bytes = await cache.raw<number>('bytes');
        await ask({ ttl: '10s', staleIfError: '1m' }, async () => 'unused');
        await cache.delete('k');
        await ask({ ttl: '10s', staleIfError: '1m' });
        // By reference the frame is not shown; it weighs something all the same.
        if (name === 'memory') expect(await cache.raw('peek', key)).to.equal('v2');
        else expect(await cache.raw('peek', key)).not.to.equal('"v2"');
        expect(await cache.raw<number>('bytes')).to.be.above(bytes);
      });
    });

    describe('the context', () => {
      it('has the stale value; to answer it makes it fresh again', async () => {
        const options = { ttl: '10s', staleIfError: '1h' } as const;
        await ask(options);
        clock.advance('11s');
        let stale: unknown;
        const unchanged = async (context: LoadContext): Promise<string> => {
          stale = context.stale;
          return context.stale as string;
        };
        expect(await ask(options, unchanged)).to.equal('v1');
        expect(stale).to.equal('v1');
        clock.advance('9s');
        expect(await ask(options, failing)).to.equal('v1');
      });

      it('has none where nothing is kept', async () => {
        let context!: LoadContext;
        await ask({ ttl: '10s' }, async (given) => ((context = given), 'x'));
        expect(context.stale).to.equal(undefined);
      });
    });

    describe('not modified', () => {
      it('respects an invalidation during the load', async () => {
        const options = { ttl: '10s', staleWhileRevalidate: '1h' } as const;
        await ask(options);
        clock.advance('11s');
        const gate = deferred();
        await ask(options, async (context) => {
          await gate.promise;
          return context.stale as string;
        });
        await cache.delete('k');
        gate.resolve();
        await settled();
        expect(await cache.get('k')).to.equal(undefined);
      });

      it('respects an invalidation of a tag that the value had, and the load has not', async () => {
        await ask({ ttl: '10s', staleIfError: '1h', tags: ['t'] });
        clock.advance('11s');
        const gate = deferred();
        const loading = ask({ ttl: '10s', staleIfError: '1h' }, async (context) => {
          await gate.promise;
          return context.stale as string;
        });
        await settled();
        await cache.invalidateTags(['t']);
        gate.resolve();
        await loading;
        await settled();
        expect(await cache.get('k')).to.equal(undefined);
      });
    });
  });
}

describe('not modified, where the store answers late', () => {
  forbidUnhandledRejections();
  const options = { ttl: '10s', staleWhileRevalidate: '1h', refreshAhead: 0.5, tags: ['t'] } as const;
  const same = ({ stale }: LoadContext): unknown => stale ?? 'new';
  const settled = async (): Promise<void> => {
    for (let turns = 0; turns < 5; turns++) await turn();
  };

  for (const [how, late, invalidate] of [
    ['its key', 'get', (cache: Cache) => cache.delete('k')],
    ['its tag', 'multiGet', (cache: Cache) => cache.invalidateTags(['t'])],
  ] as const) {
    it(`respects an invalidation of ${how} while the stale value is being read`, async () => {
      const clock = new FakeClock();
      let answers: Promise<void> | undefined;
      const store = server(clock, async (command) => (command === late ? answers : undefined));
      const cache = createCache({ backend: store, namespace: 'n', clock, budget: 0, timeout: 0 });
      await cache.getOrSet('k', () => 'old', options);
      clock.advance('11s');
      const gate = deferred();
      answers = gate.promise;
      const asked = cache.getOrSet('k', same, options);
      await settled();
      answers = undefined;
      await invalidate(cache);
      gate.resolve();
      expect(await asked).to.equal('old');
      await settled();
      expect(await cache.get('k')).to.equal(undefined);
      await cache.close();
    });
  }

  it('respects an invalidation of its tag by another process while the stale value is being read', async () => {
    const clock = new FakeClock();
    let answers: Promise<void> | undefined;
    const store = server(clock, async (command) => (command === 'multiGet' ? answers : undefined));
    const make = (): Cache =>
      createCache({ backend: { ...store, identity: {} }, namespace: 'n', clock, budget: 0, timeout: 0 });
    const [one, two] = [make(), make()];
    await one.getOrSet('k', () => 'old', options);
    clock.advance('11s');
    const gate = deferred();
    answers = gate.promise;
    const asked = one.getOrSet('k', same, options);
    await settled();
    answers = undefined;
    await two.invalidateTags(['t']);
    gate.resolve();
    expect(await asked).to.equal('old');
    await settled();
    expect(await two.get('k')).to.equal(undefined);
    await Promise.all([one.close(), two.close()]);
  });

  it('respects, of a copy, an invalidation by a process that nobody heard of', async () => {
    const clock = new FakeClock();
    const store = server(clock);
    const make = (): Cache =>
      createCache({
        tiers: [{ backend: 'memory' }, { backend: { ...store, identity: {} } }],
        namespace: 'n',
        clock,
      });
    const [one, two] = [make(), make()];
    await one.getOrSet('k', () => 'old', options);
    await settled();
    clock.advance('6s');
    await two.delete('k');
    expect(await one.getOrSet('k', same, options)).to.equal('old');
    await settled();
    expect(await two.get('k')).to.equal('new');
    await Promise.all([one.close(), two.close()]);
  });
});

describe('freshness: timeouts', () => {
  let time: sinon.SinonFakeTimers;
  let clock: FakeClock;
  let cache: Cache;
  beforeEach(() => {
    time = sinon.useFakeTimers();
    clock = new FakeClock();
    cache = createCache({ backend: 'memory', clock });
  });
  afterEach(async () => {
    sinon.restore();
    await cache.close();
  });
  forbidUnhandledRejections();

  it('soft: answers the stale value, lets the load go on, and stores it', async () => {
    const options = { ttl: '10s', staleIfError: '1h', softTimeout: 100 } as const;
    await cache.getOrSet('k', () => 'old', options);
    clock.advance('11s');
    const gate = deferred<string>();
    const load = sinon.fake(() => gate.promise);
    const first = cache.getOrSet('k', load, options);
    await time.tickAsync(99);
    let answered = false;
    void first.then(() => (answered = true));
    await time.tickAsync(0);
    expect(answered).to.equal(false);
    await time.tickAsync(2);
    expect(await first).to.equal('old');
    // The time runs from when the loader was called.
    const second = cache.getOrSet('k', load, options);
    await time.tickAsync(1);
    expect(await second).to.equal('old');
    gate.resolve('new');
    await time.tickAsync(0);
    expect(await cache.get('k')).to.equal('new');
    expect(load.callCount).to.equal(1);
  });

  it('soft: waits where there is nothing stale', async () => {
    const options = { ttl: '10s', staleIfError: '1h', softTimeout: 100 } as const;
    const gate = deferred<string>();
    const call = cache.getOrSet('k', () => gate.promise, options);
    await time.tickAsync(5_000);
    gate.resolve('v');
    expect(await call).to.equal('v');
  });

  it('hard: rejects, lets the load go on and stores it; the next call does not wait for it', async () => {
    const options = { ttl: '10s', hardTimeout: 100 } as const;
    const gate = deferred<string>();
    const call = caught(cache.getOrSet('k', () => gate.promise, options));
    await time.tickAsync(101);
    const error = await call;
    expect(isCacheError(error, 'ERR_CACHE_LOADER_TIMEOUT')).to.equal(true);
    expect(error).to.have.property('message').that.includes('100 ms');
    gate.resolve('late');
    await time.tickAsync(0);
    expect(await cache.get('k')).to.equal('late');
    await cache.delete('k');
    const hung = caught(cache.getOrSet('k', () => new Promise<string>(() => undefined), options));
    await time.tickAsync(101);
    expect(isCacheError(await hung, 'ERR_CACHE_LOADER_TIMEOUT')).to.equal(true);
    expect(await cache.getOrSet('k', () => 'another', options)).to.equal('another');
  });

  it('hard: answers what is kept, and a newer value is never replaced by that of an older load', async () => {
    const options = { ttl: '10s', staleIfError: '1h', hardTimeout: 100 } as const;
    await cache.getOrSet('k', () => 'old', options);
    clock.advance('11s');
    const gate = deferred<string>();
    const call = cache.getOrSet('k', () => gate.promise, options);
    await time.tickAsync(101);
    expect(await call).to.equal('old');
    expect(await cache.getOrSet('k', () => 'newest', options)).to.equal('newest');
    gate.resolve('too late');
    await time.tickAsync(0);
    expect(await cache.get('k')).to.equal('newest');
  });
});

describe('freshness: options that make no sense', () => {
  const cache = createCache('memory://');
  const MAX = Number.MAX_SAFE_INTEGER;
  const cases: [options: object, message: RegExp][] = [
    [{ jitter: 2 }, /^jitter is no number from 0 to 1/],
    [{ refreshAhead: -1 }, /^refreshAhead is no number from 0 to 1/],
    [{ earlyExpiration: Number.NaN }, /^earlyExpiration is no number of 0 or more/],
    [{ staleIfErrorWhen: () => true }, /^staleIfErrorWhen does nothing without staleIfError/],
    [{ softTimeout: 10, staleWhileRevalidate: 10 }, /^softTimeout does nothing without staleIfError/],
    [
      { retryAfter: 10 },
      /^retryAfter does nothing without staleIfError, staleWhileRevalidate, refreshAhead or earlyExpiration; give one of them, or leave it out$/,
    ],
    [{ softTimeout: 10 }, /^softTimeout does nothing without staleIfError; give both or none$/],
    [
      { ttl: MAX, staleWhileRevalidate: 1 },
      /^ttl and staleWhileRevalidate are too large together; shorten one of them$/,
    ],
    [{ ttl: MAX, staleIfError: '1m', staleWhileRevalidate: 1 }, /^ttl and staleIfError are too large together;/],
    [{ ttl: 1, staleWhileRevalidate: MAX, staleIfError: 1 }, /^ttl and staleWhileRevalidate are too large together;/],
    [{ ttl: MAX, jitter: 0.1 }, /^ttl and jitter are too large together;/],
    [{ ttl: MAX / 2, jitter: 1, staleIfError: 2 }, /^ttl, jitter and staleIfError are too large together;/],
    [{ hardTimeout: 0 }, /^hardTimeout is 0/],
    [{ staleIfError: 'soon' }, /^staleIfError is not a duration/],
    [{ errors: 5 }, /^errors is of type number/],
    [{ errors: {} }, /^errors\.ttl is missing/],
    [{ errors: { ttl: 1, when: 1 } }, /^errors.when is of type number/],
    [{ tags: 'a' }, /^tags must be a list of tags/],
    [{ tags: [''] }, /^tags: a tag is a well-formed text/],
  ];
  for (const [options, message] of cases) {
    it(JSON.stringify(options), async () => {
      let loads = 0;
      const error = await caught(cache.getOrSet('k', () => ++loads, options));
      expect(loads).to.equal(0);
      expect(isCacheError(error, 'ERR_CACHE_CONFIG')).to.equal(true);
      expect((error as Error).message).to.match(message);
    });
  }

  it('of which one is only known with the value', async () => {
    const load = ({ setTtl }: LoadContext): number => (setTtl(MAX), 1);
    const error = await caught(cache.getOrSet('late', load, { ttl: 1, staleIfError: 1 }));
    expect(isCacheError(error, 'ERR_CACHE_CONFIG')).to.equal(true);
    expect((error as Error).message).to.match(/^ttl and staleIfError are too large together;/);
  });

  it('with the ttl of the cache', async () => {
    const own = createCache({ backend: 'memory', ttl: MAX });
    const error = await caught(own.getOrSet('k', () => 1, { staleIfError: 1 }));
    expect((error as Error).message).to.match(/^ttl and staleIfError are too large together;/);
    await own.close();
  });

  it('but not where an entry never expires, or just fits', async () => {
    expect(await cache.getOrSet('never', () => 1, { ttl: 0, staleIfError: MAX, jitter: 1 })).to.equal(1);
    // Of some of these moments the end is rounded up.
    for (const now of [1, 2, 3, 4]) {
      const own = createCache({ backend: 'memory', clock: { now: () => now } });
      expect(await own.getOrSet('fits', () => 1, { ttl: 1, staleIfError: MAX - 1 })).to.equal(1);
      await own.close();
    }
  });
});

it('staleIfErrorWhen is asked in the context of its own call, though calls share a timer', async () => {
  const clock = new FakeClock();
  const cache = createCache({ backend: server(clock), clock });
  const tenant = new AsyncLocalStorage<string>();
  const seen: string[] = [];
  const staleIfErrorWhen = (): boolean => seen.push(tenant.getStore()!) > 0;
  const options = { ttl: 10, staleIfError: '1h', staleIfErrorWhen, hardTimeout: 5 } as const;
  const tenants = ['a', 'b'];
  for (const key of tenants) await cache.getOrSet(key, () => key, options);
  clock.advance(11);
  const hung = deferred<string>();
  const calls = tenants.map((key) => tenant.run(key, () => cache.getOrSet(key, () => hung.promise, options)));
  expect(await Promise.all(calls)).to.deep.equal(tenants);
  expect(seen).to.deep.equal(tenants);
  hung.resolve('late');
  await cache.close();
});
