import { expect } from 'chai';
import { AsyncLocalStorage } from 'node:async_hooks';
import sinon from 'sinon';
import { Cached, createCache, MultiCached, type Cache } from 'cachewright';
import { FakeClock, faulty } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { doubleOf } from '#lib/testing/backend-commands.js';
import { systemClock } from '#lib/util/clock.js';
import { context } from '../support/backend-calls.js';
import { caught } from '../support/caught.js';
import { deferred, type Deferred } from '../support/deferred.js';
import { eventually } from '../support/eventually.js';
import { HeldBackend, settled } from '../support/held-backend.js';
import { withFences } from '../support/memory-fences.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

/** Loaders that the spec ends one by one, by key. */
class Origin {
  /** In the order in which they were called, those that have not ended. */
  readonly running: string[] = [];
  readonly calls: string[] = [];
  readonly #ends = new Map<string, Deferred<string>[]>();

  readonly load = async (key: string): Promise<string> => {
    const end = deferred<string>();
    this.#ends.set(key, [...(this.#ends.get(key) ?? []), end]);
    this.running.push(key);
    this.calls.push(key);
    return end.promise.finally(() => this.running.splice(this.running.indexOf(key), 1));
  };

  async end(key: string, how: (end: Deferred<string>) => void = (end) => end.resolve(`${key} loaded`)): Promise<void> {
    const [end, ...others] = this.#ends.get(key) ?? [];
    if (end === undefined) throw new Error(`${key} is not being loaded`);
    this.#ends.set(key, others);
    how(end);
    await settled();
  }

  /** Those that run, and those that begin then. */
  async endAll(): Promise<void> {
    while (this.running.length > 0) await this.end(this.running[0]!);
  }
}

const stores: Record<string, (options: { originConcurrency?: number }) => Cache> = {
  memory: (options) => createCache({ backend: 'memory', ...options }),
  'a backend that answers later': (options) => createCache({ backend: new HeldBackend().backend, ...options }),
};

