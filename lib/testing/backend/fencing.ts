import assert from 'node:assert/strict';
import type { LoadToken } from '../../contracts/load-fences.js';
import type { BackendCase } from './case.js';
import type { BackendTrial } from './trial.js';

async function take(trial: BackendTrial, name = 'key'): Promise<LoadToken> {
  const [token] = await trial.backend.fences!.take([trial.key(name)], trial.callOn(name));
  assert.ok(token !== undefined, 'every key of the suite can be watched');
  return token;
}

interface Loaded {
  readonly ttlMs?: number;
  readonly withinMs?: number;
  readonly name?: string;
}

async function store(trial: BackendTrial, token: LoadToken, text: string, how: Loaded = {}): Promise<boolean> {
  const { ttlMs, withinMs, name = 'key' } = how;
  const entry = { key: trial.key(name), wire: trial.encode(text), token };
  const answers = await trial.backend.fences!.store([entry], ttlMs, withinMs, trial.callOn(name));
  assert.equal(answers.length, 1, 'store answers by position');
  return answers[0]!;
}

/** What may happen during a load. */
const CHANGES: Readonly<Record<string, (trial: BackendTrial, name: string) => Promise<unknown>>> = {
  'a set': (trial, name) => trial.set(name, 'other'),
  'a multiSet': (trial, name) => trial.multiSet([[name, 'other']]),
  'an add': (trial, name) => trial.add(name, 'other'),
  'a deletion': (trial, name) => trial.delete(name),
  'a deletion of several': (trial, name) => trial.delete('x', name, 'y'),
  'a creation and a deletion': async (trial, name) => {
    await trial.set(name, 'other');
    await trial.delete(name);
  },
  'a clear': (trial) => trial.clear('in:'),
};

/** Loads that must not be stored after an invalidation, where a backend can see to it. */
export const fencingCases: readonly BackendCase[] = [
  {
    name: 'what was loaded is stored, with its lifetime, if nothing happened meanwhile',
    facet: 'fences',
    async run(trial) {
      assert.equal(await store(trial, await take(trial), 'first', { ttlMs: trial.time.long }), true);
      assert.equal(await trial.get('key'), 'first');
      trial.time.assertRemaining(await trial.ttl('key'), trial.time.long);
      assert.equal(await store(trial, await take(trial), 'second', { withinMs: 60_000 }), true);
      assert.equal(await trial.get('key'), 'second');
      assert.equal(await trial.ttl('key'), null);
    },
  },
  ...Object.entries(CHANGES).map(([change, carryOut]): BackendCase => ({
    name: `what was loaded is not stored after ${change}`,
    facet: 'fences',
    async run(trial) {
      const token = await take(trial, 'in:key');
      await carryOut(trial, 'in:key');
      const before = await trial.get('in:key');
      assert.equal(await store(trial, token, 'loaded', { name: 'in:key' }), false);
      assert.equal(await trial.get('in:key'), before);
      const later = await take(trial, 'in:key');
      assert.equal(await store(trial, later, 'loaded later', { name: 'in:key' }), true);
    },
  })),
  {
    name: 'what was loaded in place of an entry is not stored after a deletion of that',
    facet: 'fences',
    async run(trial) {
      await trial.set('key', 'stale');
      const token = await take(trial);
      await trial.delete('key');
      assert.equal(await store(trial, token, 'loaded'), false);
      assert.equal(await trial.exists('key'), false);
    },
  },
  {
    name: 'a load that began after an invalidation does not let one from before through',
    facet: 'fences',
    async run(trial) {
      const before = await take(trial);
      await trial.delete('key');
      const after = await take(trial);
      assert.equal(await store(trial, before, 'from before'), false);
      assert.equal(await store(trial, after, 'from after'), true);
      assert.equal(await trial.get('key'), 'from after');
    },
  },
  {
    name: 'of a batch, what was invalidated is not stored, and the rest is',
    facet: 'fences',
    async run(trial) {
      const names = ['a', 'b', 'c'];
      const keys = names.map(trial.key);
      const tokens = await trial.backend.fences!.take(keys, trial.callOn('a'));
      assert.equal(tokens.length, 3, 'take answers by position');
      await trial.delete('b');
      const entries = keys.map((key, index) => ({ key, wire: trial.encode(names[index]!), token: tokens[index] }));
      const stored = await trial.backend.fences!.store(entries, undefined, undefined, trial.callOn('a'));
      assert.deepEqual(stored, [true, false, true]);
      assert.deepEqual(await trial.multiGet(names), ['a', undefined, 'c']);
    },
  },
  {
    name: 'what was loaded is not stored once its time is over',
    facet: 'fences',
    async run(trial) {
      assert.equal(await store(trial, await take(trial), 'late', { withinMs: -10_000 }), false);
      assert.equal(await trial.exists('key'), false);
    },
  },
  {
    name: 'taking a token changes nothing that can be read',
    facet: 'fences',
    async run(trial) {
      await take(trial);
      assert.equal(await trial.exists('key'), false);
      assert.equal(await trial.get('key'), undefined);
      assert.equal(await trial.delete('key'), 0);
      assert.equal(await trial.add('key', 'mine'), true);
      await take(trial);
      assert.equal(await trial.get('key'), 'mine');
      assert.equal(await trial.delete('key'), 1);
    },
  },
];
