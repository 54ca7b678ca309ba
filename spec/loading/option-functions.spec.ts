import { expect } from 'chai';
import { createCache, type Cache, ConfigError, MultiCached } from 'cachewright';
import { asynchronous, FakeClock } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { caught } from '../support/caught.js';
import { deferred } from '../support/deferred.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

type When = (error: unknown) => boolean;

const mine = new Error('mine');
const throwing: When = () => {
  throw mine;
};
const rejecting = (async () => {
  throw mine;
}) as unknown as When;
const origin = async (): Promise<never> => {
  throw new Error('origin');
};

/** What the call is to reject with, for each way to get such a function wrong. */
const wrong: [string, When, (option: string) => (error: unknown) => void][] = [
  ['throws', throwing, () => (error) => expect(error).to.equal(mine)],
  [
    'answers a promise',
    rejecting,
    (option) => (error) =>
      expect(error)
        .to.be.instanceOf(ConfigError)
        .with.property('message', `${option} answered a promise; let it be synchronous, and answer true or false`),
  ],
];

describe('a function among the loading options', () => {
  forbidUnhandledRejections();

  let clock: FakeClock;
  let cache: Cache;
  beforeEach(() => {
    clock = new FakeClock();
    cache = createCache({ backend: 'memory', clock });
  });
  afterEach(() => cache.close());

  for (const [how, when, isExpected] of wrong) {
    describe(`that ${how}`, () => {
      const check = isExpected('staleIfErrorWhen');

      it('as staleIfErrorWhen rejects the call, which would hang', async () => {
        const options = { ttl: 10, staleIfError: '1h', staleIfErrorWhen: when } as const;
        await cache.getOrSet('k', () => 1, options);
        clock.advance(20);
        check(await caught(cache.getOrSet('k', origin, options)));
        expect(await cache.getOrSet('k', () => 2, options)).to.equal(2);
      });

      it('as staleIfErrorWhen, when the time is up, rejects the call and does not end the process', async () => {
        const options = { ttl: 10, staleIfError: '1h', staleIfErrorWhen: when, hardTimeout: 5 } as const;
        await cache.getOrSet('k', () => 1, options);
        clock.advance(20);
        const loading = deferred<number>();
        check(await caught(cache.getOrSet('k', () => loading.promise, options)));
        loading.resolve(3);
      });

      it('as errors.when rejects the call, and later ones load', async () => {
        const options = { errors: { ttl: '1m', when } } as const;
        isExpected('errors.when')(await caught(cache.getOrSet('k', origin, options)));
        expect(await cache.getOrSet('k', () => 2, options)).to.equal(2);
      });

      it('as errors.when of a load in the background lets the next one begin', async () => {
        const options = { ttl: 10, staleWhileRevalidate: '1h', errors: { ttl: '1m', when } } as const;
        await cache.getOrSet('k', () => 1, options);
        clock.advance(20);
        expect(await cache.getOrSet('k', origin, options)).to.equal(1);
        clock.advance('1m');
        const reloaded = deferred();
        const reload = (): number => {
          reloaded.resolve();
          return 2;
        };
        expect(await cache.getOrSet('k', reload, options)).to.equal(1);
        await reloaded.promise;
        await cache.close();
      });

      it('rejects a call for many ids as well', async () => {
        let fails = false;
        class Users {
          @MultiCached({
            cache: () => cache,
            ttl: 10,
            staleIfError: '1h',
            staleIfErrorWhen: when,
            key: (id: number) => `u:${id}`,
          })
          async find(ids: readonly number[]): Promise<Map<number, number>> {
            return fails ? origin() : new Map(ids.map((id) => [id, id]));
          }
        }
        const users = new Users();
        await users.find([1, 2]);
        clock.advance(20);
        fails = true;
        check(await caught(users.find([1, 2])));
        fails = false;
        expect(await users.find([1, 2])).to.have.lengthOf(2);
      });
    });
  }

  it('as random rejects one call at a time, and is joined by nobody afterwards', async () => {
    let fails = false;
    const random = (): number => {
      if (fails) throw mine;
      return 0.5;
    };
    const memory = memoryBackend({}, { cache: 'shared', clock });
    const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
    const backend = { ...asynchronous(memory), capabilities, identity: {} };
    const cache = createCache({ backend, clock, random, namespace: 'n' });
    const options = { ttl: '1m', earlyExpiration: 1 } as const;
    const load = (): number => {
      clock.advance(10);
      return 1;
    };
    await cache.getOrSet('k', load, options);
    fails = true;
    expect(await caught(cache.getOrSet('k', load, options))).to.equal(mine);
    fails = false;
    expect(await cache.getOrSet('k', load, options)).to.equal(1);
    await cache.close();
  });

  for (const [what, answer] of [
    ['NaN', () => Number.NaN],
    ['5', () => 5],
    ['less than 0', () => -0.1],
    ['text', () => '0.5'],
    ['a promise', rejecting],
  ] as [string, (error: unknown) => unknown][]) {
    it(`as random that answers ${what} is named`, async () => {
      let wrong = true;
      const cache = createCache({ backend: 'memory', clock, random: () => (wrong ? (answer(mine) as number) : 0.5) });
      class Users {
        @MultiCached({ cache, ttl: '1s', jitter: 0.5 })
        async find(ids: readonly number[]): Promise<Map<number, number>> {
          return new Map(ids.map((id) => [id, id]));
        }
      }
      const users = new Users();
      const single = (): Promise<number> => cache.getOrSet('k', () => 1, { ttl: '1s', jitter: 0.5 });
      for (const call of [single, () => users.find([1])]) {
        expect(await caught(call()))
          .to.be.instanceOf(ConfigError)
          .with.property('message')
          .that.includes('random did not answer a number from 0 to below 1');
      }
      wrong = false;
      expect(await single()).to.equal(1);
      expect(await cache.ttl('k')).to.equal(1_250);
      expect(await users.find([1])).to.have.lengthOf(1);
      await cache.close();
    });
  }
});
