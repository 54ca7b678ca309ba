import { AssertionError } from 'node:assert/strict';
import { expect } from 'chai';
import { FakeClock } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { BACKEND_CASES } from '#lib/testing/backend/cases.js';
import { runBackendCase, type BackendConformanceOptions } from '#lib/testing/backend/conformance.js';
import { BACKEND_MUTANTS, mutant } from './backend-mutants.js';

/** What a rule has against what it was run on; `undefined` = nothing. */
async function verdict(running: Promise<void>): Promise<unknown> {
  return running.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Rules may only fail by finding fault, not because the mutant falls over: except where falling over is the fault. */
function isFinding(error: unknown): boolean {
  return error instanceof AssertionError || (error instanceof Error && /already$/.test(error.message));
}

describe('the teeth of the conformance suites', () => {
  describe('backends', () => {
    const onMemory = (): BackendConformanceOptions => ({ create: (context) => memoryBackend({}, context), clock: new FakeClock() });

    it('have a mutant for every rule', () => {
      expect(Object.keys(BACKEND_MUTANTS)).to.have.members(BACKEND_CASES.map(({ name }) => name));
    });

    for (const rule of BACKEND_CASES) {
      it(rule.name, async () => {
        expect(await verdict(runBackendCase(rule, onMemory()))).to.equal(undefined);
        for (const breakage of BACKEND_MUTANTS[rule.name] ?? []) {
          const { create, clock } = onMemory();
          const options = { create: async (context) => mutant(await create(context), breakage), clock } satisfies BackendConformanceOptions;
          const error = await verdict(runBackendCase(rule, options));
          expect(isFinding(error), `${String(breakage)} answers ${String(error)}`).to.equal(true);
        }
      });
    }
  });
});
