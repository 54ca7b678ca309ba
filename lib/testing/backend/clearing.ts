import assert from 'node:assert/strict';
import type { BackendCase } from './case.js';
import { callFor } from './trial.js';

/** Characters that mean something in globs, patterns, SQL or escapes somewhere. */
const PREFIXES = [
  'a:',
  'a*:',
  'a?:',
  '[ab]:',
  '[^a]:',
  'a\\:',
  'a%:',
  'a_:',
  'a%3Ab:',
  'a.*:',
  '{a}:',
  'grüße 世界:',
  'a\nb:',
  '$a^:',
  'a\'b":',
];
const NEIGHBOURS = ['a', 'aa:', 'ab:', 'b:', 'A:', 'a-:', 'a\\x:', 'axx:', '^:'];
const MANY = Array.from({ length: 2_500 }, (_, index) => `gone:${index}`);

/** `clear` deletes by prefix, taken literally. */
export const clearingCases: readonly BackendCase[] = [
  {
    name: 'clear deletes the keys that begin with the prefix, and nothing else',
    async run(trial) {
      const groups = [...PREFIXES, ...NEIGHBOURS];
      const keys = groups.map((group) => `${group}key`);
      for (const prefix of PREFIXES) {
        await trial.multiSet(keys.map((key) => [key, key] as const));
        await trial.clear(prefix);
        const left = keys.map((key) => (key.startsWith(prefix) ? undefined : key));
        assert.deepEqual(await trial.multiGet(keys), left, `after clear('${prefix}')`);
      }
    },
  },
  {
    name: 'clear looks at the beginning of keys only',
    async run(trial) {
      await trial.multiSet([
        ['in:1', 'x'],
        ['out:in:1', 'x'],
        ['in:', 'x'],
        ['in', 'x'],
      ]);
      await trial.clear('in:');
      assert.deepEqual(await trial.multiGet(['in:1', 'out:in:1', 'in:', 'in']), [undefined, 'x', undefined, 'x']);
    },
  },
  {
    name: 'clear deletes thousands of keys, and leaves those beside them',
    async run(trial) {
      await trial.multiSet([...MANY.map((key) => [key, 'x'] as const), ['kept:1', 'x']]);
      await trial.clear('gone:');
      assert.deepEqual(new Set(await trial.multiGet(MANY)), new Set([undefined]));
      assert.equal(await trial.exists('kept:1'), true);
    },
  },
  {
    name: 'clear is content with nothing to delete',
    async run(trial) {
      await trial.set('key', 'value');
      await trial.clear('nothing:');
      await trial.clear('nothing:');
      assert.equal(await trial.get('key'), 'value');
    },
  },
  {
    name: "clear('') deletes everything",
    clearsAll: true,
    async run(trial) {
      await trial.multiSet([
        ['a', 'x'],
        ['b', 'x'],
      ]);
      const bare = callFor(trial.wire, '');
      await trial.backend.set('bare', trial.encode('x'), undefined, bare);
      await trial.backend.clear('', bare);
      assert.deepEqual(await trial.multiGet(['a', 'b']), [undefined, undefined]);
      assert.equal(await trial.backend.exists('bare', bare), false);
    },
  },
];
