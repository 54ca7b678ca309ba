import assert from 'node:assert/strict';
import type { BackendCase } from './case.js';

/** `add` stores only where nothing is. */
export const addingCases: readonly BackendCase[] = [
  {
    name: 'add stores what is not there yet, with its lifetime',
    async run(trial) {
      assert.equal(await trial.add('key', 'value', trial.time.long), true);
      assert.equal(await trial.get('key'), 'value');
      trial.time.assertRemaining(await trial.ttl('key'), trial.time.long);
      assert.equal(await trial.add('forever', 'value'), true);
      assert.equal(await trial.ttl('forever'), null);
    },
  },
  {
    name: 'add leaves what is there as it is',
    async run(trial) {
      await trial.set('key', 'first', trial.time.long);
      assert.equal(await trial.add('key', 'second', trial.time.longer), false);
      assert.equal(await trial.get('key'), 'first');
      trial.time.assertRemaining(await trial.ttl('key'), trial.time.long);
    },
  },
  {
    name: 'add sees through expired entries',
    async run(trial) {
      await trial.expired('key');
      assert.equal(await trial.add('key', 'value'), true);
      assert.equal(await trial.get('key'), 'value');
      assert.equal(await trial.ttl('key'), null);
    },
  },
];
