import assert from 'node:assert/strict';
import { assertRejects } from '../assertions.js';
import type { CacheCase } from './case.js';

const MAX = Number.MAX_SAFE_INTEGER;

/** `increment`, and how it agrees with reads and writes. */
export const countingCases: readonly CacheCase[] = [
  {
    name: 'increment starts at delta, 1 by default, and adds to it, through zero too',
    counters: true,
    async run({ cache }) {
      assert.equal(await cache.increment('ones'), 1);
      assert.equal(await cache.increment('ones'), 2);
      assert.equal(await cache.increment('key', -3), -3);
      assert.equal(await cache.increment('key', 3), 0);
      assert.equal(await cache.increment('key', 0), 0);
      assert.equal(await cache.increment('key', 10), 10);
    },
  },
  {
    name: 'increment counts on from what set stored, and get reads what increment stored',
    counters: true,
    async run({ cache }) {
      await cache.set('key', 41);
      assert.equal(await cache.increment('key'), 42);
      await cache.set('same', 42);
      const [counted, same] = await cache.multiGet(['key', 'same']);
      assert.equal(Number(counted), 42);
      assert.deepEqual(counted, same);
      await cache.set('key', MAX - 1);
      assert.equal(await cache.increment('key'), MAX);
      await cache.set('key', -MAX);
      assert.equal(await cache.increment('key', MAX), 0);
    },
  },
  {
    name: 'increment gives a new counter its ttl, and leaves that of an old one',
    counters: true,
    async run({ cache, time }) {
      await cache.increment('key', 1, { ttl: time.long });
      time.assertRemaining(await cache.ttl('key'), time.long);
      await cache.increment('key', 1, { ttl: time.longer });
      time.assertRemaining(await cache.ttl('key'), time.long);
    },
  },
  {
    name: 'increment refuses text and sums that are no safe integers, and changes nothing',
    counters: true,
    async run({ cache, time }) {
      await cache.set('text', 'abc', { ttl: time.long });
      await cache.set('full', MAX);
      await assertRejects('increment', 'ERR_CACHE_NOT_A_NUMBER', () => cache.increment('text'));
      await assertRejects('increment', 'ERR_CACHE_NOT_A_NUMBER', () => cache.increment('full'));
      assert.equal(await cache.get('text'), 'abc');
      time.assertRemaining(await cache.ttl('text'), time.long);
      assert.equal(Number(await cache.get('full')), MAX);
    },
  },
  {
    name: 'increment refuses a delta that is no safe integer',
    counters: true,
    async run({ cache }) {
      for (const delta of [1.5, Number.NaN, Infinity, MAX + 1, '1' as unknown as number]) {
        await assertRejects(`increment by ${delta}`, 'ERR_CACHE_NOT_A_NUMBER', () => cache.increment('key', delta));
      }
      assert.equal(await cache.exists('key'), false);
    },
  },
  {
    name: 'increment is refused where its counters could not be read back',
    counters: false,
    async run({ cache }) {
      await assertRejects('increment', 'ERR_CACHE_UNSUPPORTED_COMMAND', () => cache.increment('key'));
      assert.equal(await cache.exists('key'), false);
    },
  },
];
