import { AsyncLocalStorage } from 'node:async_hooks';
import { expect } from 'chai';
import { createCache, createRegistry, isCacheError, type Backend, type Cache, type DynamoDbOptions } from 'cachewright';
import type { Redis } from 'ioredis';
import { dynamoDbBackend } from '#lib/backends/dynamodb/dynamodb.js';
import { redisBackend } from '#lib/backends/redis/redis.js';
import { LayeredBackend } from '#lib/command/layered/layered.js';
import { systemClock } from '#lib/util/clock.js';
import { context, text } from '../support/backend-calls.js';
import { deferred } from '../support/deferred.js';
import { optionsOf, useDynamoDb } from '../support/dynamodb-server.js';
import { eventually } from '../support/eventually.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { RedisServer } from '../support/redis-server.js';

const UPPER_TTL_MS = 60_000;
const PATIENCE = { readMs: 100, changeMs: 200 };
/** Of either tier. */
const BREAKER = { after: 5, retryMs: 60_000, maxRetryMs: 60_000 };
/** The same as the configuration of a cache. */
const CACHE_BREAKER = { after: BREAKER.after, retry: '1m', maxRetry: '1m' } as const;

type Step = (method: string, run: () => Promise<unknown>) => Promise<unknown>;

/** Every command goes through `step`, those of fences by the names `fences.take` and `fences.store`. */
function stepped(backend: Backend, step: Step): Backend {
  const around = <T extends object>(target: T, before: string): T =>
    new Proxy(target, {
      get(inner, name) {
        const value = Reflect.get(inner, name) as unknown;
        if (name === 'fences') return around(value as object, 'fences.');
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) =>
          step(`${before}${String(name)}`, async () => value.apply(inner, args) as unknown);
      },
    });
  return around(backend, '');
}