for (const [kind, make] of Object.entries(stores)) {
  describe(`originConcurrency over ${kind}`, () => {
    forbidUnhandledRejections();
    let origin: Origin;
    beforeEach(() => (origin = new Origin()));

    it('runs so many loaders at a time, the others in the order of their calls', async () => {
      const cache = make({ originConcurrency: 2 });
      const calls = ['a', 'b', 'c', 'd'].map((key) => cache.getOrSet(key, () => origin.load(key)));
      await settled();
      expect(origin.running).to.deep.equal(['a', 'b']);
      await origin.end('b');
      expect(origin.running).to.deep.equal(['a', 'c']);
      await origin.end('c');
      expect(origin.running).to.deep.equal(['a', 'd']);
      await origin.end('a');
      await origin.end('d');
      expect(await Promise.all(calls)).to.deep.equal(['a loaded', 'b loaded', 'c loaded', 'd loaded']);
      expect(await cache.get('d')).to.equal('d loaded');
    });

    it('goes on after loaders that fail, also at once', async () => {
      const cache = make({ originConcurrency: 1 });
      const failed = caught(cache.getOrSet('a', () => origin.load('a')));
      const atOnce = caught(
        cache.getOrSet('b', () => {
          throw new Error('at once');
        }),
      );
      const last = cache.getOrSet('c', () => origin.load('c'));
      await settled();
      await origin.end('a', (end) => end.reject(new Error('late')));
      expect([await failed, await atOnce].map((error) => (error as Error).message)).to.deep.equal(['late', 'at once']);
      await origin.end('c');
      expect(await last).to.equal('c loaded');
    });

    it('lets calls for a key that waits share its load, and hits pass', async () => {
      const cache = make({ originConcurrency: 1 });
      await cache.set('hit', 1);
      const first = cache.getOrSet('a', () => origin.load('a'));
      const calls = [1, 2, 3].map(() => cache.getOrSet('b', () => origin.load('b')));
      await settled();
      expect(await cache.getOrSet('hit', () => 2)).to.equal(1);
      await origin.end('a');
      await origin.end('b');
      await first;
      expect(await Promise.all(calls)).to.deep.equal(['b loaded', 'b loaded', 'b loaded']);
      expect(origin.calls).to.deep.equal(['a', 'b']);
    });

    it('belongs to the number that a call gives; 0 and null lift that of the cache', async () => {
      const cache = make({ originConcurrency: 1 });
      const options = [{}, {}, { originConcurrency: 1 }, { originConcurrency: 1 }, { originConcurrency: 2 }];
      const unlimited = [{ originConcurrency: 0 }, { originConcurrency: null }];
      const all = [...options, ...unlimited];
      const calls = all.map((option, index) => cache.getOrSet(`${index}`, () => origin.load(`${index}`), option));
      await settled();
      expect(origin.running).to.deep.equal(['0', '2', '4', '5', '6']);
      for (const key of ['0', '2', '4', '5', '6', '1', '3']) await origin.end(key);
      await Promise.all(calls);
    });

    it('stops the load of a caller who gives up while it waits', async () => {
      const cache = make({ originConcurrency: 1 });
      const controller = new AbortController();
      const first = cache.getOrSet('a', () => origin.load('a'));
      const aborted = caught(cache.getOrSet('b', () => origin.load('b'), { signal: controller.signal }));
      const shared = caught(cache.getOrSet('c', () => origin.load('c'), { signal: controller.signal }));
      const other = cache.getOrSet('c', () => origin.load('c'));
      await settled();
      controller.abort('enough');
      expect([await aborted, await shared]).to.deep.equal(['enough', 'enough']);
      await origin.end('a');
      expect(origin.running).to.deep.equal(['c']);
      await origin.end('c');
      expect([await first, await other]).to.deep.equal(['a loaded', 'c loaded']);
      const again = cache.getOrSet('b', () => origin.load('b'));
      await settled();
      await origin.end('b');
      expect(await again).to.equal('b loaded');
    });

    it('runs the loader that waited in the context of its own caller', async () => {
      const cache = make({ originConcurrency: 1 });
      const tenant = new AsyncLocalStorage<string>();
      const first = tenant.run('one', () => cache.getOrSet('a', () => origin.load('a')));
      const second = tenant.run('two', () => cache.getOrSet('b', () => tenant.getStore()));
      await settled();
      await origin.end('a');
      await first;
      expect(await second).to.equal('two');
    });

    describe('never makes a load wait for itself:', () => {
      it('loads inside of a loader with a place need none', async () => {
        const cache = make({ originConcurrency: 1 });
        const depth = (n: number): Promise<string> =>
          cache.getOrSet(`depth ${n}`, async () => (n === 0 ? origin.load('ground') : depth(n - 1)));
        const call = depth(3);
        const other = cache.getOrSet('other', () => origin.load('other'));
        await settled();
        expect(origin.running).to.deep.equal(['ground']);
        await origin.end('ground');
        await origin.end('other');
        expect([await call, await other]).to.deep.equal(['ground loaded', 'other loaded']);
      });

      it('nor do they take one from others', async () => {
        const cache = make({ originConcurrency: 2 });
        const outer = cache.getOrSet('outer', () => cache.getOrSet('inner', () => origin.load('inner')));
        const other = cache.getOrSet('other', () => origin.load('other'));
        await settled();
        expect(origin.running).to.have.members(['inner', 'other']);
        await origin.end('inner');
        await origin.end('other');
        await Promise.all([outer, other]);
      });

      it('a load that waits begins when one with a place comes to wait for it, and once only', async () => {
        const cache = make({ originConcurrency: 1 });
        const go = deferred();
        const inner = (): Promise<string> => cache.getOrSet('inner', () => origin.load('inner'));
        const outer = cache.getOrSet('outer', async () => {
          await go.promise;
          return inner();
        });
        await settled();
        const waiting = inner();
        await settled();
        expect(origin.running).to.deep.equal([]);
        go.resolve();
        await settled();
        expect(origin.running).to.deep.equal(['inner']);
        await origin.end('inner');
        expect(await Promise.all([outer, waiting])).to.deep.equal(['inner loaded', 'inner loaded']);
        expect(origin.calls).to.deep.equal(['inner']);
      });

      it('two limits that call each other crosswise', async () => {
        const [one, other] = [make({ originConcurrency: 1 }), make({ originConcurrency: 1 })];
        const go = deferred();
        const crosswise = (outer: Cache, inner: Cache, key: string): Promise<string> =>
          outer.getOrSet(key, async () => {
            await go.promise;
            return inner.getOrSet(`${key} inside`, () => origin.load(`${key} inside`));
          });
        const calls = [crosswise(one, other, 'left'), crosswise(other, one, 'right')];
        await settled();
        go.resolve();
        await settled();
        await origin.endAll();
        expect(await Promise.all(calls)).to.deep.equal(['left inside loaded', 'right inside loaded']);
      });

      it('a limit inside of another is kept where nothing goes round', async () => {
        const [outer, inner] = [make({ originConcurrency: 3 }), make({ originConcurrency: 1 })];
        const calls = ['a', 'b', 'c'].map((key) =>
          outer.getOrSet(key, () => inner.getOrSet(key, () => origin.load(key))),
        );
        await settled();
        expect(origin.running).to.have.length(1);
        for (const key of ['a', 'b', 'c']) await origin.end(key);
        await Promise.all(calls);
      });

      it('whatever calls what (300 random programs)', async () => {
        for (let seed = 1; seed <= 300; seed++) {
          const random = lehmer(seed);
          const caches = [1, 2, 3].map(() => make({ originConcurrency: 1 + random(2) }));
          const keys = Array.from({ length: 8 }, (_, key) => ({
            key: `${key}`,
            cache: caches[random(3)]!,
            // Only of later ones: a program that goes round in circles never ends.
            asks: key === 7 ? [] : Array.from({ length: random(4) }, () => key + 1 + random(7 - key)),
            turns: random(3),
          }));
          const get = (index: number): Promise<string> => {
            const { asks, cache, key, turns } = keys[index]!;
            return cache.getOrSet(key, async () => {
              await settled(turns);
              if (asks.length % 2 === 0) await Promise.all(asks.map(get));
              else for (const ask of asks) await get(ask);
              return key;
            });
          };
          const all = Promise.all(keys.map((_, index) => get(index)));
          let done = false;
          void all.then(() => (done = true));
          for (let turn = 0; turn < 500 && !done; turn++) await settled(1);
          expect(done, `seed ${seed}`).to.equal(true);
          await Promise.all(caches.map((cache) => cache.close()));
        }
      }).timeout(60_000);
    });
  });
}

