import { expect } from 'chai';
import { createCache, type Cache } from 'cachewright';
import { deferred } from '../support/deferred.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { memoryStore, sharedStores } from '../support/stores.js';

/** Of each invalidation. `CACHEWRIGHT_ROUNDS=1000` for the long run. */
const ROUNDS = Number(process.env['CACHEWRIGHT_ROUNDS'] ?? 10);

const INVALIDATIONS: Readonly<Record<string, (cache: Cache, key: string) => Promise<unknown>>> = {
  delete: (cache, key) => cache.delete(key),
  multiDelete: (cache, key) => cache.multiDelete(['x', key]),
  clear: (cache) => cache.clear(),
  set: (cache, key) => cache.set(key, 'written'),
  increment: (cache, key) => cache.increment(key),
  invalidateTags: (cache) => cache.invalidateTags(['t']),
};

/** Between processes: fence-redis.spec.ts and fence-dynamodb.spec.ts. */
describe('a value that was invalidated while it was loaded does not come back', function () {
  this.timeout(30_000 + ROUNDS * 1_000);
  forbidUnhandledRejections();
  for (const store of [memoryStore(), ...sharedStores()]) {
    describe(`on ${store.name}`, () => {
      let cache: Cache;
      before('start the store', async function () {
        this.timeout(30_000);
        await store.start();
        cache = createCache({ ...store.config(), namespace: 'rounds', budget: '5s' });
      });
      after(() => cache.close());
      after('stop the store', () => store.dispose());

      for (const [name, invalidate] of Object.entries(INVALIDATIONS)) {
        it(`${name}, during the load and at the moment it ends`, async () => {
          for (let round = 0; round < ROUNDS; round++) {
            const key = `${name}-${round}`;
            const running = deferred();
            const gate = deferred<string>();
            const load = cache.getOrSet(
              key,
              () => {
                running.resolve();
                return gate.promise;
              },
              { ttl: '1h', tags: ['t'] },
            );
            await running.promise;
            const atOnce = round % 2 === 0;
            const invalidating = invalidate(cache, key).catch(() => undefined);
            if (!atOnce) await invalidating;
            gate.resolve('overtaken');
            expect(await load).to.equal('overtaken');
            await invalidating;
            let loads = 0;
            const next = await cache.getOrSet<unknown>(key, () => `anew ${++loads}`);
            expect(next, `round ${round}`).not.to.equal('overtaken');
          }
        });
      }
    });
  }
});
