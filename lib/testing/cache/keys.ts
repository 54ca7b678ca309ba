import assert from 'node:assert/strict';
import { assertRejects } from '../assertions.js';
import { callsOf, type Calls } from './calls.js';
import type { CacheCase } from './case.js';

const KEYS = [
  'a',
  'A',
  'a b',
  'a:b',
  'a%3Ab',
  '%',
  '*',
  'grüße 世界 👩‍👩‍👧',
  'e\u0301',
  '\u00e9',
  ']',
  '\u015d',
  'a\nb',
  '0',
  'x'.repeat(200),
];

const NO_KEYS = ['', '\ud800', 'a\udc00b', undefined, null, 0, {}, Symbol('key')] as unknown as readonly string[];

/** What is a key. */
export const keyCases: readonly CacheCase[] = [
  {
    name: 'every well-formed text is a key, and no two of them are one',
    async run({ cache }) {
      await cache.multiSet(KEYS.map((key) => [key, `under ${key}`] as const));
      for (const key of KEYS) assert.equal(await cache.get(key), `under ${key}`);
      assert.deepEqual(
        await cache.multiGet(KEYS),
        KEYS.map((key) => `under ${key}`),
      );
    },
  },
  {
    name: 'anything else is an InvalidKeyError, for every command',
    async run({ cache }) {
      const calls: Calls = { ...callsOf(cache), getOrSet: (key) => cache.getOrSet(key, () => 'x') };
      for (const [name, call] of Object.entries(calls)) {
        for (const key of NO_KEYS) {
          await assertRejects(`${name} with key ${JSON.stringify(key)}`, 'ERR_CACHE_INVALID_KEY', () => call(key, {}));
        }
      }
    },
  },
];
