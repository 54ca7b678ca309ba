import assert from 'node:assert/strict';
import { assertRejects } from '../assertions.js';
import type { BackendCase } from './case.js';
import type { BackendTrial } from './trial.js';

const MAX = Number.MAX_SAFE_INTEGER;
const NO_COUNTERS = [
  'text',
  '',
  ' 1',
  '1 ',
  '+1',
  '007',
  '-0',
  '1.5',
  '1e3',
  '0x10',
  'NaN',
  '9007199254740992',
  '-9007199254740992',
];

/** What `set` would have stored for a number. */
async function setCounter(trial: BackendTrial, name: string, count: number, ttlMs?: number): Promise<void> {
  const wire = trial.wire === 'reference' ? count : trial.encode(String(count));
  await trial.backend.set(trial.key(name), wire, ttlMs, trial.callOn(name));
}

async function getCounter(trial: BackendTrial, name: string): Promise<unknown> {
  const wire = await trial.backend.get(trial.key(name), trial.callOn(name));
  return trial.wire === 'reference' ? wire : trial.decode(wire);
}

/** A counter as reads of this kind see it. */
function shown(trial: BackendTrial, count: number): unknown {
  return trial.wire === 'reference' ? count : String(count);
}

/** Counters: decimal text, or numbers where references are held. */
export const countingCases: readonly BackendCase[] = [
  {
    name: 'increment starts a missing key at delta, with its lifetime',
    async run(trial) {
      assert.equal(await trial.increment('key', 5, trial.time.long), 5);
      assert.equal(await getCounter(trial, 'key'), shown(trial, 5));
      trial.time.assertRemaining(await trial.ttl('key'), trial.time.long);
      assert.equal(await trial.increment('forever', -2), -2);
      assert.equal(await trial.ttl('forever'), null);
    },
  },
  {
    name: 'increment adds to what is stored, in either direction and through zero',
    async run(trial) {
      await setCounter(trial, 'key', 3);
      assert.equal(await trial.increment('key', 4), 7);
      assert.equal(await trial.increment('key', -7), 0);
      assert.equal(await trial.increment('key', 0), 0);
      assert.equal(await trial.increment('key', -10), -10);
      assert.equal(await trial.increment('key', 11), 1);
      assert.equal(await getCounter(trial, 'key'), shown(trial, 1));
    },
  },
  {
    name: 'increment keeps the lifetime of an existing key',
    async run(trial) {
      await setCounter(trial, 'key', 1, trial.time.long);
      await trial.increment('key', 1, trial.time.longer);
      trial.time.assertRemaining(await trial.ttl('key'), trial.time.long);
      await setCounter(trial, 'forever', 1);
      await trial.increment('forever', 1, trial.time.long);
      assert.equal(await trial.ttl('forever'), null);
    },
  },
  {
    name: 'increment starts anew where an entry has expired',
    async run(trial) {
      await trial.expired('key');
      assert.equal(await trial.increment('key', 2), 2);
      assert.equal(await trial.ttl('key'), null);
    },
  },
  {
    name: 'increment counts up to the last safe integers',
    async run(trial) {
      await setCounter(trial, 'key', MAX - 1);
      assert.equal(await trial.increment('key', 1), MAX);
      await setCounter(trial, 'key', 1 - MAX);
      assert.equal(await trial.increment('key', -1), -MAX);
      assert.equal(await trial.increment('key', MAX), 0);
      assert.equal(await trial.increment('missing', MAX), MAX);
    },
  },
  {
    name: 'increment refuses a sum that is no safe integer, and changes nothing',
    async run(trial) {
      for (const [count, delta] of [
        [MAX, 1],
        [-MAX, -1],
        [MAX, MAX],
      ] as const) {
        await setCounter(trial, 'key', count, trial.time.long);
        await assertRejects('increment', 'ERR_CACHE_NOT_A_NUMBER', () => trial.increment('key', delta));
        assert.equal(await getCounter(trial, 'key'), shown(trial, count));
        trial.time.assertRemaining(await trial.ttl('key'), trial.time.long);
      }
    },
  },
  {
    name: 'increment refuses what is no counter, and changes nothing',
    async run(trial) {
      for (const text of NO_COUNTERS) {
        await trial.set('key', text, trial.time.long);
        await assertRejects('increment', 'ERR_CACHE_NOT_A_NUMBER', () => trial.increment('key', 1));
        assert.equal(await trial.get('key'), text);
        trial.time.assertRemaining(await trial.ttl('key'), trial.time.long);
      }
    },
  },
];
