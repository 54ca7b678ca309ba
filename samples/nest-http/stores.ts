import type { CacheConfig, CommonOptions } from 'cachewright';

/** Where the entries may be kept. */
export interface Stores {
  /** `undefined` = in memory. */
  readonly redis: string | undefined;
  /** Another Redis, which keeps the entries. That one and memory then hold copies. */
  readonly far: string | undefined;
}

const COMMON: CommonOptions<'json'> = { ttl: '10m', plugins: ['hit-miss-ratio'] };

/** The application is the same over memory, Redis, or three tiers: nothing but this configuration differs. */
export function configOf({ redis, far }: Stores): CacheConfig {
  if (redis === undefined) return { backend: 'memory', maxEntries: 10_000, ...COMMON };
  if (far === undefined) return { backend: 'redis', url: redis, ...COMMON };
  return {
    tiers: [
      { backend: 'memory', maxEntries: 10_000, ttl: '30s' },
      { backend: 'redis', url: redis, ttl: '5m' },
      { backend: 'redis', url: far },
    ],
    bus: { backend: 'redis', url: redis },
    ...COMMON,
  };
}

/** The same in words. */
export function nameOf({ redis, far }: Stores): string {
  if (redis === undefined) return 'memory';
  const near = `Redis at ${new URL(redis).host}`;
  return far === undefined ? near : `memory, then ${near}, then Redis at ${new URL(far).host}`;
}
