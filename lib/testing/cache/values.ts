import assert from 'node:assert/strict';
import type { Serializer } from '../../contracts/serializer.js';
import { assertRejects } from '../assertions.js';
import type { CacheCase } from './case.js';

/** A serializer nobody else has. */
const reversed: Serializer<string> = {
  name: 'reversed',
  wire: 'text',
  serialize: (value) => [...String(value)].reverse().join(''),
  deserialize: (wire) => [...wire].reverse().join(''),
};

const broken: Serializer<string> = {
  name: 'broken',
  wire: 'text',
  serialize: (value) => {
    throw new Error(`cannot serialize ${String(value)}`);
  },
  deserialize: (wire) => {
    throw new Error(`cannot read ${wire}`);
  },
};

/** What is stored comes back, and what cannot be stored is refused. */
export const valueCases: readonly CacheCase[] = [
  {
    name: 'a value comes back as it was, and is there, however empty it is',
    async run({ cache, values }) {
      for (const value of values) {
        await cache.set('key', value);
        assert.deepEqual(await cache.get('key'), value);
        assert.deepEqual(await cache.get('key', { default: 'default' }), value);
        assert.deepEqual(await cache.multiGet(['key', 'key']), [value, value]);
        assert.equal(await cache.exists('key'), true);
        assert.equal(await cache.add('key', 'other'), false);
        assert.deepEqual(await cache.getOrSet('key', () => 'loaded'), value);
        assert.equal(await cache.delete('key'), true);
        assert.equal(await cache.add('key', value), true);
        assert.deepEqual(await cache.get('key'), value);
        await cache.multiSet([['key', value]]);
        assert.deepEqual(await cache.get('key'), value);
        await cache.delete('key');
      }
    },
  },
  {
    name: 'a miss is undefined, or the default, which is not stored',
    async run({ cache }) {
      assert.equal(await cache.get('missing'), undefined);
      assert.equal(await cache.get('missing', { default: 'default' }), 'default');
      assert.equal(await cache.get('missing', { default: null }), null);
      assert.equal(await cache.get('missing'), undefined);
      assert.equal(await cache.exists('missing'), false);
    },
  },
  {
    name: 'undefined is refused, and nothing is changed',
    async run({ cache }) {
      await cache.set('key', 'value');
      const writes = {
        set: () => cache.set('key', undefined),
        add: () => cache.add('missing', undefined),
        multiSet: () =>
          cache.multiSet([
            ['missing', 'value'],
            ['key', undefined],
          ]),
      };
      for (const [name, write] of Object.entries(writes)) await assertRejects(name, 'ERR_CACHE_SERIALIZATION', write);
      assert.deepEqual(await cache.multiGet(['key', 'missing']), ['value', undefined]);
    },
  },
  {
    name: 'a call may bring its own serializer, and exactly what that makes is stored',
    async run({ cache }) {
      const options = { serializer: reversed as Serializer };
      await cache.set('set', 'abc', options);
      await cache.add('add', 'def', options);
      await cache.multiSet({ multi: 'ghi' }, options);
      assert.equal(await cache.get('set', options), 'abc');
      assert.deepEqual(await cache.multiGet(['add', 'multi'], options), ['def', 'ghi']);
      assert.deepEqual(await cache.multiGet(['set', 'add', 'multi'], { serializer: 'string' }), ['cba', 'fed', 'ihg']);
    },
  },
  {
    name: 'a serializer that fails is a SerializationError that shows no value',
    async run({ cache }) {
      const options = { serializer: broken as Serializer };
      await cache.set('key', 'sensitive', { serializer: 'string' });
      const calls = {
        set: () => cache.set('key', 'sensitive', options),
        add: () => cache.add('other', 'sensitive', options),
        multiSet: () => cache.multiSet({ key: 'sensitive' }, options),
        get: () => cache.get('key', options),
        multiGet: () => cache.multiGet(['key'], options),
      };
      for (const [name, call] of Object.entries(calls)) {
        const error = await assertRejects(name, 'ERR_CACHE_SERIALIZATION', call);
        const shown = `${error.stack} ${String((error.cause as Error | undefined)?.stack)}`;
        assert.ok(!shown.includes('sensitive'), `${name}: the error shows the value`);
      }
      assert.equal(await cache.get('key', { serializer: 'string' }), 'sensitive');
    },
  },
];