/** Numbers below `n`, the same for the same seed (Park and Miller's generator). */
function lehmer(seed: number): (n: number) => number {
  let state = seed;
  return (n) => (state = (state * 48_271) % 2_147_483_647) % n;
}

describe('originConcurrency and stale values', () => {
  forbidUnhandledRejections();
  let origin: Origin;
  let clock: FakeClock;
  let timers: sinon.SinonFakeTimers;
  let cache: Cache;
  beforeEach(() => {
    timers = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    origin = new Origin();
    clock = new FakeClock();
    cache = createCache({ backend: 'memory', originConcurrency: 1, clock });
  });
  afterEach(() => sinon.restore());

  const keep = { ttl: 1_000, staleIfError: '1h', softTimeout: 100, hardTimeout: 500 } as const;
  const get = (key: string, options: object = keep): Promise<string> =>
    cache.getOrSet(key, () => origin.load(key), options);

  it('answers a stale value after softTimeout, also while the load waits; it goes on', async () => {
    await cache.getOrSet('k', () => 'old', keep);
    clock.advance(2_000);
    const busy = get('busy', {});
    const call = get('k');
    await settled();
    await timers.tickAsync(101);
    expect(await call).to.equal('old');
    expect(origin.running).to.deep.equal(['busy']);
    await origin.end('busy');
    await busy;
    expect(origin.running).to.deep.equal(['k']);
    await origin.end('k');
    expect(await get('k')).to.equal('k loaded');
  });

  it('rejects after hardTimeout, counted from when it began to wait; later calls join the load that waits', async () => {
    const busy = get('busy', {});
    const call = caught(get('k'));
    await settled();
    await timers.tickAsync(501);
    expect(await call).to.have.property('code', 'ERR_CACHE_LOADER_TIMEOUT');
    const patient = get('k', { ttl: 1_000, staleIfError: '1h' });
    await settled();
    await origin.end('busy');
    await busy;
    await origin.end('k');
    expect(await patient).to.equal('k loaded');
    expect(origin.calls).to.deep.equal(['busy', 'k']);
  });

  it('of a method over many ids does the same', async () => {
    class Users {
      @MultiCached({ cache: () => cache, hardTimeout: 500, key: (id: string) => id })
      async many(ids: string[]): Promise<Map<string, string>> {
        await origin.load(ids.join());
        return new Map(ids.map((id) => [id, id]));
      }
    }
    const users = new Users();
    const busy = get('busy', {});
    const call = caught(users.many(['a', 'b']));
    await settled();
    await timers.tickAsync(501);
    expect(await call).to.have.property('code', 'ERR_CACHE_LOADER_TIMEOUT');
    const patient = get('a', {});
    await settled();
    await origin.end('busy');
    await busy;
    await origin.end('a,b');
    expect(await patient).to.equal('a');
    expect(origin.calls).to.deep.equal(['busy', 'a,b']);
  });

  it('lets loads in the background take places, and wait for them', async () => {
    const lasting = { ttl: 1_000, staleWhileRevalidate: '1h' } as const;
    await cache.getOrSet('k', () => 'old', lasting);
    clock.advance(2_000);
    const busy = get('busy', {});
    await settled();
    expect(await get('k', lasting)).to.equal('old');
    await settled();
    expect(origin.running).to.deep.equal(['busy']);
    await origin.end('busy');
    await busy;
    expect(origin.running).to.deep.equal(['k']);
    const next = get('next', {});
    await settled();
    expect(origin.running).to.deep.equal(['k']);
    await origin.end('k');
    await origin.end('next');
    await next;
    expect(await get('k', lasting)).to.equal('k loaded');
  });

  it('begins a load in the background that waits when, by way of another call, a loader with a place comes to wait for it', async () => {
    const lasting = { ttl: 1_000, staleWhileRevalidate: '1h' } as const;
    await cache.getOrSet('k', () => 'old', lasting);
    clock.advance(2_000);
    const go = deferred();
    const busy = cache.getOrSet('busy', async () => {
      await go.promise;
      return get('k', lasting);
    });
    await settled();
    expect(await get('k', lasting)).to.equal('old');
    clock.advance('2h');
    const adopting = get('k', lasting);
    await settled();
    expect(origin.running).to.deep.equal([]);
    go.resolve();
    await settled();
    await origin.end('k');
    expect(await Promise.all([busy, adopting])).to.deep.equal(['k loaded', 'k loaded']);
    expect(origin.calls).to.deep.equal(['k']);
  });

  it('gives up loads in the background that still wait when the cache is closed', async () => {
    const lasting = { ttl: 1_000, staleWhileRevalidate: '1h' } as const;
    await cache.getOrSet('k', () => 'old', lasting);
    clock.advance(2_000);
    const busy = get('busy', {});
    await settled();
    expect(await get('k', lasting)).to.equal('old');
    await settled();
    const closing = cache.close();
    await timers.tickAsync(2_001);
    await closing;
    await origin.end('busy');
    expect(await busy).to.equal('busy loaded');
    expect(origin.calls).to.deep.equal(['busy']);
  });
});

