import { expect } from 'chai';
import { createCache, type Cache, type RedisBusConfig } from 'cachewright';
import { Redis } from 'ioredis';
import { eventually } from '../support/eventually.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { RedisServer } from '../support/redis-server.js';

/** By another name: to the fence it is another store, so these caches know no more of each other than two processes do. */
const ELSEWHERE = ['127.0.0.1', 'localhost'] as const;

describe('tiers over redis', () => {
  forbidUnhandledRejections();
  const server = new RedisServer();
  let caches: Cache[] = [];
  let redis: Redis;

  before('start redis', () => server.start());
  after('stop redis', () => server.dispose());
  beforeEach(async () => {
    redis = new Redis(server.url);
    await redis.flushall();
  });
  afterEach(async () => {
    redis.disconnect();
    await Promise.all(caches.map((cache) => cache.close()));
    caches = [];
  });

  function open(host: string, bus?: Omit<RedisBusConfig, 'backend'>): Cache {
    const { port } = new URL(server.url);
    const redisAt = { backend: 'redis' as const, host, port: Number(port) };
    const cache = createCache({
      tiers: [{ backend: 'memory', ttl: '1h' }, redisAt],
      bus: bus === undefined ? undefined : { ...redisAt, ...bus },
      namespace: 'n',
      timeout: '1s',
    });
    caches.push(cache);
    return cache;
  }

  async function pair(bus?: Omit<RedisBusConfig, 'backend'>): Promise<[Cache, Cache]> {
    ELSEWHERE.forEach((host) => open(host, bus));
    await Promise.all(caches.map((cache) => cache.connect()));
    return caches as [Cache, Cache];
  }

  /** Until the copy in `cache` can be seen to answer: what is read from now on sends nothing. */
  async function copied(cache: Cache, key: string): Promise<void> {
    await eventually(async () => {
      await cache.get(key);
      const before = await gets();
      await cache.get(key);
      expect(await gets()).to.equal(before);
    });
  }

  async function gets(): Promise<number> {
    const stats = await redis.info('commandstats');
    return [...stats.matchAll(/cmdstat_m?get:calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
  }

  it('without a bus copies are outdated until their lifetime ends', async () => {
    const [one, two] = await pair();
    await one.set('k', 'old');
    await copied(two, 'k');
    await one.set('k', 'new');
    expect(await two.get('k')).to.equal('old');
  });

  for (const [name, change, after] of [
    ['a write', (cache: Cache) => cache.set('k', 'new'), 'new'],
    ['a deletion', (cache: Cache) => cache.delete('k'), undefined],
    ['clear', (cache: Cache) => cache.clear(), undefined],
    ['an invalidated tag', (cache: Cache) => cache.invalidateTags(['t']), undefined],
  ] as const) {
    it(`${name} in one process ends the copies of the others`, async () => {
      const [one, two] = await pair({});
      await one.getOrSet('k', () => 'old', { tags: ['t'] });
      await copied(two, 'k');
      await change(one);
      await eventually(async () => expect(await two.get('k')).to.equal(after));
    });
  }

  it('a process that has something to say only once ends the copies of the others before it is closed', async () => {
    const two = open(ELSEWHERE[1], {});
    await two.connect();
    await two.set('k', 'old');
    await copied(two, 'k');
    const brief = open(ELSEWHERE[0], {});
    await brief.delete('k');
    await brief.close();
    await eventually(async () => expect(await two.get('k')).to.equal(undefined));
  });

  it('so does one that is closed while it is changing something', async () => {
    const [one, two] = await pair({});
    await one.set('k', 'old');
    await copied(two, 'k');
    const [deleted] = await Promise.all([one.delete('k'), one.close()]);
    expect(deleted).to.equal(true);
    await eventually(async () => expect(await two.get('k')).to.equal(undefined));
  });

  it('ends copies that another program has outdated, when the server tracks', async () => {
    const [one] = await pair({ tracking: true });
    await one.set('k', 'old');
    await copied(one, 'k');
    await redis.set('n:k', '"new"');
    await eventually(async () => expect(await one.get('k')).to.equal('new'));
    await copied(one, 'k');
    await redis.flushall();
    await eventually(async () => expect(await one.get('k')).to.equal(undefined));
  });

  it('drops every copy after a time without a bus', async () => {
    const [one, two] = await pair({});
    await one.set('k', 'old');
    await copied(two, 'k');
    // Nobody is told of this.
    await redis.set('n:k', '"new"');
    expect(await two.get('k')).to.equal('old');
    await redis.call('client', 'kill', 'type', 'pubsub');
    await eventually(async () => expect(await two.get('k')).to.equal('new'));
  });

  it('answers from its copies while the server hangs, and hears of changes again afterwards', async () => {
    const [one, two] = await pair({});
    await one.set('k', 'old');
    await copied(two, 'k');
    server.freeze();
    try {
      expect(await two.get('k')).to.equal('old');
      expect(await two.getOrSet('k', () => 'loaded')).to.equal('old');
      expect(await two.getOrSet('other', () => 'loaded', { budget: '20ms' })).to.equal('loaded');
    } finally {
      server.thaw();
    }
    await eventually(() => one.set('k', 'new'));
    await eventually(async () => expect(await two.get('k')).to.equal('new'));
  });
});
