import { expect } from 'chai';
import { createCache, type Cache } from 'cachewright';
import { dynamoDbBackend } from '#lib/backends/dynamodb/dynamodb.js';
import { doubleOf } from '#lib/testing/backend-commands.js';
import { systemClock } from '#lib/util/clock.js';
import { deferred } from '../support/deferred.js';
import { useDynamoDb } from '../support/dynamodb-server.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

const INVALIDATIONS: Readonly<Record<string, (cache: Cache) => Promise<unknown>>> = {
  delete: (cache) => cache.delete('k'),
  multiDelete: (cache) => cache.multiDelete(['x', 'k', 'y']),
  clear: (cache) => cache.clear(),
  set: (cache) => cache.set('k', 'written'),
  multiSet: (cache) => cache.multiSet({ x: 1, k: 'written' }),
  add: (cache) => cache.add('k', 'written'),
  increment: (cache) => cache.increment('k'),
  expire: (cache) => cache.expire('k', '2h'),
  'set and delete': (cache) => cache.set('k', 'written').then(() => cache.delete('k')),
};

describe('loads and invalidations of two processes on dynamodb', () => {
  forbidUnhandledRejections();
  const server = useDynamoDb();
  let one: Cache;
  let two: Cache;

  beforeEach(async () => {
    // Each says that its table is one of its own: these caches know no more of each other than two processes do.
    const make = (): Cache => {
      const { backend: _backend, ...options } = server.table('fence');
      const inner = dynamoDbBackend(options, { cache: 'fence', clock: systemClock });
      const backend = { ...doubleOf(inner, (_command, carryOut) => carryOut()), identity: {} };
      return createCache({ backend, namespace: 'n', budget: '5s' });
    };
    [one, two] = [make(), make()];
    await one.clear();
  });
  afterEach(() => Promise.all([one.close(), two.close()]));

  for (const before of ['nothing', 'a stale value'] as const) {
    for (const [name, invalidate] of Object.entries(INVALIDATIONS)) {
      it(`${name} by one is not overtaken by a load of the other in place of ${before}`, async () => {
        const options = { ttl: 1, staleIfError: '1h' } as const;
        if (before === 'nothing') {
          if (name === 'expire') return;
        } else {
          if (name === 'add' || name === 'increment') return;
          await one.getOrSet('k', () => 'stale', options);
        }
        const running = deferred();
        const gate = deferred<string>();
        const load = one.getOrSet(
          'k',
          () => {
            running.resolve();
            return gate.promise;
          },
          options,
        );
        await running.promise;
        await invalidate(two);
        const left = await two.exists('k');
        gate.resolve('overtaken');
        expect(await load).to.equal('overtaken');
        expect(await two.exists('k')).to.equal(left);
        expect(await two.get('k')).not.to.equal('overtaken');
        expect(await one.getOrSet('other', () => 'stored')).to.equal('stored');
        expect(await two.get('other')).to.equal('stored');
      });
    }
  }
});
