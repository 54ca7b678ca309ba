import { expect } from 'chai';
import * as fc from 'fast-check';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { estimateBytes } from '#lib/backends/memory/weight.js';
import type { BackendCall } from '#lib/contracts/backend.js';

const call: BackendCall = { wire: 'reference', namespace: '', signal: undefined };

interface ModelEntry {
  key: string;
  value: unknown;
  expiresAt: number;
}

/** What the backend shall do, said in the most obvious way: a list from the oldest to the youngest use. */
class Model {
  now = 0;
  entries: ModelEntry[] = [];

  constructor(
    readonly maxEntries: number,
    readonly maxBytes: number | undefined,
  ) {}

  get bytes(): number {
    return this.entries.reduce((sum, { key, value }) => sum + estimateBytes(key, value), 0);
  }

  find(key: string): ModelEntry | undefined {
    const entry = this.entries.find((candidate) => candidate.key === key);
    if (entry === undefined || entry.expiresAt > this.now) return entry;
    this.remove(entry);
    return undefined;
  }

  remove(entry: ModelEntry): void {
    this.entries = this.entries.filter((candidate) => candidate !== entry);
  }

  use(entry: ModelEntry): void {
    this.remove(entry);
    this.entries.push(entry);
  }

  put(key: string, value: unknown, expiresAt: number): void {
    this.entries = this.entries.filter((candidate) => candidate.key !== key);
    if (this.maxBytes !== undefined && estimateBytes(key, value) > this.maxBytes) return;
    const wanted = estimateBytes(key, value);
    while (
      this.entries.length + 1 > this.maxEntries ||
      (this.maxBytes !== undefined && this.bytes + wanted > this.maxBytes)
    ) {
      const alive = this.entries.filter((entry) => entry.expiresAt > this.now);
      // What has expired goes first, all of it.
      this.entries = alive.length < this.entries.length ? alive : alive.slice(1);
    }
    this.entries.push({ key, value, expiresAt });
  }

  expiry(ttlMs: number | undefined): number {
    return ttlMs === undefined ? Infinity : this.now + ttlMs;
  }
}

type Backend = ReturnType<typeof memoryBackend>;

interface Step {
  readonly text: string;
  readonly real: (backend: Backend) => unknown;
  readonly model: (model: Model) => unknown;
}

const answerOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

const key = fc.constantFrom('a', 'b', 'c', 'a:1', 'a:2', 'a:b:1', 'b:1', 'd');

/** A call on a key, in the namespace that it says. */
const on = (k: string): BackendCall => ({ ...call, namespace: k.slice(0, k.lastIndexOf(':') + 1) });
const value = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.string({ maxLength: 60 }), fc.constant(null));
const ttl = fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(key, value, ttl).map(([k, v, t]): Step => ({
      text: `set ${k} ${String(v)} ttl ${t}`,
      real: (backend) => backend.set(k, v, t, on(k)),
      model: (model) => model.put(k, v, model.expiry(t)),
    })),
  },
  {
    weight: 4,
    arbitrary: key.map((k): Step => ({
      text: `get ${k}`,
      real: (backend) => backend.get(k, call),
      model: (model) => {
        const entry = model.find(k);
        if (entry !== undefined) model.use(entry);
        return entry?.value;
      },
    })),
  },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 12 }).map((ms): Step => ({
      text: `wait ${ms}`,
      real: () => undefined,
      model: (model) => void (model.now += ms),
    })),
  },
  fc.tuple(key, value, ttl).map(([k, v, t]): Step => ({
    text: `add ${k} ttl ${t}`,
    real: (backend) => backend.add(k, v, t, on(k)),
    model: (model) => {
      if (model.find(k) !== undefined) return false;
      model.put(k, v, model.expiry(t));
      return model.find(k) !== undefined;
    },
  })),
  fc.tuple(key, fc.integer({ min: -3, max: 3 }), ttl).map(([k, delta, t]): Step => ({
    text: `increment ${k} ${delta} ttl ${t}`,
    real: (backend) => backend.increment(k, delta, t, on(k)),
    model: (model) => {
      const entry = model.find(k);
      if (entry !== undefined && typeof entry.value !== 'number') return 'ERR_CACHE_NOT_A_NUMBER';
      const sum = ((entry?.value as number | undefined) ?? 0) + delta;
      model.put(k, sum, entry === undefined ? model.expiry(t) : entry.expiresAt);
      return sum;
    },
  })),
  fc.array(key, { minLength: 1, maxLength: 3 }).map((keys): Step => ({
    text: `delete ${keys.join()}`,
    real: (backend) => backend.delete(keys),
    model: (model) =>
      keys.reduce((deleted, k) => {
        const entry = model.find(k);
        if (entry !== undefined) model.remove(entry);
        return deleted + (entry === undefined ? 0 : 1);
      }, 0),
  })),
  fc.tuple(key, ttl).map(([k, t]): Step => ({
    text: `expire ${k} ${t}`,
    real: (backend) => backend.expire(k, t),
    model: (model) => {
      const entry = model.find(k);
      if (entry !== undefined) entry.expiresAt = model.expiry(t);
      return entry !== undefined;
    },
  })),
  key.map((k): Step => ({
    text: `ttl ${k}`,
    real: (backend) => backend.ttl(k),
    model: (model) => {
      const entry = model.find(k);
      if (entry === undefined) return undefined;
      return entry.expiresAt === Infinity ? null : entry.expiresAt - model.now;
    },
  })),
  fc.constantFrom('a:', 'a:b:', 'b:', 'a', '', 'zz').map((prefix): Step => ({
    text: `clear "${prefix}"`,
    real: (backend) => backend.clear(prefix),
    model: (model) => {
      model.entries = model.entries.filter((entry) => !entry.key.startsWith(prefix));
    },
  })),
);

describe('memory backend, policy lru, against a model', () => {
  const bounds = fc.record({
    maxEntries: fc.integer({ min: 1, max: 9 }),
    maxBytes: fc.option(fc.integer({ min: 220, max: 1_500 }), { nil: undefined }),
  });

  it('does what the model does, and never leaves its bounds', () => {
    let evicted = 0;
    fc.assert(
      fc.property(bounds, fc.array(step, { minLength: 5, maxLength: 40 }), ({ maxEntries, maxBytes }, steps) => {
        const model = new Model(maxEntries, maxBytes);
        const backend = memoryBackend(
          { maxEntries, maxBytes, policy: 'lru' },
          { cache: 'spec', clock: { now: () => model.now } },
        );
        for (const { text, real, model: expected } of steps) {
          expect(
            answerOf(() => real(backend)),
            text,
          ).to.deep.equal(answerOf(() => expected(model)));
          const size = backend.raw('size', []) as number;
          expect(size).to.be.at.most(maxEntries);
          expect(backend.raw('bytes', []), text).to.equal(model.bytes);
          if (maxBytes !== undefined) expect(model.bytes).to.be.at.most(maxBytes);
          if (size === maxEntries) evicted++;
        }
        const alive = model.entries.filter((entry) => entry.expiresAt > model.now).map((entry) => entry.key);
        expect(backend.raw('keys', [])).to.have.members(alive);
      }),
      { numRuns: 2_000 },
    );
    expect(evicted, 'the bounds were reached').to.be.above(1_000);
  });
});
