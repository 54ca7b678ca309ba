import { expect } from 'chai';
import sinon from 'sinon';
import {
  Cached,
  CacheEvict,
  createCache,
  localBus,
  MultiCached,
  type Bus,
  type BusListener,
  type Cache,
  type CacheConfig,
} from 'cachewright';
import { FakeClock } from 'cachewright/testing';
import { caught } from '../support/caught.js';
import { deferred } from '../support/deferred.js';
import { HeldBackend, settled } from '../support/held-backend.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

/** Another process on the same store: it shares the entries, and no fence. */
function stranger(held: HeldBackend, clock: FakeClock, bus?: Bus): CacheConfig {
  const elsewhere = new Proxy(held.backend, {
    get: (target, name) => (name === 'identity' ? elsewhere : (Reflect.get(target, name) as unknown)),
  });
  return { tiers: [{ backend: 'memory', ttl: '30s' }, { backend: elsewhere }], namespace: 'n', clock, bus };
}

class Changes {
  constructor(readonly cache: Cache) {}

  @CacheEvict({ tags: ['x'], cache: (self: Changes) => self.cache })
  async change(): Promise<void> {}
}

const nobody = { received: () => undefined, deaf: () => undefined, listening: () => undefined };

describe('the near tier', () => {
  forbidUnhandledRejections();
  let clock: FakeClock;
  let held: HeldBackend;
  let caches: Cache[];

  beforeEach(() => {
    clock = new FakeClock();
    held = new HeldBackend({ clock });
    caches = [];
  });
  afterEach(() => Promise.all(caches.map((cache) => cache.close())));

  const open = (config: CacheConfig): Cache => {
    const cache = createCache(config);
    caches.push(cache);
    return cache;
  };
  const tiered = (more: object = {}): Cache =>
    open({
      tiers: [{ backend: 'memory', ttl: '30s' }, { backend: held.backend }],
      namespace: 'n',
      clock,
      ...more,
    });
  /** What reached the shared store since it was asked last. */
  const traffic = (): string[] => held.seen.splice(0);

  it('goes on answering while the invalidation of a tag waits for the shared store', async () => {
    const cache = tiered({ budget: '20ms', breaker: false });
    await cache.getOrSet('a', () => 'a', { tags: ['x'] });
    await cache.getOrSet('b', () => 'b', { tags: ['y'] });
    held.hold('get', 'multiGet', 'multiSet', 'set', 'add');
    const changed = new Changes(cache).change();
    await settled();
    held.take('multiSet').fail(new Error('the store is down'));
    await changed;
    expect(cache.pendingInvalidations).to.equal(1);
    expect(await cache.getOrSet('b', () => 'never asked', { tags: ['y'] })).to.equal('b');
    expect(await cache.getOrSet('a', () => 'new', { tags: ['x'] })).to.equal('new');
    expect(await cache.getOrSet('a', () => 'never asked', { tags: ['x'] })).to.equal('new');
    held.releaseAll();
  });

  describe('of two caches on one store in one process', () => {
    for (const [name, sender, stored] of [
      ['what the other one says on its own bus', 'two', 1],
      ['what another process says', 'elsewhere', 2],
    ] as const) {
      it(`stores ${stored === 1 ? 'a' : 'no'} load that began before ${name} arrives`, async () => {
        let tell!: BusListener['received'];
        const busOf = (id: string): Bus => ({
          name: 'spec',
          id,
          listening: true,
          pending: 0,
          publish: () => Promise.resolve(),
          join: (listener) => {
            if (id === 'one') tell = (...what) => listener.received(...what);
            return () => undefined;
          },
          close: () => Promise.resolve(),
        });
        const [one] = [tiered({ bus: busOf('one') }), tiered({ bus: busOf('two'), namespace: 'other' })];
        await one.delete('k');
        const gate = deferred<string>();
        let loads = 0;
        const load = (): Promise<string> => (loads++, gate.promise);
        const loading = one.getOrSet('k', load);
        await settled();
        tell({ kind: 'keys', keys: ['n:k'] }, sender);
        gate.resolve('value');
        await loading;
        await one.getOrSet('k', load);
        expect(loads).to.equal(stored);
      });
    }
  });

  describe('answers', () => {
    it('a loaded value from its copy, and asks nobody', async () => {
      const cache = tiered();
      await cache.getOrSet('k', () => ({ id: 1 }));
      expect(traffic()).to.deep.equal(['get', 'set']);
      expect(await cache.get('k')).to.deep.equal({ id: 1 });
      expect(await cache.getOrSet('k', () => ({ id: 2 }))).to.deep.equal({ id: 1 });
      expect(await cache.multiGet(['k'])).to.deep.equal([{ id: 1 }]);
      expect(traffic()).to.deep.equal([]);
    });

    it('what somebody else stored from a copy of its own', async () => {
      const cache = tiered();
      await open(stranger(held, clock)).getOrSet('k', () => 'theirs');
      expect(await cache.get('k')).to.equal('theirs');
      await settled();
      traffic();
      expect(await cache.get('k')).to.equal('theirs');
      expect(traffic()).to.deep.equal([]);
    });

    it('a call with a namespace from a copy, too, and tells the shared store which one it is about', async () => {
      const cache = tiered();
      const other = { namespace: 'other' };
      await open(stranger(held, clock)).set('k', 'theirs', other);
      held.hold('ttl');
      for (const read of [() => cache.get('k', other), async () => (await cache.multiGet(['k'], other))[0]]) {
        expect(await read()).to.equal('theirs');
        expect(held.calls).to.have.length(1);
        expect(held.calls[0]!.args[1]).to.have.property('namespace', 'other:');
        held.calls.pop();
      }
    });

    it('some keys of a batch itself, and asks for the others only', async () => {
      const cache = tiered();
      await cache.getOrSet('a', () => 1);
      await open(stranger(held, clock)).multiSet({ b: 2, c: 3 });
      traffic();
      expect(await cache.multiGet(['b', 'a', 'x', 'c', 'b'])).to.deep.equal([2, 1, undefined, 3, 2]);
      await settled();
      expect(traffic().filter((command) => command !== 'ttl')).to.deep.equal(['multiGet']);
      expect(await cache.multiGet(['c', 'b', 'a'])).to.deep.equal([3, 2, 1]);
      expect(traffic()).to.deep.equal([]);
    });

    it('the same as the shared tier and the loader: what the serializer makes of it', async () => {
      const cache = tiered();
      const load = (): { at: unknown } => ({ at: new Date(0) });
      const loaded = await cache.getOrSet('k', load);
      const near = await cache.getOrSet('k', load);
      const shared = await open(stranger(held, clock)).getOrSet('k', load);
      expect(loaded).to.deep.equal({ at: '1970-01-01T00:00:00.000Z' });
      expect([near, shared]).to.deep.equal([loaded, loaded]);
    });

    it('calls with a serializer of their own from the shared tier', async () => {
      const cache = tiered();
      await cache.getOrSet('k', () => 'text');
      traffic();
      expect(await cache.get('k', { serializer: 'string' })).to.equal('"text"');
      expect(traffic()).to.deep.equal(['get']);
    });
  });

  describe('keeps no copy longer than', () => {
    it('its own ttl', async () => {
      const cache = tiered();
      await cache.getOrSet('k', () => 1, { ttl: '1h' });
      clock.advance('30s');
      traffic();
      expect(await cache.get('k')).to.equal(1);
      expect(traffic()).to.include('get');
    });

    it('its own ttl, however often it was answered', async () => {
      class Service {
        @Cached({ cache: () => cache, key: () => 'k', ttl: '1h', staleIfError: '1d' })
        async find(): Promise<string> {
          return 'old';
        }
      }
      const cache = tiered();
      const service = new Service();
      for (let call = 0; call < 3; call++) expect(await service.find()).to.equal('old');
      await open(stranger(held, clock)).set('k', 'new');
      clock.advance('29s');
      expect(await service.find()).to.equal('old');
      clock.advance('1s');
      expect(await service.find()).to.equal('new');
    });

    it('the entry lives: of a plain value the shared tier knows', async () => {
      const cache = tiered();
      await open(stranger(held, clock)).set('k', 1, { ttl: '10s' });
      clock.advance('9s');
      expect(await cache.get('k')).to.equal(1);
      await settled();
      clock.advance(999);
      traffic();
      expect(await cache.get('k')).to.equal(1);
      expect(traffic()).to.deep.equal([]);
      clock.advance(1);
      expect(await cache.get('k')).to.equal(undefined);
    });

    it('the entry lives, also where that was cut short', async () => {
      const kept = {
        plain: { ttl: '1h' },
        tagged: { ttl: '1h', tags: ['t'] },
        rescued: { ttl: '1h', staleIfError: '1h' },
      } as const;
      for (const [key, options] of Object.entries(kept)) {
        const cache = tiered();
        await cache.getOrSet(key, () => 1, options);
        await cache.expire(key, '10s');
        expect(await cache.get(key), key).to.equal(1);
        await settled();
        clock.advance(9_999);
        traffic();
        expect(await cache.get(key), key).to.equal(1);
        expect(traffic(), key).to.deep.equal([]);
        clock.advance(1);
        expect(await cache.get(key), key).to.equal(undefined);
        expect(await cache.getOrSet(key, () => 2, options), key).to.equal(2);
      }
    });

    it('the entry is fresh', async () => {
      const cache = tiered();
      const options = { ttl: '10s', staleIfError: '1h' } as const;
      await cache.getOrSet('k', () => 1, options);
      clock.advance('10s');
      traffic();
      expect(await cache.get('k')).to.equal(undefined);
      expect(traffic()).to.deep.equal(['get']);
      const other = tiered();
      const failing = (): number => {
        throw new Error('down');
      };
      expect(await other.getOrSet('k', failing, options)).to.equal(1);
      expect(await other.get('k')).to.equal(undefined);
    });

    it('there is room for', async () => {
      const cache = open({
        tiers: [{ backend: 'memory', maxEntries: 2 }, { backend: held.backend }],
        namespace: 'n',
        clock,
      });
      for (const key of ['a', 'b', 'c']) await cache.getOrSet(key, () => key);
      traffic();
      expect(await cache.multiGet(['a', 'b', 'c'])).to.deep.equal(['a', 'b', 'c']);
      expect(traffic()).to.include('multiGet');
    });
  });

  const CHANGES: readonly [name: string, change: (cache: Cache) => Promise<unknown>, after: unknown][] = [
    ['set', (cache) => cache.set('k', 'new'), 'new'],
    ['multiSet', (cache) => cache.multiSet({ k: 'new' }), 'new'],
    ['delete', (cache) => cache.delete('k'), undefined],
    ['multiDelete', (cache) => cache.multiDelete(['k']), undefined],
    ['clear', (cache) => cache.clear(), undefined],
    ['expire', (cache) => cache.expire('k', 1).then(() => clock.advance(1)), undefined],
    ['invalidateTags', (cache) => cache.invalidateTags(['t']), undefined],
  ];

  for (const [name, change, after] of CHANGES) {
    describe(`after ${name}`, () => {
      const load = (cache: Cache): Promise<unknown> => cache.getOrSet('k', () => 'old', { tags: ['t'] });

      it('has no copy of what was there', async () => {
        const cache = tiered();
        await load(cache);
        await change(cache);
        expect(await cache.get('k')).to.equal(after);
      });

      it('has none in another cache of this process either', async () => {
        const cache = tiered();
        await load(cache);
        await change(tiered());
        expect(await cache.get('k')).to.equal(after);
      });

      it('has none in another process that hears of it', async () => {
        const bus = localBus();
        const cache = tiered({ bus });
        await load(cache);
        await change(open(stranger(held, clock, bus)));
        expect(await cache.get('k')).to.equal(after);
      });

      it('keeps nothing that was read before', async () => {
        const cache = tiered();
        await load(open(stranger(held, clock)));
        held.hold('get');
        const reading = cache.get('k');
        const { release } = held.take('get');
        held.releaseAll();
        const changing = change(cache);
        release();
        await Promise.all([reading, changing]);
        await settled();
        expect(await cache.get('k')).to.equal(after);
      });
    });
  }

  it('has no copy of a counter that was incremented', async () => {
    const cache = tiered();
    await cache.set('k', 1);
    expect(await cache.get('k')).to.equal(1);
    await settled();
    await cache.increment('k');
    expect(await cache.get('k')).to.equal(2);
  });

  for (const [how, publish] of Object.entries({
    rejects: () => Promise.reject(new Error('on purpose')),
    throws: () => {
      throw new Error('on purpose');
    },
  })) {
    it(`makes changes though the bus ${how}`, async () => {
      const cache = tiered({ bus: Object.assign(localBus(), { publish }) });
      await cache.set('k', 1);
      expect(await cache.get('k')).to.equal(1);
      expect(await cache.delete('k')).to.equal(true);
      await cache.clear();
      await cache.invalidateTags(['t']);
      expect(await cache.get('k')).to.equal(undefined);
      await settled();
    });
  }

  it('keeps nothing that was read before a change elsewhere was heard of', async () => {
    const bus = localBus();
    const cache = tiered({ bus });
    const other = open(stranger(held, clock, bus));
    await other.set('k', 'old');
    held.hold('ttl');
    expect(await cache.get('k')).to.equal('old');
    await other.set('k', 'new');
    held.releaseAll();
    await settled();
    expect(await cache.get('k')).to.equal('new');
  });

  it('is told when an entry is replaced by a refresh elsewhere', async () => {
    const bus = localBus();
    const cache = tiered({ bus });
    const other = open(stranger(held, clock, bus));
    const options = { ttl: '20s', refreshAhead: 0.5 } as const;
    await other.getOrSet('k', () => 'old', options);
    expect(await cache.get('k')).to.equal('old');
    clock.advance('10s');
    expect(await other.getOrSet('k', () => 'new', options)).to.equal('old');
    await settled();
    expect(await cache.get('k')).to.equal('new');
  });

  it('looks at the shared tier before it refreshes', async () => {
    const cache = tiered();
    const other = open(stranger(held, clock));
    const options = { ttl: '20s', refreshAhead: 0.5 } as const;
    const load = sinon.fake(() => 'loaded again');
    await cache.getOrSet('k', () => 'old', options);
    clock.advance('10s');
    expect(await other.getOrSet('k', () => 'new', options)).to.equal('old');
    await settled();
    expect(await cache.getOrSet('k', load, options)).to.equal('old');
    await settled();
    expect(await cache.getOrSet('k', load, options)).to.equal('new');
    expect(load.callCount).to.equal(0);
  });

  it('reads what the holder of a lease stored, not its own copy', async () => {
    const cache = tiered();
    const other = open(stranger(held, clock));
    const options = { ttl: '20s', refreshAhead: 0.5, lease: '5s' } as const;
    const load = sinon.fake(() => 'loaded twice');
    for (const process of [cache, other]) await process.getOrSet('k', () => 'old', options);
    clock.advance('10s');
    const gate = deferred<string>();
    await other.getOrSet('k', () => gate.promise, options);
    await settled();
    await cache.getOrSet('k', load, options);
    await settled();
    gate.resolve('new');
    await settled();
    expect(await cache.getOrSet('k', load, options)).to.equal('new');
    expect(load.callCount).to.equal(0);
  });

  it('drops everything when it may have missed something', async () => {
    const listeners: { listening(): void }[] = [];
    const bus: Bus = {
      name: 'spied',
      listening: false,
      pending: 0,
      publish: () => Promise.resolve(),
      join: (listener) => (listeners.push(listener), () => undefined),
      close: () => Promise.resolve(),
    };
    const cache = tiered({ bus });
    await cache.getOrSet('k', () => 'old');
    await open(stranger(held, clock)).set('k', 'new');
    expect(await cache.get('k')).to.equal('old');
    listeners[0]!.listening();
    expect(await cache.get('k')).to.equal('new');
  });

  it('leaves its bus, which is not its own, when it is closed', async () => {
    const bus = localBus();
    const cache = tiered({ bus });
    await cache.getOrSet('k', () => 1);
    await cache.close();
    expect(bus.listening).to.equal(true);
  });

  describe('while the shared tier is away', () => {
    beforeEach(() => {
      for (const method of ['get', 'multiGet', 'set', 'multiSet', 'ttl'] as const) {
        sinon.stub(held.backend, method).rejects(new Error('away'));
      }
    });

    it('answers what it has, and keeps what is loaded', async () => {
      const cache = tiered({ breaker: false });
      const load = sinon.fake(() => 'loaded');
      expect(await cache.getOrSet('k', load)).to.equal('loaded');
      expect(await cache.getOrSet('k', load)).to.equal('loaded');
      expect(await cache.get('k')).to.equal('loaded');
      expect(load.callCount).to.equal(1);
      clock.advance('30s');
      await cache.getOrSet('k', load);
      expect(load.callCount).to.equal(2);
    });

    describe('and the loader fails, too', () => {
      const failing = (): never => {
        throw new Error('the origin is down');
      };
      const options = { ttl: '1h', staleIfError: '1d', tags: ['t'] } as const;
      const origin = { load: (): string => 'loaded' };

      class Service {
        @MultiCached({ cache: () => cache, prefix: 'p', ttl: '1h', staleIfError: '1d' })
        async many(ids: readonly number[]): Promise<Map<number, string>> {
          return new Map(ids.map((id) => [id, origin.load()]));
        }
      }
      let cache: Cache;
      beforeEach(() => {
        cache = tiered({ breaker: false });
        origin.load = () => 'loaded';
      });

      it('answers a copy whose time is over, where stale values are asked for', async () => {
        await cache.getOrSet('k', () => 'loaded', options);
        clock.advance('31s');
        expect(await cache.getOrSet('k', failing, options)).to.equal('loaded');
        clock.advance('2h');
        expect(await cache.getOrSet('k', failing, options)).to.equal('loaded');
        expect(await caught(cache.getOrSet('k', failing, { ttl: '1h', tags: ['t'] }))).to.have.property(
          'message',
          'the origin is down',
        );
        clock.advance('23h');
        expect(await caught(cache.getOrSet('k', failing, options))).to.be.instanceOf(Error);
      });

      it('answers such copies of a batch', async () => {
        const service = new Service();
        await service.many([1, 2]);
        clock.advance('31s');
        origin.load = failing;
        expect([...(await service.many([2, 1])).values()]).to.deep.equal(['loaded', 'loaded']);
        expect(await caught(service.many([1, 3]))).to.be.instanceOf(Error);
      });

      it('answers such a copy at once while it may be revalidated', async () => {
        const swr = { ttl: '10s', staleWhileRevalidate: '1h' } as const;
        await cache.getOrSet('k', () => 'loaded', swr);
        clock.advance('1m');
        for (let call = 0; call < 3; call++) {
          expect(await cache.getOrSet('k', failing, swr)).to.equal('loaded');
          await settled();
        }
        expect(await cache.getOrSet('k', () => 'new', swr)).to.equal('loaded');
        clock.advance('1h');
        expect(await cache.getOrSet('k', () => 'newer', swr)).to.equal('newer');
      });

      it('never answers one that is known to be outdated', async () => {
        await cache.getOrSet('k', () => 'loaded', options);
        clock.advance('31s');
        await caught(cache.invalidateTags(['t']));
        expect(await caught(cache.getOrSet('k', failing, options))).to.be.instanceOf(Error);
        await cache.getOrSet('k', () => 'loaded', options);
        await caught(cache.set('k', 'new'));
        expect(await caught(cache.getOrSet('k', failing, options))).to.be.instanceOf(Error);
      });

      it('loads anew while the loader works', async () => {
        await cache.getOrSet('k', () => 'loaded', options);
        clock.advance('31s');
        expect(await cache.getOrSet('k', () => 'newer', options)).to.equal('newer');
        expect(await cache.getOrSet('k', failing, options)).to.equal('newer');
      });
    });

    it('keeps what has tags, too, until this process hears that one is invalidated', async () => {
      const bus = localBus();
      const cache = tiered({ breaker: false, bus });
      const load = sinon.fake(() => 'loaded');
      await cache.getOrSet('k', load, { tags: ['t'] });
      expect(await cache.get('k')).to.equal('loaded');
      await bus.publish({ kind: 'tags', prefix: 'n:', tags: ['other'] }, nobody);
      expect(await cache.get('k')).to.equal('loaded');
      await bus.publish({ kind: 'tags', prefix: 'n:', tags: ['t'] }, nobody);
      await cache.getOrSet('k', load, { tags: ['t'] });
      expect(load.callCount).to.equal(2);
    });

    it('keeps what a batch loads', async () => {
      class Service {
        @MultiCached({ cache: () => cache, prefix: 'p', tags: ['t'] })
        async tagged(ids: readonly number[]): Promise<Map<number, number>> {
          return new Map(ids.map((id) => [id, ++runs]));
        }

        @MultiCached({ cache: () => cache, prefix: 'q' })
        async plain(ids: readonly number[]): Promise<Map<number, number>> {
          return new Map(ids.map((id) => [id, ++runs]));
        }
      }
      const cache = tiered({ breaker: false });
      let runs = 0;
      const service = new Service();
      for (const method of ['tagged', 'plain'] as const) {
        const first = await service[method]([1, 2]);
        expect([...(await service[method]([2, 1])).values()]).to.have.members([...first.values()]);
      }
      expect(runs).to.equal(4);
    });
  });

  describe('shares its copies with callers', () => {
    it('as they are, unless they are to be protected', async () => {
      const cache = tiered();
      const one = await cache.getOrSet('k', () => ({ list: [1] }));
      expect(await cache.getOrSet('k', () => ({ list: [2] }))).to.equal(one);
      expect(await cache.get('k')).to.equal(one);
    });

    for (const where of ['cache', 'call'] as const) {
      it(`with isolation 'copy' of the ${where} as a copy each`, async () => {
        const cache = tiered(where === 'cache' ? { isolation: 'copy' } : {});
        const options = where === 'call' ? ({ isolation: 'copy' } as const) : {};
        for (let call = 0; call < 3; call++) {
          const got = await cache.getOrSet('k', () => ({ list: [1] }), options);
          expect(got).to.deep.equal({ list: [1] });
          got.list.push(2);
        }
        if (where === 'call') return;
        (await cache.get<{ list: number[] }>('k'))!.list.push(2);
        expect(await cache.get('k')).to.deep.equal({ list: [1] });
      });

      it(`with isolation 'freeze' of the ${where} frozen`, async () => {
        const cache = tiered(where === 'cache' ? { isolation: 'freeze' } : {});
        const options = where === 'call' ? ({ isolation: 'freeze' } as const) : {};
        for (let call = 0; call < 3; call++) {
          expect((await cache.getOrSet('k', () => ({ list: [1] }), options)).list).to.be.frozen;
        }
      });
    }
  });
});
