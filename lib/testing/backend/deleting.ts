import assert from 'node:assert/strict';
import type { BackendCase } from './case.js';

/** What is deleted is gone, and nothing else. */
export const deletingCases: readonly BackendCase[] = [
  {
    name: 'delete removes the keys, and no other',
    async run(trial) {
      await trial.multiSet([
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ]);
      await trial.delete('a', 'c');
      assert.deepEqual(await trial.multiGet(['a', 'b', 'c']), [undefined, '2', undefined]);
    },
  },
  {
    name: 'delete answers how many of the keys were there',
    async run(trial) {
      await trial.multiSet([
        ['a', '1'],
        ['b', '2'],
      ]);
      assert.equal(await trial.delete('a', 'missing', 'b'), 2);
      assert.equal(await trial.delete('a'), 0);
    },
  },
  {
    name: 'a deleted key can be written again, and knows nothing of its past',
    async run(trial) {
      await trial.set('key', 'old', trial.time.long);
      await trial.delete('key');
      assert.equal(await trial.add('key', 'new'), true);
      assert.equal(await trial.ttl('key'), null);
    },
  },
];
