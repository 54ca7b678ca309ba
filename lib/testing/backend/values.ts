import assert from 'node:assert/strict';
import type { BackendCase } from './case.js';
import { callFor } from './trial.js';

const TEXTS = [
  'plain',
  'grüße, 世界 👩‍👩‍👧 e\u0301',
  'a\u0000b\r\nc\t"\\',
  '\u2028\u2029\ufeff',
  ' padded ',
  '0',
  'null',
  'x'.repeat(100_000),
];

const KEYS = [
  'a b',
  'a\nb',
  'grüße 世界 👩‍👩‍👧',
  'e\u0301',
  '\u00e9',
  'A',
  'a',
  '*',
  '?',
  '[a]',
  '\\',
  '%',
  'a:b',
  ']',
  '\u015d',
  '0',
];

/** What is stored comes back, whatever it is and whatever its key. */
export const valueCases: readonly BackendCase[] = [
  {
    name: 'get answers undefined for a key that is not there',
    async run(trial) {
      assert.equal(await trial.get('missing'), undefined);
    },
  },
  {
    name: 'get answers what set stored, in the kind that was asked for',
    async run(trial) {
      await trial.set('key', 'value');
      await trial.set('other', 'other value');
      assert.equal(await trial.get('key'), 'value');
    },
  },
  {
    name: 'set replaces the value',
    async run(trial) {
      await trial.set('key', 'first');
      await trial.set('key', 'second');
      assert.equal(await trial.get('key'), 'second');
    },
  },
  {
    name: 'an empty value is a value',
    wires: ['text', 'bytes'],
    async run(trial) {
      await trial.set('key', '');
      assert.equal(await trial.get('key'), '');
      assert.deepEqual(await trial.multiGet(['key']), ['']);
      assert.equal(await trial.exists('key'), true);
      assert.equal(await trial.add('key', 'other'), false);
      assert.equal(await trial.delete('key'), 1);
    },
  },
  {
    name: 'text comes back as it was, character for character',
    wires: ['text'],
    async run(trial) {
      for (const text of TEXTS) {
        await trial.set('key', text);
        assert.equal(await trial.get('key'), text);
      }
    },
  },
  {
    name: 'bytes come back as they were, wherever they lay',
    wires: ['bytes'],
    async run({ backend, prefix, wire, key }) {
      const call = callFor(wire, prefix);
      const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      for (const bytes of [all, all.subarray(100, 200), Buffer.from(all).subarray(128), Buffer.alloc(300_000, 0xff)]) {
        const expected = Buffer.from(bytes).toString('hex');
        await backend.set(key('key'), bytes, undefined, call);
        const found = await backend.get(key('key'), call);
        assert.ok(found instanceof Uint8Array, 'a read for bytes answered something else');
        assert.equal(Buffer.from(found).toString('hex'), expected);
      }
    },
  },
  {
    name: 'references are kept, and nothing but undefined is a miss',
    wires: ['reference'],
    async run({ backend, prefix, wire, key }) {
      const call = callFor(wire, prefix);
      for (const value of [{}, [], null, 0, '', false, Number.NaN, () => undefined]) {
        await backend.set(key('key'), value, undefined, call);
        assert.ok(Object.is(await backend.get(key('key'), call), value), 'it answered another value');
        assert.ok(Object.is((await backend.multiGet([key('key')], call))[0], value), 'it answered another value');
        assert.equal(await backend.exists(key('key'), call), true);
        assert.equal(await backend.add(key('key'), 'other', undefined, call), false);
        assert.equal(await backend.delete([key('key')], call), 1);
      }
    },
  },
  {
    name: 'text can be read as bytes, and bytes as text',
    wires: ['bytes'],
    async run({ backend, prefix, key }) {
      const [text, bytes] = [callFor('text', prefix), callFor('bytes', prefix)];
      await backend.set(key('text'), 'grüße', undefined, text);
      await backend.set(key('bytes'), Buffer.from('世界'), undefined, bytes);
      const found = await backend.get(key('text'), bytes);
      assert.ok(found instanceof Uint8Array, 'a read for bytes answered something else');
      assert.equal(Buffer.from(found).toString(), 'grüße');
      assert.deepEqual(await backend.multiGet([key('bytes')], text), ['世界']);
    },
  },
  {
    name: 'keys are taken as they are: no two of them are one',
    async run(trial) {
      for (const key of KEYS) await trial.set(key, `under ${key}`);
      for (const key of KEYS) assert.equal(await trial.get(key), `under ${key}`);
    },
  },
  {
    name: 'exists answers true or false',
    async run(trial) {
      await trial.set('key', 'value');
      assert.equal(await trial.exists('key'), true);
      assert.equal(await trial.exists('missing'), false);
    },
  },
];
