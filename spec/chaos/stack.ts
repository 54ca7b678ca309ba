import type { CacheConfigs } from 'cachewright';

/** The longest a decorated call may lose to its cache, and a plain command may take. */
export const BUDGET_MS = 250;
export const TIMEOUT_MS = 1_000;

/**
 * The caches of one worker: one that all share, and one of its own.
 *
 * @param port of redis on 127.0.0.1, as this worker sees it
 * @param worker a name that no other process ever has
 */
export function cachesOf(port: number, worker: string): CacheConfigs {
  const redis = {
    backend: 'redis',
    host: '127.0.0.1',
    port,
    budget: BUDGET_MS,
    timeout: TIMEOUT_MS,
    connectTimeout: '1s',
  } as const;
  return { default: { ...redis, namespace: 'shop' }, own: { ...redis, namespace: `own-${worker}` } };
}
