import type { CacheConfigs, RedisOptions } from 'cachewright';

/** The longest a decorated call may lose to its cache, and a plain command may take. */
export const BUDGET_MS = 250;
export const TIMEOUT_MS = 1_000;

/**
 * `redis` = all processes share one; `cluster` = they share three masters with a replica each;
 * `tiered` = each keeps copies in memory besides, and is told over Redis what changed; `three-tiers` = the same, and between
 * memory and the Redis that holds the entries there is another one with copies, over which they are told.
 */
export const STACKS = ['redis', 'cluster', 'tiered', 'three-tiers'] as const;
export type StackName = (typeof STACKS)[number];

/** The servers of `three-tiers`, in their order. */
export const SHARED_TIERS = ['middle', 'last'] as const;
export type SharedTier = (typeof SHARED_TIERS)[number];

/** Where copies are kept besides, and for how long, in ms. */
export interface Copies {
  /** In each process, which is told what changed. */
  readonly nearMs: number;
  /** On a server. */
  readonly middleMs: number;
}

export function copiesIn(stack: StackName): Copies {
  if (stack === 'tiered') return { nearMs: 5_000, middleMs: 0 };
  // What is outdated in the middle must be seen for longer than what may be outdated in a process.
  if (stack === 'three-tiers') return { nearMs: 1_000, middleMs: 10_000 };
  return { nearMs: 0, middleMs: 0 };
}

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
  const common = { password, connectTimeout: '1s' } as const;
  const at = (place: number): RedisOptions => ({ host: '127.0.0.1', port: places[place]!.port, ...common });
  const limits = { budget: BUDGET_MS, timeout: TIMEOUT_MS } as const;
  const [shared, own] = [{ ...limits, namespace: 'shop' } as const, { ...limits, namespace: `own-${name}` } as const];
  const server = stack === 'cluster' ? { ...clusterOf(places), ...common } : at(0);
  const redis = { backend: 'redis', ...server } as const;
  const { nearMs, middleMs } = copiesIn(stack);
  const memory = { backend: 'memory', ttl: nearMs, maxEntries: 2_000 } as const;
  if (stack === 'three-tiers') {
    const tiers = [memory, { ...redis, ttl: middleMs }, { backend: 'redis', ...at(1) }] as const;
    return { default: { tiers, bus: redis, ...shared }, own: { tiers, ...own } };
  }
  if (stack !== 'tiered') return { default: { ...redis, ...shared }, own: { ...redis, ...own } };
  const tiers = [memory, redis] as const;
  return { default: { tiers, bus: redis, ...shared }, own: { tiers, ...own } };
}

function clusterOf(places: Places): RedisOptions {
  const at = (port: number): string => `127.0.0.1:${port}`;
  return {
    cluster: places.map(({ port }) => at(port)),
    natMap: Object.fromEntries(places.map(({ announced, port }) => [at(announced), at(port)])),
  };
}