/** Two of them know no more of each other than two processes do. */
describe('three tiers', () => {
  forbidUnhandledRejections();
  const server = new RedisServer();
  const dynamodb = useDynamoDb();
  let redis: Redis;
  let open: { close(): Promise<void> }[] = [];

  before('start redis', async () => {
    await server.start();
    redis = server.client();
  });
  after('stop redis', () => server.dispose());
  beforeEach(async () => {
    if (!server.running) await server.start();
    await eventually(() => redis.flushall());
  });
  afterEach(async () => {
    server.thaw();
    await Promise.all(open.map((each) => each.close()));
    open = [];
  });

  /** One process: its backend, and a cache on it that keeps no copies of its own. */
  function layered({
    upper = async (_, run) => run(),
    lower = async (_, run) => run(),
  }: { upper?: Step; lower?: Step } = {}): {
    readonly backend: Backend;
    readonly cache: Cache;
    readonly below: Backend;
  } {
    const below = dynamoDbBackend(optionsOf(dynamodb.table('three')), context);
    const above = redisBackend({ url: server.url }, context);
    const backend = new LayeredBackend({
      upper: { backend: stepped(above, upper), owned: true, ttlMs: UPPER_TTL_MS },
      lower: { backend: stepped(below, lower), owned: true },
      patience: PATIENCE,
      breaker: BREAKER,
      cache: 'specs',
      clock: systemClock,
    });
    const cache = createCache({ backend, timeout: '5s', budget: '5s', breaker: CACHE_BREAKER });
    open.push(cache, backend);
    return { backend, cache, below };
  }

  let keys = 0;
  /** The table outlives the specs. */
  function fresh(): string {
    return `k${keys++}`;
  }

  async function promoted(key: string): Promise<void> {
    await eventually(async () => expect(await redis.exists(key)).to.equal(1));
  }

  async function failure(work: Promise<unknown>): Promise<unknown> {
    return work.then(
      () => expect.fail('it was answered'),
      (error: unknown) => error,
    );
  }

  it('a copy in the middle lives no longer than what is left of its entry', async () => {
    const { backend } = layered();
    const [short, long] = [fresh(), fresh()];
    await backend.set(short, 'v', 10_000, text);
    await backend.set(long, 'v', undefined, text);
    for (const key of [short, long]) {
      expect(await redis.exists(key)).to.equal(0);
      expect(await backend.get(key, text)).to.equal('v');
      await promoted(key);
    }
    expect(await redis.pttl(short)).to.be.within(1, 10_000 - PATIENCE.readMs);
    expect(await redis.pttl(long)).to.be.within(1, UPPER_TTL_MS);
  });

  it('what has no time left to be copied is not', async () => {
    let stored = 0;
    const { backend } = layered({ upper: async (method, run) => (method === 'fences.store' && stored++, run()) });
    const [ending, lasting] = [fresh(), fresh()];
    await backend.multiSet([[ending, 'v']], PATIENCE.readMs, text);
    await backend.get(ending, text);
    await backend.set(lasting, 'v', undefined, text);
    await backend.get(lasting, text);
    await promoted(lasting);
    expect(stored).to.equal(1);
  });

  it('answers from the middle without asking below', async () => {
    const asked: string[] = [];
    const { backend } = layered({ lower: async (method, run) => (asked.push(method), run()) });
    const key = fresh();
    await backend.set(key, 'v', undefined, text);
    await backend.get(key, text);
    await promoted(key);
    asked.length = 0;
    expect(await backend.get(key, text)).to.equal('v');
    expect(await backend.multiGet([key, key], text)).to.deep.equal(['v', 'v']);
    expect(asked).to.deep.equal([]);
  });

  for (const [name, change, after] of [
    ['a deletion', (b: Backend, key: string) => b.delete([key], text), undefined],
    ['a write', (b: Backend, key: string) => b.set(key, '7', undefined, text), '7'],
    ['a batch', (b: Backend, key: string) => b.multiSet([[key, '7']], undefined, text), '7'],
    ['a count', (b: Backend, key: string) => b.increment(key, 6, undefined, text), '7'],
    ['clear', (b: Backend) => b.clear('', text), undefined],
    [
      'compare-and-set',
      async (b: Backend, key: string) => {
        const { version } = await b.versions!.read(key, text);
        await b.versions!.compareAndSet(key, version, '7', undefined, text);
      },
      '7',
    ],
  ] as const) {
    it(`${name} by another process ends the copy in the middle`, async () => {
      const [one, two] = [layered().backend, layered().backend];
      const key = fresh();
      await one.set(key, '1', undefined, text);
      await one.get(key, text);
      await promoted(key);
      await change(two, key);
      expect(await one.get(key, text)).to.equal(after);
    });
  }

  it('a shorter life ends the copy, too', async () => {
    const [one, two] = [layered().backend, layered().backend];
    const key = fresh();
    await one.set(key, 'v', undefined, text);
    await one.get(key, text);
    await promoted(key);
    await two.expire(key, 10_000, text);
    expect(await redis.exists(key)).to.equal(0);
  });

  it('an empty middle tier is filled again', async () => {
    const { backend } = layered();
    const key = fresh();
    await backend.set(key, 'v', undefined, text);
    await backend.get(key, text);
    await promoted(key);
    await redis.flushall();
    expect(await backend.get(key, text)).to.equal('v');
    await promoted(key);
  });

  it('takes what each of them has in one batch', async () => {
    const { backend } = layered();
    const [above, below, nowhere] = [fresh(), fresh(), fresh()];
    await backend.multiSet(
      [
        [above, 'a'],
        [below, 'b'],
      ],
      undefined,
      text,
    );
    await backend.get(above, text);
    await promoted(above);
    expect(await backend.multiGet([below, nowhere, above, below], text)).to.deep.equal(['b', undefined, 'a', 'b']);
    await promoted(below);
  });

  it('a store of record that does not tell how long an entry lives keeps it from being copied for a moment only', async () => {
    let asked = 0;
    const { cache } = layered({
      lower: (method, run) => (method === 'ttl' && asked++ === 0 ? deferred<never>().promise : run()),
    });
    const key = fresh();
    await cache.set(key, 'v');
    await eventually(async () => {
      expect(await cache.get(key)).to.equal('v');
      expect(await redis.exists(key)).to.equal(1);
    });
    expect(asked).to.equal(2);
  });

  it('a copy that is late does not land after a write by another process', async () => {
    const [read, go, stored] = [deferred(), deferred(), deferred<unknown>()];
    const { backend: slow } = layered({
      async lower(method, run) {
        const answer = await run();
        if (method !== 'get') return answer;
        read.resolve();
        await go.promise;
        return answer;
      },
      async upper(method, run) {
        const answer = await run();
        if (method === 'fences.store' || method === 'add') stored.resolve(answer);
        return answer;
      },
    });
    const { backend: other } = layered();
    const key = fresh();
    await other.set(key, 'old', undefined, text);
    const reading = slow.get(key, text);
    await read.promise;
    await other.set(key, 'new', undefined, text);
    go.resolve();
    expect(await reading).to.equal('old');
    expect(await stored.promise).to.deep.equal([false]);
    expect(await other.get(key, text)).to.equal('new');
  });

  it('what is loaded is in both, and is loaded once', async () => {
    const { cache, below } = layered();
    const key = fresh();
    let loads = 0;
    const load = (): string => `v${++loads}`;
    const answers = await Promise.all([1, 2, 3].map(() => cache.getOrSet(key, load)));
    await promoted(key);
    expect(await below.get(key, text)).to.equal('"v1"');
    expect([...answers, await cache.getOrSet(key, load), await layered().cache.get(key)]).to.deep.equal(
      Array.from({ length: 5 }, () => 'v1'),
    );
  });

  it('a loaded value that the middle refuses ends what is there', async () => {
    const [one, two] = [layered().cache, layered().cache];
    const [loading, go] = [deferred(), deferred<string>()];
    const key = fresh();
    const call = one.getOrSet(key, () => (loading.resolve(), go.promise));
    await loading.promise;
    await redis.set(key, '"outdated"');
    go.resolve('new');
    await call;
    expect(await two.get(key)).to.equal('new');
  });

  it('a load that another process invalidated is stored in neither', async () => {
    const [one, two] = [layered().cache, layered()];
    const [loading, go] = [deferred(), deferred<string>()];
    const key = fresh();
    const call = one.getOrSet(key, () => (loading.resolve(), go.promise));
    await loading.promise;
    await two.cache.delete(key);
    go.resolve('old');
    expect(await call).to.equal('old');
    expect(await two.cache.get(key)).to.equal(undefined);
    expect(await redis.exists(key)).to.equal(0);
  });

  it('tags end what another process has copied into the middle', async () => {
    const [one, two] = [layered().cache, layered().cache];
    const [key, tag] = [fresh(), fresh()];
    await one.getOrSet(key, () => 'old', { tags: [tag] });
    await promoted(key);
    await two.invalidateTags([tag]);
    expect(await one.getOrSet(key, () => 'new', { tags: [tag] })).to.equal('new');
  });

  describe('when the middle tier is away', () => {
    for (const [name, away] of [
      ['hangs', async () => server.freeze()],
      ['is dead', () => server.kill()],
    ] as const) {
      it(`and ${name}, reads are answered from below, and soon it is left alone`, async () => {
        let asked = 0;
        const { cache } = layered({ upper: async (_, run) => (asked++, run()) });
        const key = fresh();
        await cache.set(key, 'v');
        await away();
        asked = 0;
        for (let n = 0; n < 20; n++) expect(await cache.get(key)).to.equal('v');
        // Five, and those that came in a standstill of this process, which is not held against it.
        expect(asked).to.be.within(1, 10);
        expect(await cache.getOrSet(fresh(), () => 'loaded')).to.equal('loaded');
        expect(await cache.increment(fresh())).to.equal(1);
        expect(await cache.add(fresh(), 'v')).to.equal(true);
      });
    }

    it('a change that it could not be told says so, and is seen by this process all the same', async () => {
      let failing = false;
      const { backend, below } = layered({
        upper: async (method, run) => {
          if (failing && method === 'delete') throw new Error('lost');
          return run();
        },
      });
      const { backend: other } = layered();
      const key = fresh();
      await backend.set(key, 'old', undefined, text);
      await backend.get(key, text);
      await promoted(key);
      failing = true;
      const error = await failure(Promise.resolve(backend.set(key, 'new', undefined, text)));
      expect(isCacheError(error, 'ERR_CACHE_BACKEND')).to.equal(true);
      expect(error).to.have.property('refused', true);
      expect(await below.get(key, text)).to.equal('new');
      expect(await backend.get(key, text)).to.equal('new');
      expect(await backend.multiGet([key], text)).to.deep.equal(['new']);
      // The limit of it: another process is answered from the middle, until that copy's life ends, or the tier is told at last.
      expect(await other.get(key, text)).to.equal('old');
      expect(await redis.pttl(key)).to.be.within(1, UPPER_TTL_MS);
      failing = false;
      await eventually(async () => expect(await other.get(key, text)).to.equal('new'));
    });

    it('changes that it could not be told do not count against the store of record', async () => {
      const { cache } = layered();
      const key = fresh();
      await server.kill();
      for (let n = 0; n <= BREAKER.after; n++) {
        expect(isCacheError(await failure(cache.set(key, n)), 'ERR_CACHE_BACKEND')).to.equal(true);
      }
      expect(await cache.get(key)).to.equal(BREAKER.after);
    });

    it('an eviction that it could not be told is repeated until it is', async () => {
      let failing = false;
      let failed = 0;
      const { cache, backend } = layered({
        upper: async (method, run) => {
          if (!failing || method !== 'delete') return run();
          failed++;
          throw new Error('lost');
        },
      });
      const other = layered().cache;
      const key = fresh();
      await cache.set(key, 'old');
      await cache.get(key);
      await promoted(key);
      failing = true;
      expect(isCacheError(await failure(cache.delete(key)), 'ERR_CACHE_BACKEND')).to.equal(true);
      expect(await backend.exists(key, text)).to.equal(false);
      await eventually(() => expect(failed).to.be.above(1));
      failing = false;
      await eventually(async () => expect(await other.get(key)).to.equal(undefined));
    });

    it('and so it is outside of the request that made the change', async () => {
      const tenant = new AsyncLocalStorage<string>();
      const seen: (string | undefined)[] = [];
      const { cache } = layered({
        upper: async (method, run) => {
          if (method !== 'delete' || seen.push(tenant.getStore()) > 1) return run();
          throw new Error('lost');
        },
      });
      await tenant.run('a', () => failure(cache.delete(fresh())));
      await eventually(() => expect(seen).to.deep.equal(['a', undefined]));
    });

    it('a failure below drops the copy, for it may have happened', async () => {
      let failing = false;
      const { backend } = layered({
        lower: async (method, run) => {
          const answer = await run();
          if (failing && method === 'set') throw new Error('reply lost');
          return answer;
        },
      });
      const key = fresh();
      await backend.set(key, 'old', undefined, text);
      await backend.get(key, text);
      await promoted(key);
      failing = true;
      expect(await failure(Promise.resolve(backend.set(key, 'new', undefined, text)))).to.have.nested.property(
        'cause.message',
        'reply lost',
      );
      expect(await backend.get(key, text)).to.equal('new');
    });

    it('connect says which one is not there', async () => {
      const { backend } = layered();
      await server.kill();
      expect(await failure(backend.connect!())).to.have.property('message', 'the middle tier (redis) is not there');
    });
  });

  describe('when the last tier is away', () => {
    it('copies in the middle answer though it is left alone, and say nothing of how it is', async () => {
      let failing = false;
      let asked = 0;
      const { cache } = layered({
        lower: async (method, run) => {
          if (!failing || method === 'close') return run();
          asked++;
          throw new Error('away');
        },
      });
      const key = fresh();
      await cache.set(key, 'v');
      await cache.get(key);
      await promoted(key);
      failing = true;
      for (let n = 0; n < BREAKER.after; n++) await failure(cache.get(fresh()));
      expect(asked).to.equal(BREAKER.after);
      for (let n = 0; n < 3; n++) {
        expect(await cache.get(key)).to.equal('v');
        expect(await cache.multiGet([key])).to.deep.equal(['v']);
        expect(isCacheError(await failure(cache.get(fresh())), 'ERR_CACHE_BACKEND_UNAVAILABLE')).to.equal(true);
      }
      expect(asked).to.equal(BREAKER.after);
    });

    it('calls that waited for the middle in vain do not count against it', async () => {
      const go = deferred();
      let waiting = true;
      const { backend } = layered({ upper: async (_, run) => (waiting ? go.promise.then(run) : run()) });
      const cache = createCache({ backend, timeout: PATIENCE.readMs / 5, breaker: CACHE_BREAKER });
      open.push(cache);
      for (let n = 0; n <= BREAKER.after; n++) {
        expect(isCacheError(await failure(cache.get(fresh())), 'ERR_CACHE_COMMAND_TIMEOUT')).to.equal(true);
      }
      waiting = false;
      go.resolve();
      const patient = createCache({ backend, timeout: '5s', breaker: CACHE_BREAKER });
      open.push(patient);
      expect(await patient.get(fresh())).to.equal(undefined);
    });

    it('a read that nobody waits for any more does not reach it', async () => {
      const go = deferred();
      const asked: string[] = [];
      const { backend } = layered({
        upper: async (_, run) => go.promise.then(run),
        lower: async (method, run) => (asked.push(method), run()),
      });
      const cache = createCache({ backend, timeout: PATIENCE.readMs / 5, breaker: false });
      open.push(cache);
      expect(isCacheError(await failure(cache.get(fresh())), 'ERR_CACHE_COMMAND_TIMEOUT')).to.equal(true);
      go.resolve();
      // Goes the same way, after it.
      expect(await backend.get(fresh(), text)).to.equal(undefined);
      expect(asked).to.deep.equal(['get']);
    });
  });

  describe('by configuration', () => {
    function config(): {
      tiers: [
        { backend: 'memory' },
        { backend: 'redis'; url: string; ttl: '5m' },
        DynamoDbOptions & { backend: 'dynamodb' },
      ];
    } {
      const { endpoint } = dynamodb;
      const own = optionsOf(dynamodb.table('three'));
      return {
        tiers: [
          { backend: 'memory' },
          { backend: 'redis', url: server.url, ttl: '5m' },
          { backend: 'dynamodb', ...own, endpoint },
        ],
      };
    }

    it('is one cache, with the ttl of the middle', async () => {
      const cache = createCache({ ...config(), namespace: 'n' });
      open.push(cache);
      await cache.connect();
      const key = fresh();
      expect(await cache.getOrSet(key, () => 'v')).to.equal('v');
      await promoted(`n:${key}`);
      expect(await redis.pttl(`n:${key}`)).to.be.within(60_000, 300_000);
      expect(await cache.get(key)).to.equal('v');
    });

    it('takes overrides, and shows no secrets', async () => {
      const registry = createRegistry({ default: config() });
      open.push(registry);
      const key = fresh();
      const one = registry.create('default', { ttl: '1h', timeout: '4s' });
      await one.set(key, 'v');
      expect(await one.ttl(key)).to.be.within(1, 3_600_000);
      expect(await registry.get().get(key)).to.equal('v');
      const shown = JSON.stringify(registry.config());
      expect(shown).to.contain('"ttl":"5m"');
      expect(shown).not.to.contain('SECRET-CANARY');
    });

    it('refuses one store twice', () => {
      const twice = { backend: 'redis', url: 'redis://h' } as const;
      expect(() => createCache({ tiers: [{ backend: 'memory' }, twice, twice] })).to.throw(
        'cache.tiers[1] is the same store as cache.tiers[2]; leave one of them out',
      );
    });
  });
});
