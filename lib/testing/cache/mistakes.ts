import assert from 'node:assert/strict';
import type { Plugin } from '../../contracts/plugin.js';
import { assertRejects, rejectionOf } from '../assertions.js';
import type { CacheCase } from './case.js';

/** Mistakes of the program are rejections, never synchronous throws. */
export const mistakeCases: readonly CacheCase[] = [
  {
    name: 'what is no list of keys, no entries, no namespace or no loader is a ConfigError',
    async run({ cache }) {
      const wrong = (value: unknown): never => value as never;
      const calls = {
        'multiGet without keys': () => cache.multiGet(wrong(undefined)),
        'multiGet of a number': () => cache.multiGet(wrong(7)),
        'multiDelete without keys': () => cache.multiDelete(wrong(null)),
        'multiSet without entries': () => cache.multiSet(wrong(undefined)),
        'multiSet of no pairs': () => cache.multiSet(wrong([['key', 'value', 'more']])),
        'get with a namespace of another type': () => cache.get('key', { namespace: wrong(7) }),
        'clear with a namespace of another type': () => cache.clear({ namespace: wrong(7) }),
        'set with an unknown serializer': () => cache.set('key', 'value', { serializer: wrong('jsn') }),
        'getOrSet without loader': () => cache.getOrSet('key', wrong(undefined)),
      };
      for (const [name, call] of Object.entries(calls)) await assertRejects(name, 'ERR_CACHE_CONFIG', call);
    },
  },
  {
    name: 'an iterable that throws is a rejection with what it threw',
    async run({ cache }) {
      const thrown = new Error('no more keys');
      const keys: Iterable<never> = {
        [Symbol.iterator]: () => {
          throw thrown;
        },
      };
      const calls = {
        multiGet: () => cache.multiGet(keys),
        multiSet: () => cache.multiSet(keys),
        multiDelete: () => cache.multiDelete(keys),
      };
      for (const [name, call] of Object.entries(calls)) assert.equal(await rejectionOf(name, call), thrown);
    },
  },
  {
    name: 'a plugin hook that throws is a rejection of its command',
    async run({ another }) {
      const thrown = new Error('a hook failed');
      const plugin: Plugin = {
        name: 'failing',
        preGet() {
          throw thrown;
        },
        postSet() {
          throw thrown;
        },
      };
      const cache = await another({ plugins: [plugin] });
      assert.equal(await rejectionOf('get', () => cache.get('key')), thrown);
      assert.equal(await rejectionOf('set', () => cache.set('key', 'value')), thrown);
      assert.equal(await cache.exists('key'), true);
    },
  },
];
