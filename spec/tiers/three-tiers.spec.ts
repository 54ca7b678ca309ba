import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Cached, CacheEvict, createCache, type Cache, type CacheConfig } from 'cachewright';
import { asynchronous, backendConformance, cacheConformance, faulty } from 'cachewright/testing';
import type { Redis } from 'ioredis';
import { dynamoDbBackend } from '#lib/backends/dynamodb/dynamodb.js';
import { memcachedBackend } from '#lib/backends/memcached/memcached.js';
import { redisBackend } from '#lib/backends/redis/redis.js';
import { LayeredBackend } from '#lib/command/tier/layered-backend.js';
import type { Backend, BackendContext } from '#lib/contracts/backend.js';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { text } from '../support/backend-calls.js';
import { caught } from '../support/caught.js';
import { deferred } from '../support/deferred.js';
import { optionsOf, useDynamoDb } from '../support/dynamodb-server.js';
import { eventually } from '../support/eventually.js';
import { useMemcached } from '../support/memcached-server.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { useRedis } from '../support/redis-server.js';

const BREAKER = { after: 5, retryMs: 50, maxRetryMs: 200 };

function layered(fast: Backend, record: Backend, { clock }: BackendContext): Backend {
  return new LayeredBackend({
    fast,
    record,
    ttlMs: 300_000,
    breaker: BREAKER,
    clock,
    owns: { fast: true, record: true },
  });
}

