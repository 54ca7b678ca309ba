import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { cacheScope, createCache, MultiCached, type Cache, type CommandOptions } from 'cachewright';
import type { Redis } from 'ioredis';
import { deferred } from '../support/deferred.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { RedisServer } from '../support/redis-server.js';

/** `CACHEWRIGHT_ROUNDS=1000` for the long run. */
const ROUNDS = Number(process.env['CACHEWRIGHT_ROUNDS'] ?? 40);

const INVALIDATIONS: Readonly<Record<string, (cache: Cache, key: string) => Promise<unknown>>> = {
  delete: (cache, key) => cache.delete(key),
  multiDelete: (cache, key) => cache.multiDelete(['x', key, 'y']),
  clear: (cache) => cache.clear(),
  set: (cache, key) => cache.set(key, 'written'),
  multiSet: (cache, key) => cache.multiSet({ x: 1, [key]: 'written' }),
  add: (cache, key) => cache.add(key, 'written'),
  increment: (cache, key) => cache.increment(key),
  'set and delete': (cache, key) => cache.set(key, 'written').then(() => cache.delete(key)),
};

describe('loads and invalidations of two processes on redis', function () {
  this.timeout(30_000 + ROUNDS * 500);
  forbidUnhandledRejections();
  const server = new RedisServer();
  let one: Cache;
  let two: Cache;
  let client: Redis;

  before('start redis', () => server.start());
  after('stop redis', () => server.dispose());
  beforeEach(async () => {
    // By another name the server is another store: these caches know no more of each other than two processes do.
    const { port } = new URL(server.url);
    const at = (host: string): Cache =>
      createCache({ backend: 'redis', host, port: Number(port), namespace: 'n', budget: '5s', timeout: '5s' });
    one = at('127.0.0.1');
    two = at('localhost');
    client = server.client();
    await client.flushall();
  });
  afterEach(() => Promise.all([one.close(), two.close()]));

  /** Begins to load, and resolves once the loader runs. */
  async function begin(key: string, options: object = {}): Promise<{ end(value: string): Promise<unknown> }> {
    const running = deferred();
    const gate = deferred<string>();
    const load = one.getOrSet(
      key,
      () => {
        running.resolve();
        return gate.promise;
      },
      options,
    );
    await running.promise;
    return {
      end(value) {
        gate.resolve(value);
        return load;
      },
    };
  }

  for (const [name, invalidate] of Object.entries(INVALIDATIONS)) {
    it(`${name} by one is not overtaken by a load of the other`, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const key = `k${round}`;
        const load = await begin(key);
        await invalidate(two, key);
        const before = await two.get(key);
        expect(await load.end('overtaken')).to.equal('overtaken');
        expect(await two.get(key), `round ${round}`).to.equal(before);
        const again = await begin(`${key} again`);
        await again.end('stored');
        expect(await two.get(`${key} again`)).to.equal('stored');
      }
    });

    it(`${name} at the same moment as the end of a load leaves nothing older than itself`, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const key = `k${round}`;
        const load = await begin(key);
        const [, ended] = await Promise.all([load.end('overtaken'), invalidate(two, key).catch(() => 'refused')]);
        const stored = await two.get(key);
        // An add finds what was stored just before it, an increment no number: then they changed nothing.
        if (ended !== false && ended !== 'refused') expect(stored, `round ${round}`).not.to.equal('overtaken');
      }
    });
  }

  it('a refresh of a stale value is not stored after a deletion by the other', async () => {
    const options = { ttl: 1, staleIfError: '1h' } as const;
    await one.getOrSet('k', () => 'stale', options);
    await sleep(5);
    const load = await begin('k', options);
    await two.delete('k');
    await load.end('overtaken');
    expect(await client.exists('n:k')).to.equal(0);
  });

  it('the same text, written anew by the other, counts as well', async () => {
    await two.set('k', 'text', { ttl: '1h' });
    const refresh = await cacheScope({ read: false }, () => begin('k'));
    await two.set('k', 'text', { ttl: '2h' });
    await refresh.end('overtaken');
    expect(await two.get('k')).to.equal('text');
  });

  it('expire by the other counts as well', async () => {
    await two.set('k', 'text', { ttl: '1h' });
    const refresh = await cacheScope({ read: false }, () => begin('k'));
    await two.expire('k', '2h');
    await refresh.end('overtaken');
    expect(await two.get('k')).to.equal('text');
  });

  it('a caller who joins a load that stores nothing has nothing stored that was not fenced', async () => {
    const [gate, running] = [deferred<string>(), deferred()];
    const silent = cacheScope({ write: false }, () => one.getOrSet('k', () => (running.resolve(), gate.promise)));
    await running.promise;
    const joined = one.getOrSet('k', () => 'not called');
    await two.set('k', 'written');
    await two.delete('k');
    gate.resolve('overtaken');
    expect(await Promise.all([silent, joined])).to.deep.equal(['overtaken', 'overtaken']);
    expect(await two.get('k')).to.equal(undefined);
  });

  it('of a batch, what the other invalidated is not stored', async () => {
    const running = deferred();
    const gate = deferred();
    class Service {
      @MultiCached({ cache: () => one, key: (id: number) => `${id}` })
      async many(ids: readonly number[]): Promise<Map<number, string>> {
        running.resolve();
        await gate.promise;
        return new Map(ids.map((id) => [id, 'loaded']));
      }
    }
    const loading = new Service().many([1, 2, 3]);
    await running.promise;
    await two.delete('2');
    gate.resolve();
    expect([...(await loading).values()]).to.deep.equal(['loaded', 'loaded', 'loaded']);
    expect(await two.multiGet(['1', '2', '3'])).to.deep.equal(['loaded', undefined, 'loaded']);
  });

  it('a write that was given up does not land when the server is back', async () => {
    const patient: CommandOptions = { timeout: 200 };
    const load = await begin('k', patient);
    server.freeze();
    await load.end('late');
    await sleep(400);
    server.thaw();
    expect(await two.exists('k')).to.equal(false);
    // The same server stores what comes in time.
    await (await begin('k', patient)).end('in time');
    expect(await two.get('k')).to.equal('in time');
  });

  it('leaves no token behind where a value is stored', async () => {
    await one.getOrSet('k', () => 'value');
    expect(await client.keys('*')).to.deep.equal(['n:k']);
  });

  it('does without where the server lets us run no scripts', async () => {
    await client.call('acl', 'setuser', 'plain', 'on', '>pw', '~*', '+@all', '-@scripting');
    const plain = createCache({ backend: 'redis', url: server.url.replace('//', '//plain:pw@'), namespace: 'n' });
    expect(await plain.getOrSet('k', () => 'stored')).to.equal('stored');
    expect(await two.get('k')).to.equal('stored');
    await plain.close();
  });

  it('does without the clock where the server does not tell it', async () => {
    await client.call('acl', 'setuser', 'timeless', 'on', '>pw', '~*', '+@all', '-time');
    const timeless = createCache({ backend: 'redis', url: server.url.replace('//', '//timeless:pw@'), namespace: 'n' });
    expect(await timeless.getOrSet('k', () => 'stored')).to.equal('stored');
    expect(await two.get('k')).to.equal('stored');
    const gate = deferred<string>();
    const running = deferred();
    const overtaken = timeless.getOrSet('l', () => (running.resolve(), gate.promise));
    await running.promise;
    await two.delete('l');
    gate.resolve('overtaken');
    await overtaken;
    expect(await two.get('l')).to.equal(undefined);
    await timeless.close();
  });

  it('stores nothing where the server does not let us read', async () => {
    await client.call('acl', 'setuser', 'blind', 'on', '>pw', '~*', '+@all', '-get', '-mget');
    const blind = createCache({ backend: 'redis', url: server.url.replace('//', '//blind:pw@'), namespace: 'n' });
    expect(await blind.getOrSet('k', () => 'loaded')).to.equal('loaded');
    expect(await two.get('k')).to.equal(undefined);
    await blind.close();
  });
});
