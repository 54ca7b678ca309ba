import assert from 'node:assert/strict';
import type { Cache } from '../../contracts/cache.js';
import type { CacheCase } from './case.js';

/** What makes a load under way outdated, and what is stored once it is over. */
const INVALIDATIONS: Readonly<
  Record<string, readonly [invalidate: (cache: Cache) => Promise<unknown>, stored: unknown]>
> = {
  delete: [(cache) => cache.delete('key'), undefined],
  multiDelete: [(cache) => cache.multiDelete(['other', 'key']), undefined],
  clear: [(cache) => cache.clear(), undefined],
  set: [(cache) => cache.set('key', 'newer'), 'newer'],
  multiSet: [(cache) => cache.multiSet({ key: 'newer' }), 'newer'],
  expire: [(cache) => cache.expire('key', 60_000), undefined],
  add: [(cache) => cache.add('key', 'newer'), 'newer'],
};

/** Begins to load `'outdated'`, invalidates, begins what comes then, and lets the load end. Answers both outcomes. */
async function overtake<T>(
  cache: Cache,
  invalidate: (cache: Cache) => Promise<unknown>,
  andThen: () => Promise<T>,
): Promise<readonly [loaded: unknown, after: T]> {
  let finish!: (value: string) => void;
  const value = new Promise<string>((resolve) => (finish = resolve));
  let started!: () => void;
  const running = new Promise<void>((resolve) => (started = resolve));
  const loading = cache.getOrSet('key', () => (started(), value), { budget: 0 });
  await running;
  await invalidate(cache);
  const after = andThen();
  finish('outdated');
  return Promise.all([loading, after]);
}

/** A load that began before an invalidation is answered to those who asked for it, and to nobody else. */
export const overtakenLoadCases: readonly CacheCase[] = Object.entries(INVALIDATIONS).flatMap(
  ([name, [invalidate, stored]]) => [
    {
      name: `a load that ${name} overtakes is answered, but not stored`,
      async run({ cache }) {
        const [loaded] = await overtake(cache, invalidate, async () => undefined);
        assert.equal(loaded, 'outdated');
        assert.equal(await cache.get('key'), stored);
      },
    },
    {
      name: `nobody who comes after ${name} joins a load from before it`,
      async run({ cache }) {
        const [, after] = await overtake(cache, invalidate, () => cache.getOrSet('key', () => 'newer', { budget: 0 }));
        assert.equal(after, 'newer');
        assert.equal(await cache.get('key'), 'newer');
      },
    },
  ],
);
