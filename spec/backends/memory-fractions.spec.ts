import { expect } from 'chai';
import * as fc from 'fast-check';
import { memoryBackend, type MemoryBackend } from '#lib/backends/memory/memory.js';
import type { MemoryPolicy } from '#lib/backends/memory/memory-options.js';

/** Its entries weigh what their values are. */
function build(policy: MemoryPolicy, maxEntries = 10): MemoryBackend {
  const options = { maxEntries, maxBytes: 1, policy, weigh: (_key: string, value: unknown) => value as number };
  return memoryBackend(options, { cache: 'spec', clock: { now: () => 0 } });
}

const weight = fc.constantFrom(0, 1e-17, 0.1, 0.2, 0.3, 1 / 3, 0.7, 1 - 2 ** -53, 1);

for (const policy of ['lru', 'adaptive'] as const) {
  describe(`memory backend, policy ${policy}, with weights that are no whole numbers`, () => {
    it('takes what fits into an empty store, whatever rounding left of those before', () => {
      const backend = build(policy);
      const weights = [0.1, 0.1, 0.1, 0.3];
      weights.forEach((value, index) => backend.set(`k${index}`, value, undefined));
      weights.forEach((_, index) => backend.delete([`k${index}`]));
      for (const key of ['all', 'again']) {
        backend.set(key, 1, undefined);
        expect(backend.raw('keys', [])).to.deep.equal([key]);
        expect(backend.raw('bytes', [])).to.equal(1);
      }
    });

    it('overwrites the only entry there is', () => {
      const backend = build(policy);
      const weights = [0.1, 0.1, 0.1, 0.3];
      weights.forEach((value, index) => backend.set(`k${index}`, value, undefined));
      backend.set('only', 0.1, undefined);
      weights.forEach((_, index) => backend.delete([`k${index}`]));
      for (const value of [1, 0.1, 1]) {
        backend.set('only', value, undefined);
        expect(backend.raw('peek', ['only'])).to.equal(value);
        expect(backend.raw('bytes', [])).to.be.closeTo(value, 1e-9);
      }
    });

    it('counts what it holds, and stays within its bounds', () => {
      const step = fc.tuple(fc.integer({ min: 0, max: 7 }), fc.option(weight));
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 60 }), (maxEntries, steps) => {
          const backend = build(policy, maxEntries);
          for (const [key, value] of steps) {
            if (value === null) backend.delete([`k${key}`]);
            else backend.set(`k${key}`, value, undefined);
            const held = (backend.raw('keys', []) as string[]).map((held) => backend.raw('peek', [held]) as number);
            expect(held.length).to.equal(backend.raw('size', [])).and.to.be.at.most(maxEntries);
            const bytes = held.reduce((sum, weight) => sum + weight, 0);
            expect(bytes)
              .to.be.closeTo(backend.raw('bytes', []) as number, 1e-9)
              .and.to.be.at.most(1 + 1e-9);
          }
        }),
        { numRuns: 500 },
      );
    });
  });
}
