import { createCache, type Cache, type Duration } from 'cachewright';

const near = (ttl: Duration) => ({ backend: 'memory', maxEntries: 100_000, ttl }) as const;

/** Memory over Redis, with a bus: what the benchmarks of tiers run on. */
export function catalogue(url: string, nearTtl: Duration): Cache {
  return createCache({
    tiers: [near(nearTtl), { backend: 'redis', url }],
    bus: { backend: 'redis', url },
    namespace: 'catalogue',
  });
}

/** The same over two: the first one holds copies, the other one the entries. */
export function catalogueOfThree(middleUrl: string, url: string, nearTtl: Duration): Cache {
  return createCache({
    tiers: [near(nearTtl), { backend: 'redis', url: middleUrl, ttl: nearTtl }, { backend: 'redis', url }],
    bus: { backend: 'redis', url: middleUrl },
    namespace: 'catalogue of three',
  });
}
