import { expect } from 'chai';
import {
  CacheEvict,
  CommandTimeoutError,
  createCache,
  isCacheError,
  localBus,
  optimistic,
  type Cache,
  type CacheConfig,
  type LoadContext,
} from 'cachewright';
import { asynchronous, FakeClock, faulty, type FaultyBackend } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { caught } from '../support/caught.js';
import { deferred } from '../support/deferred.js';
import { eventually } from '../support/eventually.js';
import { HeldBackend } from '../support/held-backend.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { DynamoDbServer } from '../support/dynamodb-server.js';
import { MemcachedServer } from '../support/memcached-server.js';
import { RedisServer } from '../support/redis-server.js';

/** Caches of one store that know nothing of each other, like two processes; in memory there is but one process. */
interface World {
  readonly one: Cache;
  readonly two: Cache;
  /** Behind both, where there is one to be looked at. */
  readonly backend?: FaultyBackend;
}

class Changes {
  constructor(readonly cache: Cache) {}

  @CacheEvict({ tags: (_: void, tag: string) => [tag], cache: (self: Changes) => self.cache })
  async change(_tag: string): Promise<void> {}
}

const redis = new RedisServer();
const memcached = new MemcachedServer();
const dynamodb = new DynamoDbServer();

function shared(): World {
  const memory = memoryBackend({}, { cache: 'shared', clock: new FakeClock() });
  const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
  const backend = faulty({ ...asynchronous(memory), capabilities, close: () => Promise.resolve() });
  const make = (): Cache =>
    createCache({ backend: { ...backend, identity: {} }, namespace: 'n', breaker: false, budget: '100ms' });
  return { one: make(), two: make(), backend };
}

function servers(configOf: () => CacheConfig): World {
  const make = (): Cache => createCache({ ...configOf(), namespace: 'n', budget: '5s' });
  return { one: make(), two: make() };
}

const SERVERS: [name: string, config: () => CacheConfig][] = [
  ['redis', () => ({ backend: 'redis', url: redis.url })],
  ['memcached', () => ({ backend: 'memcached', url: memcached.url })],
  ['dynamodb', () => dynamodb.table('tags')],
];

const WORLDS: [name: string, make: () => World][] = [
  [
    'memory',
    () => {
      const cache = createCache({ backend: 'memory', namespace: 'n' });
      return { one: cache, two: cache };
    },
  ],
  ['a shared store', shared],
  [
    'tiers over redis',
    () => {
      const bus = localBus();
      const make = (): Cache =>
        createCache({
          tiers: [{ backend: 'memory' }, { backend: 'redis', url: redis.url }],
          bus,
          namespace: 'n',
          budget: '5s',
        });
      return { one: make(), two: make() };
    },
  ],
  ...SERVERS.map(([name, config]): (typeof WORLDS)[number] => [name, () => servers(config)]),
];

