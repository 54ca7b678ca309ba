import { expect } from 'chai';
import { Changes } from '#lib/bus/changes.js';
import { pack, unpack } from '#lib/bus/parcel.js';
import type { BusMessage } from '#lib/contracts/bus.js';
import { keys } from './recorder.js';

const EVERYTHING: BusMessage = { kind: 'prefix', prefix: '' };

function changes(...messages: BusMessage[]): Changes {
  const all = new Changes();
  for (const message of messages) all.add(message);
  return all;
}

describe('changes of a bus', () => {
  it('are told newest first, each once, in few messages', () => {
    const all = changes(
      keys('a', 'b'),
      { kind: 'tags', prefix: 'p', tags: ['t'] },
      keys('c', 'a'),
      { kind: 'prefix', prefix: 'q' },
      { kind: 'tags', prefix: 'p', tags: ['u'] },
    );
    expect(all.size).to.equal(6);
    expect(all.messages()).to.deep.equal([
      { kind: 'tags', prefix: 'p', tags: ['u', 't'] },
      { kind: 'prefix', prefix: 'q' },
      keys('a', 'c', 'b'),
    ]);
  });

  it('keep apart what only looks alike', () => {
    const all = changes(
      { kind: 'tags', prefix: 'p', tags: ['qr'] },
      { kind: 'tags', prefix: 'pq', tags: ['r'] },
      { kind: 'prefix', prefix: 'pqr' },
      keys('pqr', ''),
    );
    expect(all.size).to.equal(5);
  });

  it('are one when everything changed', () => {
    expect(changes(keys('a'), EVERYTHING, keys('b')).messages()).to.deep.equal([EVERYTHING]);
  });

  it('are merged in any order', () => {
    const older = changes(keys('old', 'both'));
    const newer = changes(keys('new', 'both', 'newest'));
    for (const [first, second] of [
      [older, newer],
      [newer, older],
    ] as const) {
      const all = new Changes();
      all.merge(first);
      all.merge(second);
      expect(all.messages()).to.deep.equal([keys('newest', 'both', 'new', 'old')]);
    }
  });

  it('become "everything" beyond a bound', () => {
    const all = changes(keys('a', 'b', 'c'));
    all.bound(3);
    expect(all.size).to.equal(3);
    all.bound(2);
    expect(all.messages()).to.deep.equal([EVERYTHING]);
  });
});

describe('parcels of a bus', () => {
  const open = (text: string): unknown => unpack(Buffer.from(text));

  it('hold what was packed', () => {
    const messages = [keys('a', 'ü"\ud800'), EVERYTHING, { kind: 'tags', prefix: 'p', tags: ['t'] } as const];
    const [parcel, ...more] = pack('me', messages);
    expect(more).to.deep.equal([]);
    expect(open(parcel!)).to.deep.equal({ sender: 'me', messages });
    expect(parcel).to.equal('[1,"me",["k","a","ü\\"\\ud800"],["p",""],["t","p","t"]]');
  });

  it('are as many as it takes to keep each small', () => {
    const list = Array.from({ length: 10_000 }, (_, index) => `${index}:${'ü'.repeat(50)}`);
    const parcels = pack('me', [keys(...list), { kind: 'tags', prefix: 'p', tags: list }]);
    expect(parcels.length).to.be.within(8, 20);
    for (const parcel of parcels) expect(Buffer.byteLength(parcel)).to.be.below(257 * 1024);
    const messages = parcels.flatMap((parcel) => (open(parcel) as { messages: BusMessage[] }).messages);
    expect(messages.flatMap((message) => (message.kind === 'keys' ? message.keys : []))).to.deep.equal(list);
    expect(messages.flatMap((message) => (message.kind === 'tags' ? message.tags : []))).to.deep.equal(list);
  });

  it('say "everything" where one text is too long', () => {
    const long = 'x'.repeat(300 * 1024);
    for (const message of [keys(long), { kind: 'prefix', prefix: long }, { kind: 'tags', prefix: long, tags: ['t'] }]) {
      expect(pack('me', [message as BusMessage]).map(open)).to.deep.equal([{ sender: 'me', messages: [EVERYTHING] }]);
    }
  });

  for (const [what, text] of [
    ['no JSON', 'garbage'],
    ['bytes', '\ufffd\u0000'],
    ['nothing', ''],
    ['no list', '{"0":1}'],
    ['another version', '[2,"me",["p",""]]'],
    ['no sender', '[1]'],
    ['a sender that is no text', '[1,{},["p",""]]'],
    ['an unknown kind', '[1,"me",["x","y"]]'],
    ['a kind like a part of every object', '[1,"me",["__proto__","y"]]'],
    ['an item that is no list', '[1,"me","p"]'],
    ['an empty item', '[1,"me",[]]'],
    ['a key that is no text', '[1,"me",["k",5]]'],
    ['a prefix too many', '[1,"me",["p","a","b"]]'],
    ['tags without a prefix', '[1,"me",["t"]]'],
    ['one bad item among good ones', '[1,"me",["p","a"],["p"]]'],
    ['deep nesting', '['.repeat(200_000)],
    ['too much', JSON.stringify([1, 'me', ['k', 'x'.repeat(1024 * 1024)]])],
  ] as const) {
    it(`are not opened when they hold ${what}`, () => {
      expect(open(text)).to.equal(undefined);
    });
  }
});
