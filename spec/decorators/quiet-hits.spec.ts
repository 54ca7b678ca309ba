import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { Cached, createCache, type Backend, type Cache } from 'cachewright';
import { asynchronous, FakeClock } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';

/** Entries that say more of themselves, found in this process: as values, and as copies of what a store shares. */
const STORES: [name: string, make: (clock: FakeClock, random: () => number) => Cache][] = [
  ['memory', (clock, random) => createCache({ backend: 'memory', clock, random })],
  [
    'tiers',
    (clock, random) => {
      const memory = memoryBackend({}, { cache: 'shared', clock });
      const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
      const backend: Backend = {
        ...asynchronous(memory),
        capabilities,
        identity: {},
        close: () => Promise.resolve(),
      };
      return createCache({ tiers: [{ backend: 'memory', ttl: 0 }, { backend }], namespace: 'n', clock, random });
    },
  ],
];

for (const [name, make] of STORES) {
  describe(`hits that were answered before, on ${name}`, () => {
    let clock: FakeClock;
    let cache: Cache;
    let chance: number;
    let runs: number;

    beforeEach(() => {
      clock = new FakeClock();
      chance = 0;
      runs = 0;
      cache = make(clock, () => chance);
    });
    afterEach(() => cache.close());

    class Service {
      @Cached({ cache: () => cache, key: () => 'one', ttl: '10s', staleIfError: '1h' })
      async resilient(): Promise<number> {
        return ++runs;
      }

      @Cached({ cache: () => cache, key: () => 'one', ttl: '10s', refreshAhead: 0.5 })
      async ahead(): Promise<number> {
        return ++runs;
      }

      @Cached({ cache: () => cache, key: () => 'one', ttl: '10s', earlyExpiration: 1 })
      async early(): Promise<number> {
        return ++runs;
      }

      @Cached({ cache: () => cache, key: () => 'one', ttl: '10s', tags: ['t'] })
      async tagged(): Promise<number> {
        return ++runs;
      }
    }
    const service = new Service();
    const often = async (method: keyof Service): Promise<number[]> => {
      const answers = [];
      for (let call = 0; call < 4; call++) answers.push(await service[method]());
      return answers;
    };
    const settled = async (): Promise<void> => {
      for (let turns = 0; turns < 5; turns++) await turn();
    };

    it('end when they are no longer fresh', async () => {
      expect(await often('resilient')).to.deep.equal([1, 1, 1, 1]);
      clock.advance(9_999);
      expect(await often('resilient')).to.deep.equal([1, 1, 1, 1]);
      clock.advance(1);
      expect(await service.resilient()).to.equal(2);
    });

    it('are loaded anew when that is due', async () => {
      await often('ahead');
      clock.advance('5s');
      expect(await service.ahead()).to.equal(1);
      await settled();
      expect(await service.ahead()).to.equal(2);
    });

    it('are loaded anew by chance', async () => {
      await often('early');
      chance = 1 - 1e-300;
      clock.advance(9_999);
      expect(await service.early()).to.equal(1);
      await settled();
      expect(await service.early()).to.equal(2);
    });

    it('end when one of their tags is invalidated, and only then', async () => {
      await often('tagged');
      await cache.invalidateTags(['other']);
      expect(await often('tagged')).to.deep.equal([1, 1, 1, 1]);
      await cache.invalidateTags(['t']);
      expect(await service.tagged()).to.equal(2);
    });

    it('are judged by each method for itself', async () => {
      await often('resilient');
      clock.advance('5s');
      await often('resilient');
      expect(await service.ahead()).to.equal(1);
      await settled();
      expect(await service.ahead()).to.equal(2);
    });
  });
}
