import { expect } from 'chai';
import { Cached, createCache, MultiCached, type Cache, type CacheConfig } from 'cachewright';
import { FakeClock } from 'cachewright/testing';
import { HeldBackend } from '../support/held-backend.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

class Day {
  constructor(readonly at: Date) {}
}

const year = (day: Day): string[] => [`y${day.at.getUTCFullYear()}`];
const isOld = (day: Day): boolean => day.at.getTime() < 0;
const life = (day: Day): number => (day instanceof Day ? 60_000 : 1);

class Days {
  runs = 0;
  constructor(readonly cache: Cache) {}

  @Cached({ cache: (self: Days) => self.cache, key: (at: number) => `one:${at}`, tags: year, unless: isOld, ttl: life })
  async one(at: number): Promise<Day> {
    this.runs++;
    return new Day(new Date(at));
  }

  @MultiCached({
    cache: (self: Days) => self.cache,
    key: (at: number) => `many:${at}`,
    tags: year,
    unless: isOld,
    ttl: life,
  })
  async many(ats: readonly number[]): Promise<Map<number, Day>> {
    this.runs++;
    return new Map(ats.map((at) => [at, new Day(new Date(at))]));
  }
}

describe('the functions of the options, whatever the serializer makes of what they are asked about', () => {
  forbidUnhandledRejections();

  const clock = new FakeClock();
  const shared = (): CacheConfig => ({ backend: new HeldBackend({ clock }).backend, clock });
  const tiered = (): CacheConfig => ({
    tiers: [{ backend: 'memory' }, { backend: new HeldBackend({ clock }).backend }],
    clock,
  });
  let cache: Cache;
  afterEach(() => cache.close());

  for (const [where, config] of [['one tier', shared] as const, ['two tiers', tiered] as const]) {
    describe(`with ${where}`, () => {
      let days: Days;
      beforeEach(() => {
        cache = createCache(config());
        days = new Days(cache);
      });

      it('of getOrSet get what the loader answered', async () => {
        let loads = 0;
        const load = (): Day => new Day(new Date(++loads));
        await cache.getOrSet('k', load, { tags: year });
        await cache.getOrSet('k', load, { tags: year });
        expect(loads).to.equal(1);
        await cache.invalidateTags(['y1970']);
        await cache.getOrSet('k', load, { tags: year });
        expect(loads).to.equal(2);
      });

      for (const [method, call] of [
        ['@Cached', (at: number) => days.one(at)] as const,
        ['@MultiCached', (at: number) => days.many([at])] as const,
      ]) {
        it(`of ${method} get what the method answered`, async () => {
          await call(1);
          clock.advance(1_000);
          await call(1);
          expect(days.runs).to.equal(1);
          await cache.invalidateTags(['y1970']);
          await call(1);
          expect(days.runs).to.equal(2);
        });

        it(`of ${method} decide about it`, async () => {
          await call(-1);
          await call(-1);
          expect(days.runs).to.equal(2);
        });
      }
    });
  }
});
