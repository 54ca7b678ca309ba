import type { CacheConfigs, RedisOptions } from 'cachewright';

/** The longest a decorated call may lose to its cache, and a plain command may take. */
export const BUDGET_MS = 250;
export const TIMEOUT_MS = 1_000;
/** The longest life of a copy in a process, where copies are kept. */
export const NEAR_MS = 5_000;

/**
 * `redis` = all processes share one; `cluster` = they share three masters with a replica each;
 * `tiered` = each keeps copies in memory besides, and is told over Redis what changed.
 */
export const STACKS = ['redis', 'cluster', 'tiered'] as const;
export type StackName = (typeof STACKS)[number];

/** Servers on 127.0.0.1: the ports that they announce, and where they are reached. */
export type Places = readonly { readonly announced: number; readonly port: number }[];

/** What the caches of one worker are made of. */
export interface StackPlace {
  readonly stack: StackName;
  /** As this worker sees them. */
  readonly places: Places;
  readonly password: string;
  /** A name that no other process ever has. */
  readonly name: string;
}

/** The caches of one worker: one that all share, and one of its own. */
export function cachesOf({ stack, places, password, name }: StackPlace): CacheConfigs {
  const server: RedisOptions = {
    ...(stack === 'cluster' ? clusterOf(places) : { host: '127.0.0.1', port: places[0]!.port }),
    password,
    connectTimeout: '1s',
  };
  const limits = { budget: BUDGET_MS, timeout: TIMEOUT_MS } as const;
  const [shared, own] = [{ ...limits, namespace: 'shop' } as const, { ...limits, namespace: `own-${name}` } as const];
  const redis = { backend: 'redis', ...server } as const;
  if (stack !== 'tiered') return { default: { ...redis, ...shared }, own: { ...redis, ...own } };
  const tiers = [{ backend: 'memory', ttl: NEAR_MS, maxEntries: 2_000 }, redis] as const;
  return { default: { tiers, bus: redis, ...shared }, own: { tiers, ...own } };
}

function clusterOf(places: Places): RedisOptions {
  const at = (port: number): string => `127.0.0.1:${port}`;
  return {
    cluster: places.map(({ port }) => at(port)),
    natMap: Object.fromEntries(places.map(({ announced, port }) => [at(announced), at(port)])),
  };
}
