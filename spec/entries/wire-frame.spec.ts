import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import { looksFramed, readFrame, writeFrame } from '#lib/entries/wire-frame.js';
import type { EntryFacts } from '#lib/entries/framed.js';

const facts: EntryFacts = {
  createdAt: 1_700_000_000_000,
  freshUntil: 1_700_000_060_000,
  keptUntil: Infinity,
  costMs: 12.5,
  tags: [['user:1', 'm1']],
};

/** Written by version 1 of the format. Never to be changed: what is stored out there looks like this. */
const GOLDEN = '\u0001cw1602ea044["json",1700000000000,1700000060000,null,12.5,[["user:1","m1"]]]\n{"id":1}';

describe('a frame', () => {
  it('looks as it always did', () => {
    expect(writeFrame('users:1', '{"id":1}', 'json', facts)).to.equal(GOLDEN);
    const bytes = writeFrame('users:1', Buffer.from('{"id":1}'), 'json', facts);
    expect(Buffer.from(bytes).toString()).to.equal(GOLDEN);
    expect(readFrame('users:1', GOLDEN, 'json')).to.deep.equal({ payload: '{"id":1}', facts });
  });

  it('is read back, text and bytes, with what never ends', () => {
    const payloads = ['', 'grüße 😀\n\u0001cw1', Buffer.alloc(0), Buffer.from([0, 255, 10, 13, 10])];
    const never: EntryFacts = { createdAt: 0.25, freshUntil: Infinity, keptUntil: Infinity, costMs: 0, tags: [] };
    for (const payload of payloads) {
      for (const known of [facts, never]) {
        const wire = writeFrame('k\nü', payload, 'any', known);
        expect(looksFramed(wire)).to.equal(true);
        expect(readFrame('k\nü', wire, 'any')).to.deep.equal({ payload, facts: known });
      }
    }
  });

  it('is not taken for one under another key, by another serializer, of a newer version, or cut off', () => {
    expect(readFrame('users:2', GOLDEN, 'json')).to.equal('damaged');
    expect(readFrame('users:1', GOLDEN, 'msgpack')).to.equal('foreign');
    expect(readFrame('users:1', GOLDEN.replace('cw1', 'cw2'), 'json')).to.equal('future');
    for (let length = 14; length < GOLDEN.length; length++) {
      expect(readFrame('users:1', GOLDEN.slice(0, length), 'json')).to.equal('damaged');
    }
  });

  it('is not seen in plain values', () => {
    const plain = ['', '1', '"text"', '{"a":[1]}', '[["a"]]', 'deadbeefdeadbeefdead', 'acwx0123456789abcdef', '\u0001'];
    for (const value of plain) {
      expect(looksFramed(value), value).to.equal(false);
      expect(looksFramed(Buffer.from(value)), value).to.equal(false);
    }
    for (const value of [undefined, null, 1, {}, ['\u0001cw1']]) expect(looksFramed(value)).to.equal(false);
  });

  it('keeps its damage visible, wherever it is, for serializers that take anything', () => {
    const whole = Buffer.from(writeFrame('users:1', Buffer.from('a text like any other'), 'string', facts));
    for (let at = 0; at < whole.length; at++) {
      for (const change of [1, 0x20, 0x80, 0xff]) {
        const damaged = Buffer.from(whole);
        damaged[at]! ^= change;
        expect(looksFramed(damaged), `byte ${at}`).to.equal(true);
        expect(readFrame('users:1', damaged, 'string'), `byte ${at}`).to.be.oneOf(['damaged', 'future']);
      }
    }
  });

  it('is damaged when its header is none, though the checksum is right', () => {
    const headers = [
      'no JSON',
      'null',
      '{}',
      '["json"]',
      '["json",1,2,3,4]',
      '["json",1,2,3,4,null]',
      '["json",1,2,3,4,[null]]',
      '["json","1",2,3,4,[]]',
      '["json",1,"2",3,4,[]]',
      '["json",null,2,3,4,[]]',
      '[5,1,2,3,4,[]]',
    ];
    for (const header of headers) {
      const sum = crc32('"v"', crc32(`k\n${header}\n`))
        .toString(16)
        .padStart(8, '0');
      const wire = `\u0001cw1${sum}${header}\n"v"`;
      expect(readFrame('k', wire, 'json'), header).to.equal('damaged');
      expect(readFrame('k', Buffer.from(wire), 'json'), header).to.equal('damaged');
    }
  });
});
