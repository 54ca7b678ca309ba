import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { memoryBackend } from 'cachewright';
import { LRUCache } from 'lru-cache';

export interface Footprint {
  readonly name: string;
  /** Bytes per entry beyond key and value. */
  readonly bytes: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What full caches take per entry. */
export function measureFootprints(entries: number): Footprint[] {
  // Texts in one piece: a text put together is copied by whoever reads it first.
  const keys = Array.from({ length: 2 * entries }, (_, id) => Buffer.from(`user:profile:${id}`).toString('latin1'));
  const fill = (set: (key: string) => void): void => keys.forEach(set);
  const stores: Record<string, () => unknown> = {
    'lru-cache': () => {
      const cache = new LRUCache<string, number>({ max: entries });
      fill((key) => cache.set(key, 1));
      return cache;
    },
    'cachewright, lru': () => memory(entries, 'lru', fill),
    'cachewright, adaptive': () => memory(entries, 'adaptive', fill),
  };
  return Object.entries(stores).map(([name, create]) => {
    const before = used();
    const store = create();
    const bytes = (used() - before) / entries;
    return { name, bytes: store === undefined ? 0 : bytes };
  });
}

function memory(maxEntries: number, policy: 'adaptive' | 'lru', fill: (set: (key: string) => void) => void): unknown {
  const backend = memoryBackend({ maxEntries, policy }, { cache: 'bench', clock: performance });
  fill((key) => backend.set(key, 1, undefined));
  return backend;
}

function used(): number {
  for (let time = 0; time < 3; time++) collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
