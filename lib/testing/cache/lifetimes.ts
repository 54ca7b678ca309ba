import assert from 'node:assert/strict';
import type { Ttl } from '../../util/duration.js';
import { assertRejects } from '../assertions.js';
import type { CacheCase } from './case.js';

const NO_TTLS = [-1, Number.NaN, Infinity, '5 minutes', '1w', '', true, {}] as unknown as readonly Ttl[];

/** How long entries live. */
export const lifetimeCases: readonly CacheCase[] = [
  {
    name: 'ttl answers what remains, null for ever, and undefined for a key that is not there',
    async run({ cache, time }) {
      await cache.set('key', 'value', { ttl: time.long });
      await cache.set('forever', 'value');
      time.assertRemaining(await cache.ttl('key'), time.long);
      assert.equal(await cache.ttl('forever'), null);
      assert.equal(await cache.ttl('missing'), undefined);
    },
  },
  {
    name: 'every writer takes a ttl, and set and multiSet replace the one there was',
    async run({ cache, time }) {
      const ttl = time.long;
      await cache.set('set', 'x', { ttl: time.longer });
      await cache.set('multi', 'x', { ttl: time.longer });
      await cache.set('set', 'x', { ttl });
      await cache.multiSet({ multi: 'x', new: 'x' }, { ttl });
      await cache.add('add', 'x', { ttl });
      await cache.getOrSet('loaded', () => 'x', { ttl, budget: 0 });
      for (const key of ['set', 'multi', 'new', 'add', 'loaded']) time.assertRemaining(await cache.ttl(key), ttl);
      await cache.set('set', 'x');
      await cache.multiSet({ multi: 'x' });
      assert.equal(await cache.ttl('set'), null);
      assert.equal(await cache.ttl('multi'), null);
    },
  },
  {
    name: 'without a ttl the default of the cache holds; 0 and null mean for ever',
    async run({ another, time }) {
      const cache = await another({ ttl: time.long });
      await cache.set('default', 'x');
      await cache.set('undefined', 'x', { ttl: undefined });
      await cache.set('zero', 'x', { ttl: 0 });
      await cache.multiSet({ null: 'x' }, { ttl: null });
      await cache.getOrSet('loaded', () => 'x', { budget: 0 });
      await cache.getOrSet('kept', () => 'x', { budget: 0, ttl: null });
      for (const key of ['default', 'undefined', 'loaded']) time.assertRemaining(await cache.ttl(key), time.long);
      for (const key of ['zero', 'null', 'kept']) assert.equal(await cache.ttl(key), null);
    },
  },
  {
    name: 'a ttl may be a text with its unit',
    async run({ cache, time }) {
      await cache.set('key', 'x', { ttl: '2h' });
      time.assertRemaining(await cache.ttl('key'), 7_200_000);
      await cache.expire('key', '1.5d');
      time.assertRemaining(await cache.ttl('key'), 129_600_000);
    },
  },
  {
    name: 'expire changes the ttl, 0 and null lift it; it answers whether the key was there',
    async run({ cache, time }) {
      await cache.set('key', 'value');
      assert.equal(await cache.expire('key', time.long), true);
      time.assertRemaining(await cache.ttl('key'), time.long);
      assert.equal(await cache.expire('key', 0), true);
      assert.equal(await cache.ttl('key'), null);
      await cache.expire('key', time.long);
      assert.equal(await cache.expire('key', null), true);
      assert.equal(await cache.ttl('key'), null);
      assert.equal(await cache.get('key'), 'value');
      assert.equal(await cache.expire('missing', time.long), false);
      assert.equal(await cache.expire('missing', null), false);
    },
  },
  {
    name: 'an expired entry is a miss for every command',
    async run({ cache, time }) {
      const store = (): Promise<void> =>
        cache.multiSet({ a: 'old', b: 'old', c: 'old', d: 'old' }, { ttl: time.short });
      await time.outlive(time.short, store, () => cache.exists('d'));
      assert.equal(await cache.get('a', { default: 'default' }), 'default');
      assert.deepEqual(await cache.multiGet(['a', 'b']), [undefined, undefined]);
      assert.equal(await cache.expire('b', time.long), false);
      assert.equal(await cache.ttl('b'), undefined);
      assert.equal(await cache.delete('b'), false);
      assert.equal(await cache.multiDelete(['b', 'd']), 0);
      assert.equal(await cache.add('a', 'new'), true);
      assert.equal(await cache.getOrSet('c', () => 'new'), 'new');
    },
  },
  {
    name: 'a wrong ttl is a ConfigError that names the option, and nothing is stored',
    async run({ cache }) {
      for (const ttl of NO_TTLS) {
        const calls = {
          set: () => cache.set('key', 'x', { ttl }),
          add: () => cache.add('key', 'x', { ttl }),
          multiSet: () => cache.multiSet({ key: 'x' }, { ttl }),
          expire: () => cache.expire('key', ttl),
          getOrSet: () => cache.getOrSet('key', () => 'x', { ttl }),
        };
        for (const [name, call] of Object.entries(calls)) {
          const { message } = await assertRejects(`${name} with ttl ${String(ttl)}`, 'ERR_CACHE_CONFIG', call);
          assert.match(message, /\bttl\b/, `${name}: the message does not name the option`);
        }
      }
      assert.equal(await cache.exists('key'), false);
      const missing = undefined as unknown as Ttl;
      await assertRejects('expire without ttl', 'ERR_CACHE_CONFIG', () => cache.expire('key', missing));
    },
  },
];