describe('originConcurrency of decorated methods', () => {
  forbidUnhandledRejections();
  const origin = new Origin();
  const [one, other] = [createCache({ backend: 'memory', originConcurrency: 1 }), createCache('memory://')];
  let cache = one;
  beforeEach(async () => {
    cache = one;
    await Promise.all([one.clear(), other.clear()]);
    origin.calls.length = 0;
  });

  class Users {
    @Cached({ cache: () => cache, originConcurrency: 2 })
    async limited(id: string): Promise<string> {
      return origin.load(id);
    }

    @Cached({ cache: () => cache })
    async plain(id: string): Promise<string> {
      return origin.load(id);
    }

    @Cached({ cache: () => cache, originConcurrency: null })
    async free(id: string): Promise<string> {
      return origin.load(id);
    }

    @MultiCached({ cache: () => cache, originConcurrency: 1 })
    async many(ids: string[]): Promise<Map<string, string>> {
      await origin.load(ids.join());
      return new Map(ids.map((id) => [id, id]));
    }

    @MultiCached({ cache: () => cache, originConcurrency: 1, prefix: 'nested' })
    async nested(ids: string[]): Promise<Map<string, string>> {
      if (ids.length > 1)
        return new Map((await Promise.all(ids.map((id) => this.nested([id])))).flatMap((found) => [...found]));
      await origin.load(ids.join());
      return new Map(ids.map((id) => [id, id]));
    }
  }
  class Admins extends Users {}
  const [users, admins] = [new Users(), new Admins()];

  it('belongs to the method, subclasses included, and to the cache', async () => {
    const calls = ['a', 'b'].map((id) => users.limited(id));
    calls.push(admins.limited('c'));
    cache = other;
    calls.push(users.limited('d'), users.limited('e'), users.limited('f'));
    await settled();
    expect(origin.running).to.deep.equal(['a', 'b', 'd', 'e']);
    await origin.endAll();
    expect(await Promise.all(calls)).to.have.length(6);
    expect(origin.calls).to.have.members(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('is that of the cache by default, together with getOrSet; null lifts it', async () => {
    const calls = [users.plain('a'), one.getOrSet('b', () => origin.load('b')), users.free('c'), users.limited('d')];
    await settled();
    expect(origin.running).to.deep.equal(['a', 'c', 'd']);
    await origin.endAll();
    await Promise.all(calls);
  });

  it('counts a run of a method over many ids once', async () => {
    const calls = [users.many(['a', 'b']), users.many(['c', 'd']), users.many(['b', 'e'])];
    await settled();
    expect(origin.running).to.deep.equal(['a,b']);
    await origin.end('a,b');
    expect(origin.running).to.deep.equal(['c,d']);
    await origin.endAll();
    expect((await Promise.all(calls)).map((found) => [...found.keys()])).to.deep.equal([
      ['a', 'b'],
      ['c', 'd'],
      ['b', 'e'],
    ]);
  });

  it('goes on after a run over many ids that fails, and never makes one wait for itself', async () => {
    const failed = caught(users.nested(['x']));
    const call = users.nested(['a', 'b']);
    await settled();
    await origin.end('x', (end) => end.reject(new Error('x')));
    expect(await failed).to.have.property('message', 'x');
    expect(origin.running).to.deep.equal(['a', 'b']);
    await origin.endAll();
    expect([...(await call).keys()]).to.deep.equal(['a', 'b']);
  });
});

describe('originConcurrency and a cache that takes long to answer', () => {
  forbidUnhandledRejections();

  it('lets nobody stand in line who gave up before', async () => {
    const origin = new Origin();
    const held = new HeldBackend().hold('get');
    const cache = createCache({ backend: held.backend, originConcurrency: 1, budget: null });
    const busy = cache.getOrSet('busy', () => origin.load('busy'));
    await settled();
    held.take('get').release();
    await settled();
    const controller = new AbortController();
    const aborted = caught(cache.getOrSet('k', () => origin.load('k'), { signal: controller.signal }));
    await settled();
    controller.abort('enough');
    expect(await aborted).to.equal('enough');
    held.releaseAll();
    await settled();
    await origin.end('busy');
    await busy;
    expect(origin.calls).to.deep.equal(['busy']);
  });
});

describe('originConcurrency and a lease', () => {
  forbidUnhandledRejections();
  const memory = withFences(memoryBackend({}, context), systemClock);
  const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
  /** The first command of this name waits for its gate. */
  let held: Map<string, Deferred<void>>;
  let cache: Cache;
  let origin: Origin;

  beforeEach(() => {
    held = new Map();
    origin = new Origin();
    const backend = doubleOf(memory, async (command, carryOut) => {
      await settled(1);
      const gate = held.get(command);
      held.delete(command);
      await gate?.promise;
      return carryOut();
    });
    cache = createCache({
      backend: { ...backend, capabilities, identity: {}, close: () => Promise.resolve() },
      originConcurrency: 1,
      budget: '5s',
    });
  });
  afterEach(async () => {
    await cache.clear({ all: true });
    await cache.close();
  });

  const hold = (command: string): Deferred<void> => {
    const gate = deferred();
    held.set(command, gate);
    return gate;
  };

  it('counts a batch that the one with the lease might have waited for, and does not', async () => {
    class Prices {
      @MultiCached({ key: (id: string) => id, cache: () => cache })
      async many(ids: readonly string[]): Promise<Map<string, string>> {
        return new Map(await Promise.all(ids.map(async (id) => [id, await origin.load(id)] as const)));
      }
    }
    const beforeBatch = hold('take');
    const batch = new Prices().many(['k']);
    await settled(20);
    await cache.delete('k');
    const leased = cache.getOrSet('k', () => origin.load('k'), { lease: '5s' });
    await settled(20);
    expect(origin.running).to.have.length(1);
    beforeBatch.resolve();
    await settled(20);
    expect(origin.running).to.have.length(1);
    await origin.endAll();
    await settled(20);
    await origin.endAll();
    expect([await leased, (await batch).get('k')]).to.deep.equal(['k loaded', 'k loaded']);
  });

  it('lets the one begin whose lease the one with the place waits for, by way of another load of its key', async () => {
    const lease = { lease: '5s' } as const;
    const found = hold('get');
    const older = cache.getOrSet('k', () => origin.load('k'), lease);
    await settled(20);
    await cache.delete('k');
    const granted = hold('acquire');
    const newer = cache.getOrSet('k', () => origin.load('k'), lease);
    await settled(20);
    // It has the place, and joins the newer one.
    const outer = cache.getOrSet('outer', async () => `outer of ${await cache.getOrSet('k', () => origin.load('k'))}`);
    await settled(20);
    // The older one is first to get the lease.
    found.resolve();
    await settled(20);
    granted.resolve();
    await settled(20);
    expect(origin.running).to.deep.equal(['k']);
    await origin.end('k');
    await eventually(() => expect(origin.running).to.deep.equal(['k']));
    await origin.end('k');
    expect(await Promise.all([older, newer, outer])).to.deep.equal(['k loaded', 'k loaded', 'outer of k loaded']);
  });
});

describe('originConcurrency and a cache that is dead', () => {
  it('keeps a thousand misses from reaching the origin at once', async () => {
    const backend = faulty(new HeldBackend().backend);
    backend.fail('all');
    const cache = createCache({ backend, originConcurrency: 10 });
    let running = 0;
    let most = 0;
    const calls = Array.from({ length: 1_000 }, (_, index) =>
      cache.getOrSet(`${index}`, async () => {
        most = Math.max(most, ++running);
        await settled(1);
        running--;
        return index;
      }),
    );
    expect((await Promise.all(calls)).length).to.equal(1_000);
    expect(most).to.equal(10);
    await cache.close();
  });
});

describe('a wrong originConcurrency', () => {
  it('is an error that names the option', async () => {
    const cache = createCache('memory://');
    for (const [wrong, problem] of [
      [-1, 'is no whole number above 0'],
      [1.5, 'is no whole number above 0'],
      [Infinity, 'is no whole number above 0'],
      ['5', 'is of type string'],
    ] as const) {
      const error = await caught(cache.getOrSet('k', () => 1, { originConcurrency: wrong as never }));
      expect(error).to.have.property('code', 'ERR_CACHE_CONFIG');
      expect(error).to.have.property(
        'message',
        `originConcurrency ${problem}; use a whole number above 0, or 0 or null for no limit`,
      );
    }
  });
});
