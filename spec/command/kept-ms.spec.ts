import { expect } from 'chai';
import { keptMs } from '#lib/command/writing.js';
import type { Stack } from '#lib/command/stack.js';

describe('how long an entry with facts is kept', () => {
  const seconds = { ttlMs: (ms: number) => Math.ceil(ms / 1_000) * 1_000 } as unknown as Stack;

  it('is not a unit longer because moments since 1970 are rounded', () => {
    const kept = new Set<number | undefined>();
    for (let index = 0; index < 1_000; index += 1) {
      const createdAt = 1_795_848_687_974 + index * 0.000_731;
      kept.add(keptMs(seconds, undefined, { createdAt, keptUntil: createdAt + 1_000.000_25 } as never));
    }
    expect([...kept]).to.deep.equal([1_000]);
  });

  it('is rounded up where the lifetime itself is no whole number of units', () => {
    const createdAt = 1_795_848_687_974.123;
    expect(keptMs(seconds, undefined, { createdAt, keptUntil: createdAt + 1_000.25 } as never)).to.equal(2_000);
  });
});
