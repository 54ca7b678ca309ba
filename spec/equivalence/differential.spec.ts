import { deepStrictEqual } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { type Backend, createCache, type Cache } from 'cachewright';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { context } from '../support/backend-calls.js';
import { memoryStore, sharedStores } from '../support/stores.js';
import { Model } from './model.js';
import { answerOf, anyStep, type Step } from './steps.js';

/** `CACHEWRIGHT_RUNS=2000` for the long run; `CACHEWRIGHT_SEED` repeats one. */
const RUNS = Number(process.env['CACHEWRIGHT_RUNS'] ?? 40);
const SEED = process.env['CACHEWRIGHT_SEED'];

const sequences = fc.array(anyStep, { minLength: 1, maxLength: 40, size: 'max' });

/** Carries a sequence out on both, step by step. @throws with the steps so far when they disagree */
async function compare(cache: Cache, steps: readonly Step[]): Promise<void> {
  const model = new Model();
  const run = randomUUID();
  for (const [index, step] of steps.entries()) {
    const real = await answerOf(() => step.real(cache, run));
    const expected = step.model(model);
    deepStrictEqual(real, expected, `step ${index + 1}: ${step.text}`);
  }
}

async function checked(cache: Cache, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(sequences, (steps) => compare(cache, steps));
  await fc.assert(property, { numRuns, ...(SEED === undefined ? {} : { seed: Number(SEED) }) });
}

describe('every store means the same', function () {
  this.timeout(60_000 + RUNS * 2_000);

  for (const store of [memoryStore(), ...sharedStores()]) {
    describe(store.name, () => {
      let cache: Cache;
      before(() => store.start());
      before(() => (cache = createCache(store.config())));
      after(() => cache.close());
      after(() => store.dispose());

      it('by random sequences of commands', () => checked(cache, RUNS));
    });
  }
});

describe('the differential property', function () {
  this.timeout(60_000);

  const broken: Readonly<Record<string, (right: Backend) => Partial<Backend>>> = {
    'an increment that loses the lifetime': (right) => ({
      async increment(key, delta, ttlMs, call) {
        const sum = await right.increment(key, delta, ttlMs, call);
        await right.expire(key, undefined, call);
        return sum;
      },
    }),
    'a clear that hits the neighbours': (right) => ({
      clear: (prefix, call) => right.clear(prefix.slice(0, -1), call),
    }),
    'an add that overwrites': (right) => ({
      async add(key, wire, ttlMs, call) {
        const absent = !(await right.exists(key, call));
        await right.set(key, wire, ttlMs, call);
        return absent;
      },
    }),
    'a set that keeps the lifetime': (right) => ({
      async set(key, wire, ttlMs, call) {
        const left = await right.ttl(key, call);
        await right.set(key, wire, left ?? ttlMs, call);
      },
    }),
    'a batch that answers without duplicates': (right) => ({
      multiGet: (keys, call) => right.multiGet([...new Set(keys)], call),
    }),
  };

  for (const [what, breakage] of Object.entries(broken)) {
    it(`finds ${what}, and shrinks it to few steps`, async () => {
      const right = memoryBackend({}, context);
      const backend = new Proxy<Backend>(right, {
        get(target, name) {
          if (name === 'near') return undefined;
          const value = (Reflect.get(breakage(right), name) ?? Reflect.get(target, name)) as unknown;
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
      const cache = createCache({ backend, serializer: 'json' });
      const property = fc.asyncProperty(sequences, (steps) => compare(cache, steps));
      // Always the same sequences: whether they find it must not depend on luck.
      const result = await fc.check(property, { numRuns: 2_000, seed: 1 });
      expect(result.failed).to.equal(true);
      expect(result.counterexample![0].length).to.be.at.most(4);
      await cache.close();
    });
  }
});
