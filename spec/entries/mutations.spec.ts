import { expect } from 'chai';
import { looksFramed, readFrame, writeFrame } from '#lib/entries/wire-frame.js';

/** More for a long run: `CACHEWRIGHT_MUTATIONS=10000000`. */
const MUTATIONS = Number(process.env['CACHEWRIGHT_MUTATIONS'] ?? 50_000);

/** Marsaglia's xorshift: the same sequence every time. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** One to four changes: bytes replaced, removed, doubled, a piece moved, the end cut off. */
function mutated(original: Buffer, random: (below: number) => number): Buffer {
  let bytes = Buffer.from(original);
  for (let change = random(4); change >= 0; change--) {
    const at = random(bytes.length);
    switch (random(5)) {
      case 0:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + 3), bytes.subarray(at)]);
        break;
      case 2:
        bytes = bytes.subarray(0, Math.max(at, 14));
        break;
      case 3:
        bytes.writeUInt8(random(256), at);
        break;
      default:
        bytes.fill(random(256), at, Math.min(at + 4, bytes.length));
    }
    if (bytes.length < 14) bytes = Buffer.concat([bytes, Buffer.alloc(14)]);
  }
  return bytes;
}

describe('damaged frames', () => {
  it(`of ${MUTATIONS} not one is read as a value`, function () {
    this.timeout(0);
    const random = randomNumbers(20_261_127);
    const facts = { createdAt: 1, freshUntil: 2, keptUntil: 3, costMs: 4, tags: [['t', 'm'] as const] };
    let accepted = 0;
    let intact = 0;
    for (let round = 0; round < MUTATIONS; round++) {
      const key = `users:${round % 97}`;
      const payload = Buffer.from(JSON.stringify({ id: round, name: 'x'.repeat(round % 40), ok: round % 2 === 0 }));
      const frame = writeFrame(key, payload, 'json', facts) as Buffer;
      const damaged = mutated(frame, random);
      if (damaged.equals(frame)) intact++;
      else if (looksFramed(damaged) && typeof readFrame(key, damaged, 'json') !== 'string') accepted++;
    }
    expect(accepted).to.equal(0);
    expect(intact).to.be.below(MUTATIONS / 50);
  });
});
