import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { createCache, localBus, type Cache, type CacheConfig, type GetOrSetOptions } from 'cachewright';
import { asynchronous, FakeClock } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { deferred } from '../support/deferred.js';
import { withFences } from '../support/memory-fences.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

type Options = GetOrSetOptions<string>;

/** What may be combined with everything else. */
const FEATURES: Readonly<Record<string, Options>> = {
  tags: { tags: ['t'] },
  'tags of the value': { tags: () => ['t'] },
  staleWhileRevalidate: { staleWhileRevalidate: '1h' },
  staleIfError: { staleIfError: '1h' },
  refreshAhead: { refreshAhead: 0.5 },
  lease: { lease: '5s' },
  isolation: { isolation: 'copy' },
};

/** Every pair of them, every one alone, and all at once. */
const COMBINATIONS: readonly (readonly [name: string, options: Options])[] = [
  ...Object.keys(FEATURES).flatMap((one, index) =>
    Object.keys(FEATURES)
      .slice(index)
      .map((other) => [one === other ? one : `${one} × ${other}`, { ...FEATURES[one], ...FEATURES[other] }] as const),
  ),
  ['all of them', Object.assign({}, ...Object.values(FEATURES)) as Options],
];

/** How old the value is when it is invalidated. */
const AGES = { fresh: 0, due: 6_000, stale: 11_000 } as const;

interface Processes {
  readonly one: Cache;
  /** Another process, where there can be one. */
  readonly two: Cache;
}

function pair(clock: FakeClock, configOf: (backend: CacheConfig['backend'] & object) => CacheConfig): Processes {
  const memory = withFences(memoryBackend({}, { cache: 'shared', clock }), clock);
  const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
  const make = (): Cache =>
    createCache(
      configOf({
        ...asynchronous(memory),
        capabilities,
        identity: {},
        close: () => Promise.resolve(),
      }),
    );
  return { one: make(), two: make() };
}

const STORES: Readonly<Record<string, (clock: FakeClock) => Processes>> = {
  memory(clock) {
    const cache = createCache({ backend: 'memory', clock });
    return { one: cache, two: cache };
  },
  'a shared store': (clock) => pair(clock, (backend) => ({ backend, namespace: 'n', clock })),
  tiers(clock) {
    const bus = localBus();
    return pair(clock, (backend) => ({ tiers: [{ backend: 'memory' }, { backend }], bus, namespace: 'n', clock }));
  },
};

const INVALIDATIONS: Readonly<Record<string, (cache: Cache) => Promise<unknown>>> = {
  delete: (cache) => cache.delete('k'),
  clear: (cache) => cache.clear(),
  set: (cache) => cache.set('k', 'set'),
  multiDelete: (cache) => cache.multiDelete(['x', 'k']),
  invalidateTags: (cache) => cache.invalidateTags(['t']),
};

const settled = async (): Promise<void> => {
  for (let turns = 0; turns < 8; turns++) await turn();
};

for (const [store, make] of Object.entries(STORES)) {
  describe(`every pair of features on ${store}`, () => {
    forbidUnhandledRejections();

    /** Runs `check` for every age, invalidation and process that these options make sense with. */
    async function forAll(
      options: Options,
      check: (processes: Processes, invalidate: () => Promise<unknown>, after: string, what: string) => Promise<void>,
    ): Promise<void> {
      for (const [age, ms] of Object.entries(AGES)) {
        for (const [name, invalidate] of Object.entries(INVALIDATIONS)) {
          if (name === 'invalidateTags' && options.tags === undefined) continue;
          for (const by of ['one', 'two'] as const) {
            const clock = new FakeClock();
            const processes = make(clock);
            const { one, two } = processes;
            await one.getOrSet('k', () => 'old', { ttl: '10s', ...options });
            await two.getOrSet('k', () => 'old', { ttl: '10s', ...options });
            await settled();
            clock.advance(ms);
            const after = name === 'set' ? 'set' : 'new';
            await check(processes, () => invalidate(processes[by]), after, `${age}, ${name} by ${by}`);
            await Promise.all([one.close(), two.close()]);
          }
        }
      }
    }

    for (const [combination, options] of COMBINATIONS) {
      const how = { ttl: '10s', ...options } as Options;

      it(`${combination}: what was invalidated is not answered again`, () =>
        forAll(options, async ({ one, two }, invalidate, after, what) => {
          await invalidate();
          expect(await two.getOrSet('k', () => 'new', how), what).to.equal(after);
          expect(await one.getOrSet('k', () => 'newer', how), what).to.equal(after);
          await settled();
          expect(await one.getOrSet('k', () => 'newer', how), what).to.equal(after);
        }));

      it(`${combination}: a load that began before is neither joined nor stored`, () =>
        forAll(options, async ({ one }, invalidate, after, what) => {
          // A process that is not told may still wait for it, but what is loaded is not stored.
          const told = store !== 'a shared store' || what.includes('by one');
          const gate = deferred<string>();
          const overtaken = one.getOrSet('k', () => gate.promise, how);
          await settled();
          await invalidate();
          const asked = one.getOrSet('k', () => 'new', how);
          await settled();
          gate.resolve('overtaken');
          await overtaken;
          if (told) expect(await asked, what).to.equal(after);
          await settled();
          expect(await one.getOrSet('k', () => 'new', how), what).to.equal(after);
        }));
    }
  });
}
