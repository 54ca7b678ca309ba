import assert from 'node:assert/strict';
import type { CacheCase } from './case.js';

function* pairs(): Iterable<readonly [string, string]> {
  yield ['a', '1'];
  yield ['b', '2'];
}

/** What each command answers. */
export const commandCases: readonly CacheCase[] = [
  {
    name: 'add stores only what is not there, and says so',
    async run({ cache, time }) {
      assert.equal(await cache.add('key', 'first', { ttl: time.long }), true);
      assert.equal(await cache.add('key', 'second', { ttl: time.longer }), false);
      assert.equal(await cache.get('key'), 'first');
      time.assertRemaining(await cache.ttl('key'), time.long);
    },
  },
  {
    name: 'set answers nothing and replaces the value',
    async run({ cache }) {
      assert.equal(await cache.set('key', 'first'), undefined);
      await cache.set('key', 'second');
      assert.equal(await cache.get('key'), 'second');
    },
  },
  {
    name: 'multiGet answers by position, as often as asked, for any iterable',
    async run({ cache }) {
      await cache.set('a', '1');
      await cache.set('b', '2');
      assert.deepEqual(await cache.multiGet(['b', 'missing', 'a', 'b']), ['2', undefined, '1', '2']);
      assert.deepEqual(await cache.multiGet(new Set(['a', 'b'])), ['1', '2']);
      assert.deepEqual(await cache.multiGet(new Map([['b', 0]]).keys()), ['2']);
      assert.deepEqual(await cache.multiGet([]), []);
    },
  },
  {
    name: 'multiSet takes pairs, any iterable of pairs, a Map and a plain object',
    async run({ cache }) {
      const forms = [
        [
          ['a', '1'],
          ['b', '2'],
        ] as const,
        pairs(),
        new Map(pairs()),
        { a: '1', b: '2' },
      ];
      for (const entries of forms) {
        assert.equal(await cache.multiSet(entries as Iterable<readonly [string, string]>), undefined);
        assert.deepEqual(await cache.multiGet(['a', 'b']), ['1', '2']);
        await cache.multiDelete(['a', 'b']);
      }
      for (const nothing of [[], {}, new Map<string, string>()]) assert.equal(await cache.multiSet(nothing), undefined);
    },
  },
  {
    name: 'of two entries with one key, multiSet keeps the last',
    async run({ cache }) {
      await cache.multiSet([
        ['a', 'first'],
        ['a', 'last'],
      ]);
      assert.equal(await cache.get('a'), 'last');
    },
  },
  {
    name: 'delete answers whether the key was there',
    async run({ cache }) {
      await cache.set('key', 'value');
      await cache.set('other', 'value');
      assert.equal(await cache.delete('key'), true);
      assert.equal(await cache.delete('key'), false);
      assert.deepEqual(await cache.multiGet(['key', 'other']), [undefined, 'value']);
    },
  },
  {
    name: 'multiDelete answers how many of the keys were there, each counted once',
    async run({ cache }) {
      await cache.multiSet({ a: '1', b: '2', c: '3', d: '4' });
      assert.equal(await cache.multiDelete(['a', 'missing', 'b', 'a']), 2);
      assert.equal(await cache.multiDelete(new Set(['a', 'c'])), 1);
      assert.equal(await cache.multiDelete([]), 0);
      assert.deepEqual(await cache.multiGet(['a', 'b', 'c', 'd']), [undefined, undefined, undefined, '4']);
    },
  },
  {
    name: 'exists answers true or false',
    async run({ cache }) {
      await cache.set('key', 'value');
      assert.equal(await cache.exists('key'), true);
      assert.equal(await cache.exists('missing'), false);
    },
  },
];
