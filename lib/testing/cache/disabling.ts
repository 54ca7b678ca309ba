import assert from 'node:assert/strict';
import type { Plugin } from '../../contracts/plugin.js';
import type { CacheCase } from './case.js';

/** The off switch. */
export const disablingCases: readonly CacheCase[] = [
  {
    name: 'a disabled cache answers as an empty one would, and touches nothing',
    async run({ cache }) {
      await cache.set('key', 'value');
      cache.disable();
      assert.equal(cache.enabled, false);
      assert.equal(await cache.add('key', 'x'), true);
      assert.equal(await cache.set('key', 'x'), undefined);
      assert.equal(await cache.multiSet({ key: 'x' }), undefined);
      assert.equal(await cache.get('key'), undefined);
      assert.equal(await cache.get('key', { default: 'default' }), 'default');
      assert.deepEqual(await cache.multiGet(['key', 'other']), [undefined, undefined]);
      assert.equal(await cache.delete('key'), false);
      assert.equal(await cache.multiDelete(['key']), 0);
      assert.equal(await cache.exists('key'), false);
      assert.equal(await cache.increment('key'), 1);
      assert.equal(await cache.increment('key', 5), 5);
      assert.equal(await cache.expire('key', 60_000), false);
      assert.equal(await cache.ttl('key'), undefined);
      assert.equal(await cache.clear(), undefined);
      assert.equal(await cache.raw('anything'), undefined);
      cache.enable();
      assert.equal(cache.enabled, true);
      assert.equal(await cache.get('key'), 'value');
      assert.equal(await cache.ttl('key'), null);
    },
  },
  {
    name: 'loaders just run while the cache is disabled',
    async run({ cache }) {
      await cache.set('key', 'stored');
      cache.disable();
      let loads = 0;
      const load = (): string => `load ${++loads}`;
      assert.equal(await cache.getOrSet('key', load), 'load 1');
      assert.equal(await cache.getOrSet('key', load), 'load 2');
      cache.enable();
      assert.equal(await cache.getOrSet('key', load), 'stored');
    },
  },
  {
    name: 'no hook runs while the cache is disabled',
    async run({ another }) {
      const seen: string[] = [];
      const plugin: Plugin = {
        name: 'watching',
        preGet: () => void seen.push('pre'),
        postGet: () => void seen.push('post'),
      };
      const cache = await another({ plugins: [plugin] });
      cache.disable();
      await cache.get('key');
      assert.deepEqual(seen, []);
      cache.enable();
      await cache.get('key');
      assert.deepEqual(seen, ['pre', 'post']);
    },
  },
];
