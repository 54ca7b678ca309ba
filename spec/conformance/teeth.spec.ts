import { AssertionError } from 'node:assert/strict';
import { expect } from 'chai';
import { createCache, isCacheError } from 'cachewright';
import { FakeClock } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { BACKEND_CASES } from '#lib/testing/backend/cases.js';
import { runBackendCase, type BackendConformanceOptions } from '#lib/testing/backend/conformance.js';
import { CACHE_CASES } from '#lib/testing/cache/cases.js';
import { runCacheCase, type CacheConformanceOptions } from '#lib/testing/cache/conformance.js';
import { SERIALIZER_CASES } from '#lib/testing/serializer/cases.js';
import { runSerializerCase } from '#lib/testing/serializer/conformance.js';
import { json } from '#lib/serializers/json.js';
import { withFences } from '../support/memory-fences.js';
import { BACKEND_MUTANTS, mutant } from './backend-mutants.js';
import { CACHE_MUTANTS } from './cache-mutants.js';
import { quoted } from './quoted.js';
import { SERIALIZER_MUTANTS } from './serializer-mutants.js';

/** What a rule has against what it was run on; `undefined` = nothing. */
async function verdict(running: Promise<void>): Promise<unknown> {
  return running.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Rules may only fail by finding fault, not because the mutant falls over: except where that is the fault. */
function isFinding(error: unknown): boolean {
  return (
    error instanceof AssertionError ||
    isCacheError(error) ||
    (error instanceof Error && error.message.endsWith('already'))
  );
}

describe('the teeth of the conformance suites', () => {
  describe('backends', () => {
    const onMemory = (): BackendConformanceOptions => ({
      create: (context) => withFences(memoryBackend({}, context), context.clock),
      clock: new FakeClock(),
    });

    it('have a mutant for every rule', () => {
      expect(Object.keys(BACKEND_MUTANTS)).to.have.members(BACKEND_CASES.map(({ name }) => name));
    });

    for (const rule of BACKEND_CASES) {
      it(rule.name, async () => {
        expect(await verdict(runBackendCase(rule, onMemory()))).to.equal(undefined);
        for (const breakage of BACKEND_MUTANTS[rule.name] ?? []) {
          const { create, clock } = onMemory();
          const options = {
            create: async (context) => mutant(await create(context), breakage),
            clock,
          } satisfies BackendConformanceOptions;
          const error = await verdict(runBackendCase(rule, options));
          expect(isFinding(error), `${String(breakage)} answers ${String(error)}`).to.equal(true);
        }
      });
    }
  });

  describe('backends in real time', () => {
    const rule = BACKEND_CASES.find(({ name }) => name === 'expire ends an entry when it says so')!;
    const expiring = (factor: number): BackendConformanceOptions => ({
      create(context) {
        const right = memoryBackend({}, context);
        return mutant(right, () => ({ expire: (key, ttl) => right.expire(key, ttl! * factor) }));
      },
    });

    it('may take the time they say', async () => {
      expect(await verdict(runBackendCase(rule, expiring(1)))).to.equal(undefined);
    });

    it('may not end entries early', async () => {
      expect(await verdict(runBackendCase(rule, expiring(0.5)))).to.match(/died before its time/);
    });
  });

  describe('caches', () => {
    const onMemory = (counters: boolean): CacheConformanceOptions => {
      const clock = new FakeClock();
      const serializer = counters ? 'json' : quoted;
      return { create: (overrides) => createCache({ backend: 'memory', clock, serializer, ...overrides }), clock };
    };

    it('have a mutant for every rule', () => {
      expect(Object.keys(CACHE_MUTANTS)).to.have.members(CACHE_CASES.map(({ name }) => name));
    });

    for (const rule of CACHE_CASES) {
      it(rule.name, async () => {
        expect(await verdict(runCacheCase(rule, onMemory(rule.counters !== false)))).to.equal(undefined);
        for (const [index, breakage] of (CACHE_MUTANTS[rule.name] ?? []).entries()) {
          const right = onMemory(rule.counters !== false);
          const error = await verdict(runCacheCase(rule, { ...right, create: breakage(right.create) }));
          expect(isFinding(error), `mutant ${index} answers ${String(error)}`).to.equal(true);
        }
      });
    }
  });

  describe('serializers', () => {
    it('have a mutant for every rule', () => {
      expect(Object.keys(SERIALIZER_MUTANTS)).to.have.members(SERIALIZER_CASES.map(({ name }) => name));
    });

    for (const rule of SERIALIZER_CASES) {
      it(rule.name, async () => {
        expect(await verdict(runSerializerCase(rule, { create: () => json }))).to.equal(undefined);
        for (const [index, serializer] of (SERIALIZER_MUTANTS[rule.name] ?? []).entries()) {
          const error = await verdict(runSerializerCase(rule, { create: () => serializer }));
          expect(error, `mutant ${index} answers ${String(error)}`).to.be.instanceOf(Error);
        }
      });
    }
  });
});
