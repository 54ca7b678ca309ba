import type { CacheConfigs } from 'cachewright';

/** The longest a decorated call may lose to its cache, and a plain command may take. */
export const BUDGET_MS = 250;
export const TIMEOUT_MS = 1_000;

/** What the caches of one worker are made of. */
export interface StackPlace {
  /** Of redis on 127.0.0.1, as this worker sees it. */
  readonly port: number;
  readonly password: string;
  /** A name that no other process ever has. */
  readonly name: string;
}

/** The caches of one worker: one that all share, and one of its own. */
export function cachesOf({ port, password, name }: StackPlace): CacheConfigs {
  const redis = {
    backend: 'redis',
    host: '127.0.0.1',
    port,
    password,
    budget: BUDGET_MS,
    timeout: TIMEOUT_MS,
    connectTimeout: '1s',
  } as const;
  return { default: { ...redis, namespace: 'shop' }, own: { ...redis, namespace: `own-${name}` } };
}
