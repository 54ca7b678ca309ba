import { expect } from 'chai';
import * as fc from 'fast-check';
import { memoryBackend, type MemoryBackend } from '#lib/backends/memory/memory.js';
import { estimateBytes } from '#lib/backends/memory/weight.js';
import type { BackendCall } from '#lib/contracts/backend.js';
import type { NearEntry } from '#lib/contracts/near.js';

const call: BackendCall = { wire: 'reference', namespace: '', signal: undefined };

interface Written {
  readonly value: number | string;
  expiresAt: number;
}

/** Whole numbers from 0 to below `limit`, the same for the same seed (a linear congruential generator). */
function numbers(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** Runs random operations beside a plain `Map` of all that was ever written and not deleted. */
class Run {
  now = 0;
  readonly backend: MemoryBackend;
  readonly written = new Map<string, Written>();
  /** By key: who holds on to an entry sees what the key holds, or a dead one. */
  readonly held = new Map<string, NearEntry>();
  readonly next: (limit: number) => number;

  constructor(
    seed: number,
    readonly maxEntries: number,
    readonly maxBytes: number | undefined,
    readonly policy: 'adaptive' | 'lru',
  ) {
    this.next = numbers(seed);
    this.backend = memoryBackend({ maxEntries, maxBytes, policy }, { cache: 'spec', clock: { now: () => this.now } });
  }

  get alive(): string[] {
    return [...this.written].filter(([, { expiresAt }]) => expiresAt > this.now).map(([key]) => key);
  }

  step(): void {
    const { backend, next, written } = this;
    // A few keys often, many rarely.
    const key = next(2) === 0 ? `often:${next(8)}` : `rare:${next(3 * this.maxEntries)}`;
    switch (next(12)) {
      case 0:
      case 1:
      case 2:
      case 3: {
        const ttlMs = next(3) === 0 ? 1 + next(50) : undefined;
        const value = next(4) === 0 ? 'x'.repeat(next(400)) : next(1_000);
        backend.set(key, value, ttlMs);
        written.set(key, { value, expiresAt: ttlMs === undefined ? Infinity : this.now + ttlMs });
        break;
      }
      case 4:
        if (backend.delete([key]) === 1) expect(this.expected(key), key).to.not.equal(undefined);
        written.delete(key);
        break;
      case 5: {
        const ttlMs = next(2) === 0 ? 1 + next(50) : undefined;
        if (!backend.expire(key, ttlMs)) break;
        written.get(key)!.expiresAt = ttlMs === undefined ? Infinity : this.now + ttlMs;
        break;
      }
      case 6:
        this.now += next(4) === 0 ? next(100) : next(2);
        break;
      case 7: {
        const entry = backend.near.find(key);
        if (entry !== undefined) this.held.set(key, entry);
        break;
      }
      case 8:
        for (const entry of this.held.values()) backend.near.touch(entry);
        break;
      case 9: {
        if (next(200) !== 0) break;
        const prefix = next(2) === 0 ? 'often:' : 'rare:1';
        backend.clear(prefix);
        for (const each of written.keys()) if (each.startsWith(prefix)) written.delete(each);
        break;
      }
      default: {
        const got = backend.get(key, call);
        if (got !== undefined) expect(got, key).to.equal(this.expected(key));
      }
    }
    const size = backend.raw('size', []) as number;
    expect(size).to.be.at.most(this.maxEntries);
    if (this.maxBytes !== undefined) expect(backend.raw('bytes', [])).to.be.at.most(this.maxBytes);
  }

  expected(key: string): unknown {
    const found = this.written.get(key);
    return found === undefined || found.expiresAt <= this.now ? undefined : found.value;
  }

  /** Everything there is was written, has not expired, and is counted. */
  check(): void {
    const keys = this.backend.raw('keys', []) as string[];
    expect(new Set(keys).size).to.equal(keys.length);
    let bytes = 0;
    for (const key of keys) {
      const value = this.backend.raw('peek', [key]);
      expect(value, key).to.not.equal(undefined);
      expect(value, key).to.equal(this.expected(key));
      bytes += estimateBytes(key, value);
    }
    this.backend.raw('purge', []);
    expect(this.backend.raw('size', [])).to.equal(keys.length);
    expect(this.backend.raw('bytes', [])).to.equal(bytes);
    for (const [key, entry] of this.held) {
      if (entry.expiresAt === -Infinity) expect(entry.value, key).to.equal(undefined);
      else if (entry.expiresAt > this.now) expect(entry.value, key).to.equal(this.expected(key));
    }
  }
}

for (const policy of ['adaptive', 'lru'] as const) {
  describe(`memory backend, policy ${policy}, at random`, () => {
    it('never leaves its bounds, and neither loses nor brings back anything but by eviction', () => {
      const bounds = fc.record({
        seed: fc.nat(),
        maxEntries: fc.constantFrom(1, 2, 7, 64, 300),
        maxBytes: fc.option(fc.integer({ min: 300, max: 20_000 }), { nil: undefined }),
      });
      fc.assert(
        fc.property(bounds, ({ seed, maxEntries, maxBytes }) => {
          const run = new Run(seed, maxEntries, maxBytes, policy);
          for (let step = 0; step < 10_000; step++) {
            run.step();
            if (step % 500 === 0) run.check();
          }
          run.check();
        }),
        { numRuns: 8 },
      );
    });

    it('keeps everything that fits', () => {
      const run = new Run(1, 1_000, undefined, policy);
      for (let step = 0; step < 10_000; step++) {
        // Fewer keys than there is room for.
        run.step();
        if (run.written.size > 900) {
          run.backend.clear('rare:');
          for (const key of run.written.keys()) if (key.startsWith('rare:')) run.written.delete(key);
        }
        if (step % 500 === 0) expect(run.backend.raw('keys', [])).to.have.members(run.alive);
      }
    });
  });
}
