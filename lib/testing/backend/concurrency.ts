import assert from 'node:assert/strict';
import type { BackendCase } from './case.js';

const CALLERS = Array.from({ length: 100 }, (_, index) => index);

/** What has to be atomic is. */
export const concurrencyCases: readonly BackendCase[] = [
  {
    name: 'of many who add one key at once, one succeeds',
    async run(trial) {
      const added = await Promise.all(CALLERS.map((caller) => trial.add('key', `caller ${caller}`)));
      assert.equal(added.filter((won) => won).length, 1);
      assert.equal(await trial.get('key'), `caller ${added.indexOf(true)}`);
    },
  },
  {
    name: 'no increment of many at once is lost',
    async run(trial) {
      const counts = await Promise.all(CALLERS.map(() => trial.increment('key', 3)));
      assert.deepEqual(
        counts.sort((a, b) => a - b),
        CALLERS.map((caller) => 3 * (caller + 1)),
      );
    },
  },
];
