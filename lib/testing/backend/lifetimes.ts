import assert from 'node:assert/strict';
import type { BackendCase } from './case.js';

/** When entries end. */
export const lifetimeCases: readonly BackendCase[] = [
  {
    name: 'ttl answers what remains, null for ever, and undefined for a key that is not there',
    async run(trial) {
      await trial.set('key', 'value', trial.time.long);
      await trial.set('forever', 'value');
      trial.time.assertRemaining(await trial.ttl('key'), trial.time.long);
      assert.equal(await trial.ttl('forever'), null);
      assert.equal(await trial.ttl('missing'), undefined);
    },
  },
  {
    name: 'expired entries are absent for every method',
    async run(trial) {
      await trial.expired('a', 'b', 'c');
      assert.equal(await trial.get('a'), undefined);
      assert.deepEqual(await trial.multiGet(['a', 'b']), [undefined, undefined]);
      assert.equal(await trial.exists('a'), false);
      assert.equal(await trial.ttl('a'), undefined);
      assert.equal(await trial.expire('b', trial.time.long), false);
      assert.equal(await trial.expire('b'), false);
      assert.equal(await trial.get('b'), undefined);
      assert.equal(await trial.delete('a', 'b', 'c'), 0);
    },
  },
  {
    name: 'set replaces the lifetime',
    async run(trial) {
      const { time } = trial;
      await trial.set('key', 'value', time.long);
      await trial.set('key', 'value', time.longer);
      time.assertRemaining(await trial.ttl('key'), time.longer);
      await trial.set('key', 'value');
      assert.equal(await trial.ttl('key'), null);
      await trial.set('key', 'value', time.long);
      time.assertRemaining(await trial.ttl('key'), time.long);
    },
  },
  {
    name: 'an earlier lifetime does not end what was written since',
    async run(trial) {
      const { time } = trial;
      const names = ['set', 'multiSet', 'deleted', 'cleared:key', 'witness'];
      const start = async (): Promise<void> => {
        await time.before(async (ttlMs) => {
          await trial.set('lifted', 'old', ttlMs);
          return trial.expire('lifted');
        });
        await trial.multiSet(
          names.map((name) => [name, 'old'] as const),
          time.short,
        );
        await trial.delete('deleted');
        await trial.clear('cleared:');
        await trial.set('set', 'new');
        await trial.multiSet([['multiSet', 'new']]);
        await trial.add('deleted', 'new');
        await trial.add('cleared:key', 'new');
      };
      await time.outlive(time.short, start, () => trial.exists('witness'));
      assert.deepEqual(await trial.multiGet(names), ['new', 'new', 'new', 'new', undefined]);
      assert.equal(await trial.get('lifted'), 'old');
    },
  },
  {
    name: 'expire sets and changes the lifetime, and answers whether the key was there',
    async run(trial) {
      const { time } = trial;
      await trial.set('key', 'value');
      assert.equal(await trial.expire('key', time.long), true);
      time.assertRemaining(await trial.ttl('key'), time.long);
      assert.equal(await trial.expire('key', time.longer), true);
      time.assertRemaining(await trial.ttl('key'), time.longer);
      assert.equal(await trial.get('key'), 'value');
      assert.equal(await trial.expire('missing', time.long), false);
      assert.equal(await trial.exists('missing'), false);
    },
  },
  {
    name: 'expire without a lifetime lifts it, and answers whether the key was there',
    async run(trial) {
      await trial.set('key', 'value', trial.time.long);
      assert.equal(await trial.expire('key'), true);
      assert.equal(await trial.ttl('key'), null);
      assert.equal(await trial.expire('key'), true);
      assert.equal(await trial.get('key'), 'value');
      assert.equal(await trial.expire('missing'), false);
    },
  },
  {
    name: 'expire ends an entry when it says so',
    async run(trial) {
      const { time } = trial;
      await trial.set('key', 'value');
      await time.outlive(
        time.short,
        () => trial.expire('key', time.short),
        () => trial.exists('key'),
      );
      assert.equal(await trial.get('key'), undefined);
    },
  },
  {
    name: 'expireUnless is expire, but leaves alone what begins so',
    facet: 'expireUnless',
    wires: ['text', 'bytes'],
    async run(trial) {
      const { time } = trial;
      const beginning = '\u0001cw';
      for (const text of [beginning, `${beginning}1 and more`]) {
        await trial.set('key', text, time.long);
        assert.equal(await trial.expireUnless('key', beginning, time.longer), undefined);
        assert.equal(await trial.expireUnless('key', beginning), undefined);
        time.assertRemaining(await trial.ttl('key'), time.long);
        assert.equal(await trial.get('key'), text);
      }
      for (const text of ['', '7', 'cw', ` ${beginning}`, beginning.slice(0, 2), 'another value']) {
        await trial.set('key', text, time.long);
        const done = await trial.expireUnless('key', beginning, time.longer);
        assert.notEqual(done, false, 'the key was there');
        time.assertRemaining(await trial.ttl('key'), done === true ? time.longer : time.long);
        if ((await trial.expireUnless('key', beginning)) === true) assert.equal(await trial.ttl('key'), null);
        assert.equal(await trial.get('key'), text);
      }
      for (const ttlMs of [time.long, undefined]) {
        assert.notEqual(await trial.expireUnless('missing', beginning, ttlMs), true);
        assert.equal(await trial.exists('missing'), false);
      }
    },
  },
];
