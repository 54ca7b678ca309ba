import assert from 'node:assert/strict';
import type { BackendCase } from './case.js';

/** More than fit into one command of any server we know. */
const MANY = Array.from({ length: 2_500 }, (_, index) => `key ${index}`);

/** Several keys at once. */
export const batchCases: readonly BackendCase[] = [
  {
    name: 'multiGet answers by position, undefined for what is not there',
    async run(trial) {
      await trial.set('a', 'value of a');
      await trial.set('b', 'value of b');
      assert.deepEqual(await trial.multiGet(['b', 'missing', 'a']), ['value of b', undefined, 'value of a']);
    },
  },
  {
    name: 'multiGet answers a key as often as it is asked for',
    async run(trial) {
      await trial.set('a', 'value of a');
      const keys = ['a', 'missing', 'a', 'missing'];
      assert.deepEqual(await trial.multiGet(keys), ['value of a', undefined, 'value of a', undefined]);
    },
  },
  {
    name: 'multiSet stores every entry, with the lifetime of all',
    async run(trial) {
      const { long } = trial.time;
      await trial.multiSet(
        [
          ['a', 'value of a'],
          ['b', 'value of b'],
        ],
        long,
      );
      assert.equal(await trial.get('a'), 'value of a');
      assert.equal(await trial.get('b'), 'value of b');
      for (const key of ['a', 'b']) trial.time.assertRemaining(await trial.ttl(key), long);
    },
  },
  {
    name: 'multiSet replaces values and lifetimes',
    async run(trial) {
      await trial.set('a', 'old', trial.time.long);
      await trial.multiSet([
        ['a', 'new'],
        ['b', 'new'],
      ]);
      assert.equal(await trial.get('a'), 'new');
      assert.equal(await trial.ttl('a'), null);
    },
  },
  {
    name: 'of two entries with one key, multiSet keeps the last',
    async run(trial) {
      await trial.multiSet([
        ['a', 'first'],
        ['b', 'other'],
        ['a', 'last'],
      ]);
      assert.equal(await trial.get('a'), 'last');
    },
  },
  {
    name: 'thousands of keys fit into one call',
    async run(trial) {
      await trial.multiSet(
        MANY.map((key) => [key, `value of ${key}`] as const),
        trial.time.long,
      );
      assert.deepEqual(
        await trial.multiGet(MANY),
        MANY.map((key) => `value of ${key}`),
      );
      assert.equal(await trial.delete(...MANY), MANY.length);
      assert.deepEqual(
        await trial.multiGet(MANY),
        MANY.map(() => undefined),
      );
    },
  },
];
