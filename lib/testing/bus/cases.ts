import assert from 'node:assert/strict';
import type { BusMessage } from '../../contracts/bus.js';
import { type BusCase, Heard, joined, keys, until } from './case.js';

const ODD = ['', ' ', 'a,b', 'größe 👩‍👩‍👧', '\u0000\n"\\', '\ud800', '__proto__'];
const MANY = 20_000;

export const BUS_CASES: readonly BusCase[] = [
  {
    name: 'passes on keys, prefixes and tags as they are',
    async run({ one, other }) {
      const [from, heard] = [new Heard(), new Heard()];
      await joined(one, from);
      await joined(other, heard);
      const sent: BusMessage[] = [
        keys(...ODD),
        { kind: 'prefix', prefix: 'shop:' },
        { kind: 'tags', prefix: 'shop:', tags: ODD },
        { kind: 'prefix', prefix: '' },
      ];
      for (const message of sent) await one.publish(message, from);
      await until('hear four messages', () => heard.messages.length >= sent.length);
      assert.deepEqual(heard.messages.map(sorted), sent.map(sorted));
    },
  },
  {
    name: 'tells nobody what they said themselves',
    async run({ one, other }) {
      const [from, heard] = [new Heard(), new Heard()];
      await joined(one, from);
      await joined(other, heard);
      await one.publish(keys('mine'), from);
      await heard.until('mine');
      await other.publish(keys('yours'), heard);
      await from.until('yours');
      assert.deepEqual(from.keys, ['yours']);
      assert.deepEqual(heard.keys, ['mine']);
    },
  },
  {
    name: 'lets all listeners of one object hear one another',
    async run({ one, other }) {
      const [from, beside, far] = [new Heard(), new Heard(), new Heard()];
      for (const listener of [from, beside]) await joined(one, listener);
      await joined(other, far);
      await one.publish(keys('k'), from);
      await Promise.all([beside.until('k'), far.until('k')]);
      assert.deepEqual(from.keys, []);
    },
  },
  {
    name: 'tells nothing to who left',
    async run({ one, other }) {
      const [from, gone, heard] = [new Heard(), new Heard(), new Heard()];
      await joined(one, from);
      const leave = await joined(other, gone);
      await joined(other, heard);
      leave();
      await one.publish(keys('k'), from);
      await heard.until('k');
      assert.deepEqual(gone.messages, []);
    },
  },
  {
    name: 'is not disturbed by a listener that throws',
    async run({ one, other }) {
      const [from, broken, heard] = [new Heard(), new Heard(), new Heard()];
      broken.received = () => {
        throw new Error('a listener of the suite');
      };
      await joined(one, from);
      for (const bus of [one, other]) await joined(bus, broken);
      await joined(other, heard);
      await one.publish(keys('k'), from);
      await heard.until('k');
    },
  },
  {
    name: 'passes on any number of keys of any length',
    async run({ one, other }) {
      const [from, heard] = [new Heard(), new Heard()];
      await joined(one, from);
      await joined(other, heard);
      const many = Array.from({ length: MANY }, (_, index) => `a key of some length, as keys have it, number ${index}`);
      await one.publish(keys(...many), from);
      await heard.until(...many);
      const long = 'x'.repeat(2_000_000);
      await one.publish(keys(long), from);
      await until('hear of the long key', () =>
        heard.messages.some((message) =>
          message.kind === 'keys' ? message.keys.includes(long) : message.kind === 'prefix' && message.prefix === '',
        ),
      );
    },
  },
  {
    name: 'is silent, and never fails, once it is closed',
    async run({ one, other }) {
      const [from, heard] = [new Heard(), new Heard()];
      await joined(one, from);
      await joined(other, heard);
      await Promise.all([other.close(), other.close()]);
      assert.equal(other.listening, false);
      await other.publish(keys('late'), heard);
      await one.publish(keys('k'), from);
      other.join(heard)();
      assert.deepEqual([from.messages, heard.messages], [[], []]);
    },
  },
];

/** The order in one message is free. */
function sorted(message: BusMessage): BusMessage {
  if (message.kind === 'keys') return { ...message, keys: [...message.keys].sort() };
  return message.kind === 'tags' ? { ...message, tags: [...message.tags].sort() } : message;
}