describe('tags', () => {
  forbidUnhandledRejections();
  before('start the servers', () => Promise.all([redis.start(), memcached.start(), dynamodb.start()]));
  after('stop the servers', () => Promise.all([redis.dispose(), memcached.dispose(), dynamodb.dispose()]));

  it('are invalidated within the timeout of the call, also where that is longer than the usual one', async () => {
    const held = new HeldBackend();
    const cache = createCache({ backend: held.backend, namespace: 'n', timeout: 20, budget: 20, breaker: false });
    held.hold('multiSet');
    const usual = await caught(cache.invalidateTags(['x']));
    expect(usual).to.have.property(
      'message',
      'invalidateTags: no answer within 20 ms; it may have been carried out all the same',
    );
    const patient = ([{ timeout: '1h' }, { timeout: null }] as const).map((options) =>
      cache.invalidateTags(['x'], options),
    );
    expect(await caught(cache.invalidateTags(['y']))).to.be.instanceOf(CommandTimeoutError);
    held.releaseAll();
    await Promise.all(patient);
    await cache.close();
  });

  for (const [name, config] of SERVERS) {
    it(`on ${name} are the same to the cache whose namespace it is as to another one that names it`, async () => {
      const [own, other] = ['own', 'other'].map((namespace) =>
        createCache({ ...config(), namespace, budget: '5s' }),
      ) as [Cache, Cache];
      await own.clear();
      const named = { namespace: 'own' };
      await other.getOrSet('a', () => 'a', { ...named, tags: ['x'] });
      expect(await own.get('a')).to.equal('a');
      await own.invalidateTags(['x']);
      expect(await other.get('a', named)).to.equal(undefined);
      await own.getOrSet('b', () => 'b', { tags: ['x'] });
      expect(await other.get('b', named)).to.equal('b');
      await other.invalidateTags(['x'], named);
      expect(await own.get('b')).to.equal(undefined);
      await Promise.all([own.close(), other.close()]);
    });
  }

  for (const [name, make] of WORLDS) {
    describe(`on ${name}`, () => {
      let world: World;
      let one: Cache;
      let two: Cache;
      beforeEach(async () => {
        world = make();
        ({ one, two } = world);
        await one.clear();
      });
      afterEach(() => Promise.all([one.close(), two.close()]));

      it('make every entry that has one of them a miss, and no other', async () => {
        await one.getOrSet('a', () => 'a', { tags: ['x', 'y'] });
        await one.getOrSet('b', () => 'b', { tags: ['y'] });
        await one.getOrSet('c', () => 'c', { tags: ['z'] });
        await one.getOrSet('d', () => 'd');
        expect(await two.multiGet(['a', 'b', 'c', 'd'])).to.deep.equal(['a', 'b', 'c', 'd']);
        await two.invalidateTags(['y']);
        expect(await one.multiGet(['a', 'b', 'c', 'd'])).to.deep.equal([undefined, undefined, 'c', 'd']);
        expect(await one.get('a')).to.equal(undefined);
        expect(await one.get('c')).to.equal('c');
        expect(await one.getOrSet('a', () => 'new', { tags: ['x'] })).to.equal('new');
        expect(await two.get('a')).to.equal('new');
      });

      it('come from the value, or from the context', async () => {
        await one.getOrSet('a', () => ({ id: 7 }), { tags: (value) => [`user:${value.id}`] });
        await one.getOrSet('b', (context) => (context.setTags(['user:8']), 'b'));
        await one.getOrSet('c', ({ setTags }: LoadContext) => (setTags(['late']), 'c'), { tags: ['fixed'] });
        expect(await one.multiGet(['a', 'b', 'c'])).to.deep.equal([{ id: 7 }, 'b', 'c']);
        await one.invalidateTags(['user:7', 'user:8', 'fixed']);
        expect(await one.multiGet(['a', 'b', 'c'])).to.deep.equal([undefined, undefined, undefined]);
        await one.getOrSet('c', ({ setTags }: LoadContext) => (setTags(['late']), 'c'), { tags: ['fixed'] });
        expect(await one.get('c')).to.equal('c');
        await one.invalidateTags(['late']);
        expect(await one.get('c')).to.equal(undefined);
      });

      it('are no text: its characters would be taken for the tags', async () => {
        const tags = (() => 'red') as unknown as () => string[];
        const error = await caught(one.getOrSet('a', () => 1, { tags }));
        expect(isCacheError(error, 'ERR_CACHE_CONFIG')).to.equal(true);
        expect(await one.get('a')).to.equal(undefined);
      });

      for (const [source, options] of [
        ['the options', { tags: ['x'] }],
        ['the value', { tags: () => ['x'] }],
        ['the context', {}],
      ] as const) {
        it(`from ${source} count for loads that are under way`, async () => {
          // One load knows of the namespace from an earlier one.
          await one.getOrSet('other', ({ setTags }) => (setTags(['y']), 'other'));
          const running = deferred();
          const gate = deferred<string>();
          const load = async ({ setTags }: LoadContext): Promise<string> => {
            running.resolve();
            const value = await gate.promise;
            if (source === 'the context') setTags(['x']);
            return value;
          };
          const overtaken = one.getOrSet('k', load, options);
          await running.promise;
          await two.invalidateTags(['x']);
          if (one === two || world.backend === undefined) {
            const later = one === two ? await one.getOrSet('k', () => 'new', options) : 'new';
            expect(later).to.equal('new');
          }
          gate.resolve('from before');
          expect(await overtaken).to.equal('from before');
          expect(await two.get('k')).to.be.oneOf([undefined, 'new']);
          expect(await one.get('k')).to.be.oneOf([undefined, 'new']);
        });
      }

      it('belong to their namespace', async () => {
        await one.getOrSet('k', () => 'here', { tags: ['x'] });
        await one.getOrSet('k', () => 'there', { tags: ['x'], namespace: 'other' });
        await one.invalidateTags(['x'], { namespace: 'other' });
        expect(await one.get('k')).to.equal('here');
        expect(await one.get('k', { namespace: 'other' })).to.equal(undefined);
        await one.clear({ namespace: 'other' });
      });

      it('that were invalidated since an entry was read keep it from being replaced', async () => {
        await one.getOrSet('k', () => 'old', { tags: ['x', 'y'] });
        const entry = await optimistic<string>(one, 'k');
        expect(entry.value).to.equal('old');
        await two.invalidateTags(['y']);
        const error = await caught(entry.compareAndSet('made of old'));
        expect(isCacheError(error, 'ERR_CACHE_CONFLICT')).to.equal(true);
        expect(await two.get('k')).to.equal(undefined);
        const again = await optimistic<string>(one, 'k');
        expect(again.value).to.equal(undefined);
        await again.compareAndSet('new');
        await two.invalidateTags(['x']);
        expect(await two.get('k')).to.equal('new');
      });

      it('stay with an entry that is replaced by compareAndSet', async () => {
        await one.getOrSet('k', () => 'old', { tags: ['x'] });
        await one.getOrSet('other', () => 'other', { tags: ['y'] });
        const entry = await optimistic<string>(one, 'k');
        await two.invalidateTags(['y']);
        await entry.compareAndSet('made of old', { ttl: '1m' });
        await entry.compareAndSet('made of that', { ttl: '1h' });
        expect(await two.get('k')).to.equal('made of that');
        expect(await two.ttl('k')).to.be.within(3_500_000, 3_602_000);
        expect(await one.getOrSet('k', () => 'loaded')).to.equal('made of that');
        await two.invalidateTags(['x']);
        expect(await one.get('k')).to.equal(undefined);
        expect(isCacheError(await caught(entry.compareAndSet('more')), 'ERR_CACHE_CONFLICT')).to.equal(true);
        expect(await one.getOrSet('k', () => 'loaded')).to.equal('loaded');
      });

      it('leave no stale value standing either', async () => {
        const options = { ttl: 1, staleIfError: '1h', staleWhileRevalidate: '1h', tags: ['x'] } as const;
        await one.getOrSet('k', () => 'old', options);
        await two.invalidateTags(['x']);
        const failing = () => Promise.reject<string>(new Error('down'));
        expect(await caught(one.getOrSet('k', failing, options))).to.have.property('message', 'down');
      });

      it('take the same time however many entries have them', async () => {
        for (let index = 0; index < 200; index++) await one.getOrSet(`k${index}`, () => index, { tags: ['many'] });
        const before = world.backend?.calls() ?? 0;
        await one.invalidateTags(['many']);
        if (world.backend !== undefined) expect(world.backend.calls() - before).to.equal(1);
        expect(await one.get('k0')).to.equal(undefined);
        expect(await one.get('k199')).to.equal(undefined);
      });

      it('do nothing when there are none, or the cache is switched off; a closed one says so', async () => {
        await one.getOrSet('k', () => 'v', { tags: ['x'] });
        await one.invalidateTags([]);
        one.disable();
        await one.invalidateTags(['x']);
        one.enable();
        expect(await one.get('k')).to.equal('v');
        await one.close();
        expect(isCacheError(await caught(one.invalidateTags(['x'])), 'ERR_CACHE_CLOSED')).to.equal(true);
      });
    });
  }

  describe('of a shared store', () => {
    it('cost one question per read at most, and none where there are no tags', async () => {
      const { one, backend } = shared();
      await one.getOrSet('a', () => 'a', { tags: ['x', 'y'] });
      await one.getOrSet('b', () => 'b', { tags: ['z', 'y'] });
      await one.getOrSet('plain', () => 'c');
      const asked = async (work: () => Promise<unknown>): Promise<number> => {
        const before = backend!.calls();
        await work();
        return backend!.calls() - before;
      };
      expect(await asked(() => one.get('a'))).to.equal(2);
      expect(await asked(() => one.multiGet(['a', 'b', 'plain']))).to.equal(2);
      expect(await asked(() => one.get('plain'))).to.equal(1);
      expect(await asked(() => one.getOrSet('plain', () => 'x'))).to.equal(1);
      await one.close();
    });

    it('are invalid when their mark is lost', async () => {
      const { one, two, backend } = shared();
      await one.getOrSet('k', () => 'v', { tags: ['x'] });
      expect(await two.get('k')).to.equal('v');
      const marks = ((await backend!.raw('keys', [], {} as never)) as string[]).filter((key) => key.startsWith('%tag'));
      expect(marks).to.have.length(1);
      await backend!.delete(marks, { wire: 'text', namespace: '', signal: undefined });
      expect(await two.get('k')).to.equal(undefined);
      expect(await one.getOrSet('k', () => 'new', { tags: ['x'] })).to.equal('new');
      expect(await two.get('k')).to.equal('new');
      await Promise.all([one.close(), two.close()]);
    });

    it('take the place of what stands there and is no mark', async () => {
      const cache = createCache({ backend: 'redis', url: redis.url, namespace: 'lists', budget: '5s' });
      const client = redis.client();
      await cache.getOrSet('k', ({ setTags }) => (setTags(['y']), 'v'), { tags: ['x'] });
      const marks = (await client.keys('%tag*lists*')).sort();
      expect(marks).to.have.length.greaterThan(1);
      for (const mark of marks) await client.multi().del(mark).lpush(mark, 'a list').exec();
      expect(await cache.get('k')).to.equal(undefined);
      await cache.getOrSet('k', ({ setTags }) => (setTags(['y']), 'new'), { tags: ['x'] });
      await cache.getOrSet('k', ({ setTags }) => (setTags(['y']), 'newer'), { tags: ['x'] });
      expect(await cache.get('k')).to.equal('newer');
      await cache.close();
    });

    it('make a miss of what compareAndSet stores while one of them is invalidated', async () => {
      const { one, two, backend } = shared();
      await one.getOrSet('k', () => 'old', { tags: ['x'] });
      const entry = await optimistic<string>(one, 'k');
      backend!.hang('compareAndSet');
      const writing = entry.compareAndSet('made of old');
      await eventually(() => expect(backend!.calls('compareAndSet')).to.equal(1));
      await two.invalidateTags(['x']);
      backend!.heal();
      await writing;
      expect([await one.get('k'), await two.get('k')]).to.deep.equal([undefined, undefined]);
      await Promise.all([one.close(), two.close()]);
    });

    it('that wait to be invalidated keep compareAndSet from storing', async () => {
      const { one, two, backend } = shared();
      await one.getOrSet('k', () => 'old', { tags: ['x'] });
      const entry = await optimistic<string>(one, 'k');
      backend!.fail('multiSet');
      await new Changes(one).change('x');
      expect(isCacheError(await caught(entry.compareAndSet('made of old')), 'ERR_CACHE_CONFLICT')).to.equal(true);
      backend!.heal();
      await Promise.all([one.close(), two.close()]);
    });

    it('are read around while one of them waits to be invalidated', async () => {
      const { one, two, backend } = shared();
      await one.getOrSet('a', () => 'a', { tags: ['x', 'z'] });
      await one.getOrSet('b', () => 'b', { tags: ['y', 'z'] });
      backend!.fail('multiSet');
      await new Changes(one).change('x');
      expect(one.pendingInvalidations).to.equal(1);
      expect(await one.multiGet(['a', 'b'])).to.deep.equal([undefined, 'b']);
      expect([await one.get('a'), await one.get('b')]).to.deep.equal([undefined, 'b']);
      expect(await one.getOrSet('b', () => 'other', { tags: ['y', 'z'] })).to.equal('b');
      expect(await one.getOrSet('a', () => 'new', { tags: ['x', 'z'] })).to.equal('new');
      backend!.heal();
      await eventually(() => expect(one.pendingInvalidations).to.equal(0));
      expect(await two.get('a')).to.equal(undefined);
      expect(await one.getOrSet('a', () => 'newer', { tags: ['x', 'z'] })).to.equal('newer');
      expect([await one.get('a'), await two.get('a')]).to.deep.equal(['newer', 'newer']);
      await Promise.all([one.close(), two.close()]);
    });

    it('cannot be had when the store is down: values are answered, and not stored', async () => {
      const { one, backend } = shared();
      backend!.fail('multiGet');
      expect(await one.getOrSet('k', () => 'v', { tags: ['x'] })).to.equal('v');
      backend!.heal();
      expect(await one.get('k')).to.equal(undefined);
      backend!.fail('multiSet');
      expect(isCacheError(await caught(one.invalidateTags(['x'])), 'ERR_CACHE_BACKEND')).to.equal(true);
      await one.close();
    });
  });
});
