import { Cached, createCache, type Cache } from 'cachewright';
import { Redis } from 'ioredis';
import { measure, type Contestant, type Result } from './measure.js';
import { pooled, SAMPLE, TEXT } from './pooled.js';
import { startRedis } from './servers.js';

class Service {
  constructor(readonly cache: Cache) {}

  @Cached({ cache: (self: Service) => self.cache, key: (key: string) => key })
  async find(_key: string): Promise<typeof SAMPLE> {
    return SAMPLE;
  }
}

export interface RedisCase {
  readonly title: string;
  readonly results: readonly Result[];
}

const KEYS = 1_000;

/** Elapsed time of reads through a cache on Redis, against ioredis and `JSON.parse` on the same server. */
export async function measureRedis(quick: boolean): Promise<RedisCase[]> {
  const server = await startRedis();
  const url = `redis://127.0.0.1:${server.port}` as const;
  const raw = new Redis(url);
  const cache = createCache({ backend: 'redis', url, namespace: 'bench' });
  const texts = createCache({ backend: 'redis', url, namespace: 'texts', serializer: 'string' });
  const service = new Service(cache);
  try {
    const keys = Array.from({ length: KEYS }, (_, index) => `key:${index}`);
    await cache.multiSet(keys.map((key) => [key, SAMPLE] as const));
    const how = { rounds: quick ? 5 : 11, clock: 'wall' as const };
    const results: RedisCase[] = [];
    for (const inFlight of [1, 64, 1_024]) {
      const count = inFlight === 1 ? (quick ? 2_000 : 5_000) : quick ? 20_000 : 50_000;
      const contestants: Contestant[] = [
        pooled('raw ioredis', inFlight, async (index) => JSON.parse((await raw.get(`bench:${keys[index % KEYS]!}`))!)),
        pooled('cachewright', inFlight, (index) => cache.get(keys[index % KEYS]!)),
        pooled('cachewright, decorated', inFlight, (index) => service.find(keys[index % KEYS]!)),
      ];
      results.push({
        title: `get, ${inFlight.toLocaleString('en')} in flight`,
        results: await measure(contestants, { ...how, count }),
      });
    }
    const batch = keys.slice(0, 100);
    for (const inFlight of [1, 64]) {
      const finals = batch.map((key) => `bench:${key}`);
      const contestants: Contestant[] = [
        pooled('raw ioredis', inFlight, async () =>
          (await raw.mget(finals)).map((text) => JSON.parse(text!) as unknown),
        ),
        pooled('cachewright', inFlight, () => cache.multiGet(batch)),
      ];
      const count = quick ? 500 : 1_000;
      results.push({
        title: `multiGet of 100, ${inFlight} in flight`,
        results: await measure(contestants, { ...how, count }),
      });
    }
    const many: [string, Cache, unknown, (value: unknown) => string][] = [
      ['multiSet of 100 with a ttl, 1 in flight', cache, SAMPLE, JSON.stringify],
      ['multiSet of 100 strings with a ttl, 1 in flight', texts, TEXT, String],
    ];
    for (const [title, target, value, toText] of many) {
      const entries = batch.map((key) => [key, value] as const);
      const contestants: Contestant[] = [
        pooled('raw ioredis', 1, async () => {
          const pipeline = raw.pipeline();
          for (const [key, value] of entries) pipeline.set(`bench:${key}`, toText(value), 'PX', 60_000);
          await pipeline.exec();
        }),
        pooled('cachewright', 1, () => target.multiSet(entries, { ttl: '1m' })),
      ];
      results.push({ title, results: await measure(contestants, { ...how, count: quick ? 300 : 600 }) });
    }
    return results;
  } finally {
    raw.disconnect();
    await cache.close();
    await texts.close();
    server.stop();
  }
}
