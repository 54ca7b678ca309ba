import { expect } from 'chai';
import { faultsOf } from './faults/index.js';
import { chaos } from './run.js';
import { STACKS, type StackName } from './stack.js';

/** `CACHEWRIGHT_CHAOS_SEED=7` for other faults in another order. */
const SEED = Number(process.env['CACHEWRIGHT_CHAOS_SEED'] ?? 1);

describe('chaos', function () {
  this.timeout(180_000);

  for (const stack of STACKS) {
    it(`knows many things that can go wrong, each by a name of its own (${stack})`, () => {
      const names = faultsOf(stack).map(({ name }) => name);
      expect(new Set(names).size).to.equal(names.length).and.to.be.at.least(25);
    });

    it(`lets no caller see an error, a wrong value or an outdated one (${stack})`, () => nothingIsWrong(stack));
  }
});

async function nothingIsWrong(stack: StackName): Promise<void> {
  const { figures, violations } = await chaos({
    seed: SEED,
    stack,
    seconds: 12,
    workers: 4,
    rate: 60,
    everyMs: 1_500,
    // Time is not judged here: the machine may be busy with anything.
    timed: false,
    warmUpMs: 1_000,
    calmDownMs: 1_000,
    patienceMs: 20_000,
  });
  expect(violations.map(({ oracle, what }) => `${oracle}: ${what}`)).to.deep.equal([]);
  expect(figures['faults']).to.be.at.least(3);
  expect(figures['calls']).to.be.at.least(500);
}
