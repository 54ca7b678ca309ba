import { expect } from 'chai';
import sinon from 'sinon';
import { type Reply, ReplyStream } from '#lib/backends/memcached/packet.js';

const HEADER = 24;

function reply(value: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header[0] = 0x81;
  header.writeUInt32BE(value.length, 8);
  return Buffer.concat([header, value]);
}

describe('a memcached reply that comes in many pieces', () => {
  it('is put together once, however many there are', () => {
    const value = Buffer.alloc(500_000, 'large value ');
    const bytes = Buffer.concat([reply(value), reply(Buffer.from('next')), reply(value)]);
    const concat = sinon.spy(Buffer, 'concat');
    try {
      const stream = new ReplyStream();
      const values: Buffer[] = [];
      const take = (taken: Reply): unknown => values.push(taken.bytes);
      for (let at = 0; at < bytes.length; at += 1_000) stream.read(bytes.subarray(at, at + 1_000), take);
      expect(values.map(({ length }) => length)).to.deep.equal([500_000, 4, 500_000]);
      expect(values[0]!.equals(value) && values[2]!.equals(value)).to.equal(true);
      // Once for its header and once for the rest of it, at most.
      expect(concat.callCount).to.be.at.most(4);
    } finally {
      concat.restore();
    }
  });
});
