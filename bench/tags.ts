import { createCache, type Cache } from 'cachewright';
import { startRedis } from './servers.js';

const FEW = 1_000;
const IN_FLIGHT = 1_000;

export interface TagCase {
  readonly store: string;
  readonly entries: number;
  /** Median time of one `invalidateTags`, in µs. */
  readonly medianUs: number;
  /** The same with few entries. */
  readonly fewUs: number;
}

/** How long it takes to invalidate a tag of few and of many entries. */
export async function measureTags(quick: boolean): Promise<TagCase[]> {
  const entries = quick ? 100_000 : 1_000_000;
  const server = await startRedis();
  const caches: Readonly<Record<string, () => Cache>> = {
    memory: () => createCache({ backend: 'memory', maxEntries: 2 * entries }),
    Redis: () => createCache({ backend: 'redis', url: `redis://127.0.0.1:${server.port}`, namespace: 'tags' }),
  };
  try {
    const cases: TagCase[] = [];
    for (const [store, make] of Object.entries(caches)) {
      const cache = make();
      await load(cache, 0, FEW);
      const fewUs = await invalidation(cache);
      await load(cache, FEW, entries);
      cases.push({ store, entries, fewUs, medianUs: await invalidation(cache) });
      await cache.close();
    }
    return cases;
  } finally {
    server.stop();
  }
}

async function load(cache: Cache, from: number, to: number): Promise<void> {
  let next = from;
  const worker = async (): Promise<void> => {
    while (next < to) {
      const id = next++;
      await cache.getOrSet(`item:${id}`, () => id, { tags: ['all'], budget: '10s' });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
}

async function invalidation(cache: Cache): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 501; round++) {
    const startedAt = performance.now();
    await cache.invalidateTags(['all']);
    times.push(performance.now() - startedAt);
  }
  return times.sort((a, b) => a - b)[250]! * 1_000;
}
