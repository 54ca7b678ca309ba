import assert from 'node:assert/strict';
import type { BackendCase } from './case.js';
import type { BackendTrial } from './trial.js';

async function read(trial: BackendTrial, name = 'key') {
  const { wire, version } = await trial.backend.versions!.read(trial.key(name), trial.callOn(name));
  return { text: trial.decode(wire), version };
}

async function replace(trial: BackendTrial, version: unknown, text: string, ttlMs?: number, name = 'key') {
  const { versions } = trial.backend;
  return versions!.compareAndSet(trial.key(name), version, trial.encode(text), ttlMs, trial.callOn(name));
}

/** What may happen between a read and a compare-and-set. */
const CHANGES: Readonly<Record<string, (trial: BackendTrial) => Promise<unknown>>> = {
  'a set': (trial) => trial.set('key', 'other'),
  'a multiSet': (trial) => trial.multiSet([['key', 'other']]),
  'a deletion': (trial) => trial.delete('key'),
  'a deletion and a creation': async (trial) => {
    await trial.delete('key');
    await trial.set('key', 'other');
  },
  'a clear': (trial) => trial.clear('in:'),
};

/** Compare-and-set, where a backend offers it. */
export const versioningCases: readonly BackendCase[] = [
  {
    name: 'compare-and-set replaces what was read, and its lifetime',
    facet: 'versions',
    async run(trial) {
      await trial.set('key', 'first', trial.time.long);
      const { text, version } = await read(trial);
      assert.equal(text, 'first');
      const second = await replace(trial, version, 'second', trial.time.longer);
      assert.ok(second !== undefined, 'nobody was in between');
      assert.equal(await trial.get('key'), 'second');
      trial.time.assertRemaining(await trial.ttl('key'), trial.time.longer);
      assert.ok((await replace(trial, second.version, 'third')) !== undefined, 'a second one builds on the first');
      assert.equal(await trial.get('key'), 'third');
      assert.equal(await trial.ttl('key'), null);
    },
  },
  {
    name: 'compare-and-set creates what was not there, if it still is not',
    facet: 'versions',
    async run(trial) {
      const { text, version } = await read(trial);
      assert.equal(text, undefined);
      assert.ok((await replace(trial, version, 'mine')) !== undefined, 'nobody was in between');
      assert.equal(await trial.get('key'), 'mine');
      assert.equal(await replace(trial, version, 'again'), undefined);
      assert.equal(await trial.get('key'), 'mine');
    },
  },
  {
    name: 'compare-and-set sees through expired entries',
    facet: 'versions',
    async run(trial) {
      await trial.expired('key');
      const { text, version } = await read(trial);
      assert.equal(text, undefined);
      assert.ok((await replace(trial, version, 'mine')) !== undefined, 'nobody was in between');
      assert.equal(await trial.get('key'), 'mine');
    },
  },
  ...Object.entries(CHANGES).map(([change, carryOut]): BackendCase => ({
    name: `compare-and-set refuses after ${change}`,
    facet: 'versions',
    async run(trial) {
      const name = change === 'a clear' ? 'in:key' : 'key';
      await trial.set(name, 'first');
      const { version } = await read(trial, name);
      await carryOut(trial);
      const before = await trial.get(name);
      assert.equal(await replace(trial, version, 'mine', undefined, name), undefined);
      assert.equal(await trial.get(name), before);
    },
  })),
  {
    name: 'of many who compare and set at once, one succeeds',
    facet: 'versions',
    async run(trial) {
      await trial.set('key', 'first');
      const { version } = await read(trial);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => replace(trial, version, `value ${index}`)),
      );
      assert.equal(answers.filter((answer) => answer !== undefined).length, 1);
      assert.equal(await trial.get('key'), `value ${answers.findIndex((answer) => answer !== undefined)}`);
    },
  },
];