describe('three tiers', () => {
  forbidUnhandledRejections();
  const redis = useRedis();
  const dynamodb = useDynamoDb();
  const memcached = useMemcached();
  let client: Redis;
  before(() => (client = redis.client()));

  backendConformance('redis in front of dynamodb', {
    create: (context) =>
      layered(
        redisBackend({ url: redis.url }, context),
        dynamoDbBackend(optionsOf(dynamodb.table('layered')), context),
        context,
      ),
    exclusive: true,
  });

  backendConformance('memcached in front of redis', {
    create: (context) =>
      layered(
        memcachedBackend({ servers: [memcached.address] }, context),
        redisBackend({ url: redis.url }, context),
        context,
      ),
    exclusive: true,
  });

  cacheConformance('memory, redis and dynamodb', {
    create: (overrides) =>
      createCache({
        tiers: [{ backend: 'memory' }, { backend: 'redis', url: redis.url }, dynamodb.table('tiers')],
        ...overrides,
      }),
    wholeNamespaces: true,
  });

  it('do not read in the middle what could not be deleted there, until it has been', async () => {
    const context: BackendContext = { cache: 'spec', clock: { now: () => performance.now() } };
    const shared = (): ReturnType<typeof faulty> => {
      const memory = memoryBackend({}, context);
      return faulty({ ...asynchronous(memory), capabilities: { ...memory.capabilities, shared: true, wire: 'text' } });
    };
    const [fast, record] = [shared(), shared()];
    const backend = layered(fast, record, context);
    for (const change of [
      () => backend.set('k', 'new', undefined, text),
      () => backend.clear('k', text),
      () => backend.delete(['k'], text),
    ]) {
      await fast.set('k', 'old', undefined, text);
      expect(await backend.get('k', text)).to.equal('old');
      fast.once.fail('delete');
      fast.once.fail('clear');
      await change();
      expect(await fast.get('k', text)).to.equal('old');
      const answer = await record.get('k', text);
      expect(await backend.get('k', text)).to.equal(answer);
      expect(await backend.multiGet(['k', 'l'], text)).to.deep.equal([answer, undefined]);
      await eventually(async () => expect(await fast.get('k', text)).to.equal(undefined));
      fast.heal();
    }
    await backend.close();
  });

  describe('over a store of record that the spec holds', () => {
    let record: ReturnType<typeof faulty>;
    let caches: Cache[];

    beforeEach(async () => {
      await client.flushall();
      const memory = memoryBackend({}, { cache: 'record', clock: { now: () => performance.now() } });
      const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
      record = faulty({ ...asynchronous(memory), capabilities, close: () => Promise.resolve() });
      caches = [];
    });
    afterEach(async () => {
      redis.thaw();
      if (!redis.running) await redis.start();
      await Promise.all(caches.map((cache) => cache.close()));
    });

    /** Without near copies that last, so that the two others are seen. */
    function open(more: object = {}, ttl: string = '5m'): Cache {
      const cache = createCache({
        tiers: [{ backend: 'memory', ttl: 1 }, { backend: 'redis', url: redis.url, ttl }, { backend: record }],
        namespace: 'n',
        timeout: '2s',
        breaker: { after: 3, retry: 50, maxRetry: 200 },
        ...more,
      } as CacheConfig);
      caches.push(cache);
      return cache;
    }

    /** Once the near copy is gone. */
    async function read(cache: Cache, key = 'k'): Promise<unknown> {
      await sleep(3);
      return cache.get(key);
    }

    async function broughtAlong(cache: Cache, key = 'k'): Promise<void> {
      await eventually(async () => {
        await read(cache, key);
        expect(await client.exists(`n:${key}`)).to.equal(1);
      });
    }

    it('brings along what is read, and asks the store of record no more', async () => {
      const cache = open();
      await cache.set('k', 1);
      expect(await client.exists('n:k')).to.equal(0);
      await broughtAlong(cache);
      record.fail('multiGet');
      record.fail('get');
      expect(await read(cache)).to.equal(1);
      expect(await read(open())).to.equal(1);
    });

    it('keeps it no longer than its own lifetime, nor than the entry lives', async () => {
      const cache = open({}, '10s');
      await cache.set('long', 1, { ttl: '1h' });
      await cache.set('never', 1, { ttl: 0 });
      await cache.set('short', 1, { ttl: '3s' });
      for (const [key, most] of [
        ['long', 10_000],
        ['never', 10_000],
        ['short', 3_000],
      ] as const) {
        await broughtAlong(cache, key);
        expect(await client.pttl(`n:${key}`), key).to.be.within(1, most);
      }
    });

    it('is told by every write, of any process', async () => {
      const [one, two] = [open(), open()];
      const writes: Readonly<Record<string, () => Promise<unknown>>> = {
        set: () => two.set('k', 'written'),
        multiSet: () => two.multiSet({ k: 'written', l: 1 }),
        delete: () => two.delete('k'),
        multiDelete: () => two.multiDelete(['l', 'k']),
        expire: () => two.expire('k', '1h'),
        clear: () => two.clear(),
      };
      for (const [name, write] of Object.entries(writes)) {
        await one.set('k', 'old');
        await broughtAlong(one);
        await write();
        expect(await client.exists('n:k'), name).to.equal(0);
      }
      await one.set('count', 5);
      await broughtAlong(one, 'count');
      expect(await two.increment('count')).to.equal(6);
      expect(await read(one, 'count')).to.equal(6);
    });

    it('does not bring along what another process changed meanwhile', async () => {
      const [one, two] = [open(), open()];
      await one.set('k', 'old');
      const [reading, gate] = [deferred(), deferred()];
      const { ttl } = record;
      record.ttl = async (key, call) => {
        reading.resolve();
        await gate.promise;
        return ttl.call(record, key, call);
      };
      const first = read(one);
      await reading.promise;
      record.ttl = ttl;
      await two.set('k', 'new');
      gate.resolve();
      expect(await first).to.equal('old');
      await sleep(20);
      expect(await client.exists('n:k')).to.equal(0);
      expect(await read(two)).to.equal('new');
    });

    it('answers, in bounded time, while the fast store is frozen, gone or empty, and makes up for it', async () => {
      class Users {
        constructor(readonly cache: Cache) {}
        loads = 0;
        @Cached({ key: (id: string) => id, ttl: '1h', cache: (self: Users) => self.cache })
        async find(id: string): Promise<string> {
          this.loads += 1;
          return `${id} ${this.loads}`;
        }
        @CacheEvict({ key: (id: string) => id, cache: (self: Users) => self.cache })
        async change(_id: string): Promise<void> {}
      }
      const cache = open();
      const users = new Users(cache);
      const other = open();
      expect(await users.find('k')).to.equal('k 1');
      await broughtAlong(cache);
      redis.freeze();
      for (let call = 0; call < 10; call++) expect(await read(cache)).to.equal('k 1');
      await users.change('k');
      expect(await users.find('k')).to.equal('k 2');
      expect(cache.pendingInvalidations).to.equal(0);
      redis.thaw();
      // What could not be deleted is deleted once it can be; until then others may see it, for the tier's ttl at most.
      await eventually(async () => expect(await read(other)).to.equal('k 2'));
      await broughtAlong(other);
      await redis.kill();
      await cache.set('k', 'k 3');
      expect(await read(cache)).to.equal('k 3');
      await redis.start();
      await broughtAlong(cache);
      await client.flushall();
      expect(await read(cache)).to.equal('k 3');
    });

    it('lets failures of the store of record through, and forgets what may be outdated', async () => {
      const cache = open({ breaker: false });
      await cache.set('k', 'old');
      await broughtAlong(cache);
      record.fail('set');
      expect(await caught(cache.set('k', 'new'))).to.have.property('code', 'ERR_CACHE_BACKEND');
      expect(await client.exists('n:k')).to.equal(0);
    });

    it('has tags, and one load per key', async () => {
      const [one, two] = [open(), open()];
      let loads = 0;
      const load = (cache: Cache): Promise<number> =>
        cache.getOrSet('k', () => (loads += 1), { ttl: '1h', tags: ['t'] });
      expect(await Promise.all([load(one), load(one), load(one)])).to.deep.equal([1, 1, 1]);
      await sleep(3);
      expect(await load(two)).to.equal(1);
      await two.invalidateTags(['t']);
      await sleep(3);
      expect(await load(one)).to.equal(2);
    });

    it('closes what it opened, and nothing else', async () => {
      let closed = 0;
      const given = { ...record, capabilities: record.capabilities, close: async () => void (closed += 1) };
      const cache = createCache({
        tiers: [{ backend: 'memory' }, { backend: 'redis', url: redis.url }, { backend: given as Backend }],
        namespace: 'n',
      });
      await cache.set('k', 1);
      await cache.close();
      expect(closed).to.equal(0);
      await eventually(async () => {
        const clients = await client.client('LIST');
        expect(String(clients).trim().split('\n')).to.have.length(1);
      });
    });
  });
});
