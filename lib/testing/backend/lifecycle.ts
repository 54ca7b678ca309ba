import assert from 'node:assert/strict';
import type { BackendCase } from './case.js';

/** What a backend is, apart from its commands. */
export const lifecycleCases: readonly BackendCase[] = [
  {
    name: 'it has a name and says what it can do',
    async run({ backend }) {
      const { wire, ttlResolutionMs, shared, maxKeyBytes = 1, maxValueBytes = 1 } = backend.capabilities;
      assert.ok(typeof backend.name === 'string' && backend.name !== '', 'it has no name');
      assert.ok(['text', 'bytes', 'reference'].includes(wire), 'capabilities.wire is none of the three kinds');
      assert.equal(typeof shared, 'boolean', 'capabilities.shared is no boolean');
      for (const limit of [ttlResolutionMs, maxKeyBytes, maxValueBytes]) {
        assert.ok(limit > 0 && limit < Infinity, 'a limit among its capabilities is no number above 0');
      }
    },
  },
  {
    name: 'connecting, if it can, works and can be repeated',
    async run(trial) {
      await trial.backend.connect?.();
      await trial.backend.connect?.();
      await trial.set('key', 'value');
      assert.equal(await trial.get('key'), 'value');
    },
  },
  {
    name: 'it can be closed more than once, used or not',
    async run({ backend }) {
      await Promise.all([backend.close(), backend.close()]);
      await backend.close();
    },
  },
];
