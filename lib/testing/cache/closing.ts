import assert from 'node:assert/strict';
import { assertRejects } from '../assertions.js';
import { callsOf, type Calls } from './calls.js';
import type { CacheCase } from './case.js';

/** The end of a cache. */
export const closingCases: readonly CacheCase[] = [
  {
    name: 'close can be repeated, and so can asyncDispose',
    async run({ cache, another }) {
      assert.equal(cache.closed, false);
      await cache.set('key', 'value');
      await Promise.all([cache.close(), cache.close()]);
      assert.equal(cache.closed, true);
      await cache.close();
      await cache[Symbol.asyncDispose]();
      const unused = await another({});
      await unused[Symbol.asyncDispose]();
      assert.equal(unused.closed, true);
    },
  },
  {
    name: 'every command of a closed cache is a CacheClosedError',
    async run({ cache }) {
      await cache.close();
      const calls: Calls = {
        ...callsOf(cache),
        clear: () => cache.clear(),
        raw: () => cache.raw('anything'),
        connect: () => cache.connect(),
        getOrSet: () => cache.getOrSet('key', () => assert.fail('it loaded')),
      };
      for (const [name, call] of Object.entries(calls)) {
        await assertRejects(name, 'ERR_CACHE_CLOSED', () => call('key', {}));
      }
    },
  },
];
