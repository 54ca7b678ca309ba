import { createCache } from 'cachewright';
import memjs from 'memjs';
import { measure, type Contestant, type Result } from './measure.js';
import { pooled, SAMPLE, TEXT } from './pooled.js';
import { startMemcached } from './servers.js';

const KEYS = 1_000;

/** Elapsed time of reads through a cache on Memcached, against memjs and `JSON.parse` on the same server. */
export async function measureMemcached(quick: boolean): Promise<{ title: string; results: readonly Result[] }[]> {
  const server = await startMemcached();
  const address = `127.0.0.1:${server.port}`;
  const raw = memjs.Client.create(address, { timeout: 10 });
  const cache = createCache({ backend: 'memcached', servers: [address], namespace: 'bench' });
  const texts = createCache({ backend: 'memcached', servers: [address], namespace: 'texts', serializer: 'string' });
  try {
    const keys = Array.from({ length: KEYS }, (_, index) => `key:${index}`);
    await cache.multiSet(keys.map((key) => [key, SAMPLE] as const));
    await texts.multiSet(keys.map((key) => [key, TEXT] as const));
    for (const key of keys) await raw.set(key, TEXT, {});
    const getText = async (key: string): Promise<string> => String((await raw.get(key)).value);
    const get = async (key: string): Promise<unknown> => JSON.parse(await getText(key)) as unknown;
    const how = { rounds: quick ? 5 : 11, clock: 'wall' as const };
    const results: { title: string; results: readonly Result[] }[] = [];
    for (const inFlight of [1, 64, 1_024]) {
      const contestants: Contestant[] = [
        pooled('raw memjs', inFlight, (index) => get(keys[index % KEYS]!)),
        pooled('cachewright', inFlight, (index) => cache.get(keys[index % KEYS]!)),
      ];
      const count = inFlight === 1 ? 3_000 : quick ? 15_000 : 30_000;
      results.push({
        title: `get, ${inFlight.toLocaleString('en')} in flight`,
        results: await measure(contestants, { ...how, count }),
      });
    }
    const batch = keys.slice(0, 100);
    const many = (
      title: string,
      inFlight: number,
      one: (key: string) => Promise<unknown>,
      all: () => Promise<unknown>,
    ): [string, Contestant[]] => [
      title,
      [pooled('raw memjs', inFlight, () => Promise.all(batch.map(one))), pooled('cachewright', inFlight, all)],
    ];
    for (const [title, contestants] of [
      many('multiGet of 100, 1 in flight', 1, get, () => cache.multiGet(batch)),
      many('multiGet of 100, 64 in flight', 64, get, () => cache.multiGet(batch)),
      many('multiGet of 100 strings, 1 in flight', 1, getText, () => texts.multiGet(batch)),
      many('multiGet of 100 strings, 64 in flight', 64, getText, () => texts.multiGet(batch)),
    ]) {
      results.push({ title, results: await measure(contestants, { ...how, count: 400 }) });
    }
    return results;
  } finally {
    raw.close();
    await cache.close();
    await texts.close();
    server.stop();
  }
}
