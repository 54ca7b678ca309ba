import { createCache, type Cache, type Duration } from 'cachewright';

/** Memory over Redis, with a bus: what the benchmarks of tiers run on. */
export function catalogue(url: string, nearTtl: Duration): Cache {
  return createCache({
    tiers: [
      { backend: 'memory', maxEntries: 100_000, ttl: nearTtl },
      { backend: 'redis', url },
    ],
    bus: { backend: 'redis', url },
    namespace: 'catalogue',
  });
}
