import assert from 'node:assert/strict';
import { ignoreRejection } from '../../util/maybe-promise.js';
import { rejectionOf } from '../assertions.js';
import type { CacheCase } from './case.js';

const CALLERS = Array.from({ length: 50 }, (_, index) => index);
/** Slow machines must not make a cache look slow. */
const PATIENT = { budget: 0 } as const;

/** A value that comes when the test says so. */
function later<T>(): {
  readonly value: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
} {
  let settle!: { resolve: (value: T) => void; reject: (error: Error) => void };
  const value = new Promise<T>((resolve, reject) => (settle = { resolve, reject }));
  // Whoever awaits it may come after it has failed.
  ignoreRejection(value);
  return { value, ...settle };
}

/** What `getOrSet` does with its loader. */
export const loadingCases: readonly CacheCase[] = [
  {
    name: 'getOrSet loads what is missing, stores it, and finds it from then on',
    async run({ cache }) {
      assert.equal(await cache.getOrSet('key', ({ key }) => `loaded for ${key}`, PATIENT), 'loaded for key');
      assert.equal(await cache.get('key'), 'loaded for key');
      assert.equal(
        await cache.getOrSet('key', () => assert.fail('it loaded what was there'), PATIENT),
        'loaded for key',
      );
    },
  },
  {
    name: 'many callers share one load',
    async run({ cache }) {
      let loads = 0;
      const { value, resolve } = later<string>();
      const load = (): Promise<string> => {
        loads++;
        return value;
      };
      const answers = Promise.all(CALLERS.map(() => cache.getOrSet('key', load, PATIENT)));
      resolve('loaded');
      assert.deepEqual(
        await answers,
        CALLERS.map(() => 'loaded'),
      );
      assert.equal(loads, 1);
    },
  },
  {
    name: 'loads of different keys and namespaces do not mix',
    async run({ cache, namespace }) {
      const load = (text: string) => async (): Promise<string> => text;
      const elsewhere = { namespace: `${namespace}-other` };
      const answers = await Promise.all([
        cache.getOrSet('a', load('a'), PATIENT),
        cache.getOrSet('b', load('b'), PATIENT),
        cache.getOrSet('a', load('a elsewhere'), { ...PATIENT, ...elsewhere }),
      ]);
      assert.deepEqual(answers, ['a', 'b', 'a elsewhere']);
      assert.deepEqual(await cache.multiGet(['a', 'b']), ['a', 'b']);
      assert.equal(await cache.get('a', elsewhere), 'a elsewhere');
    },
  },
  {
    name: 'an error of the loader reaches all its callers untouched, and is not stored',
    async run({ cache }) {
      let loads = 0;
      const { value, reject } = later<string>();
      const load = (): Promise<string> => {
        loads++;
        return value;
      };
      const failures = Promise.all(
        CALLERS.map(() => rejectionOf('getOrSet', () => cache.getOrSet('key', load, PATIENT))),
      );
      const failure = new Error('the database is down');
      reject(failure);
      for (const error of await failures) assert.equal(error, failure);
      assert.equal(loads, 1);
      assert.equal(await cache.exists('key'), false);
      const thrown = await rejectionOf('getOrSet', () =>
        cache.getOrSet('key', () => {
          throw failure;
        }),
      );
      assert.equal(thrown, failure);
      assert.equal(await cache.getOrSet('key', () => 'recovered', PATIENT), 'recovered');
    },
  },
  {
    name: 'undefined is answered, and not stored',
    async run({ cache }) {
      assert.equal(await cache.getOrSet('key', () => undefined, PATIENT), undefined);
      assert.equal(await cache.exists('key'), false);
      assert.equal(await cache.getOrSet('key', () => 'found by now', PATIENT), 'found by now');
    },
  },
  {
    name: 'the loader may choose the ttl, or that nothing is stored',
    async run({ cache, time }) {
      const short = await cache.getOrSet('short', (load) => (load.setTtl(time.long), 'x'), {
        ...PATIENT,
        ttl: time.longer,
      });
      assert.equal(short, 'x');
      time.assertRemaining(await cache.ttl('short'), time.long);
      assert.equal(await cache.getOrSet('skipped', (load) => (load.skip(), 'x'), PATIENT), 'x');
      assert.equal(await cache.exists('skipped'), false);
    },
  },
];
