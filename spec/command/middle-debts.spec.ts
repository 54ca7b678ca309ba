import { expect } from 'chai';
import { Debts } from '#lib/command/layered/debts.js';

/** More than are remembered one by one. */
const MANY = Array.from({ length: 10_001 }, (_, index) => `n:${index}`);

describe('what the middle tier is owed', () => {
  it('is owed until it is paid, by every change of the key', () => {
    const debts = new Debts();
    const [one, two] = [debts.begin({ keys: ['a', 'b'] }, ''), debts.begin({ keys: ['a'] }, '')];
    debts.paid(one);
    expect(['a', 'b'].map((key) => debts.owes(key))).to.deep.equal([true, false]);
    debts.paid(two);
    expect(debts.owes('a')).to.equal(false);
  });

  it('may be all that begins with a prefix', () => {
    const debts = new Debts();
    const debt = debts.begin({ prefix: 'n:' }, 'n:');
    expect(['n:1', 'm:1'].map((key) => debts.owes(key))).to.deep.equal([true, false]);
    debts.failed(debt);
    debts.settled(debt);
    expect([debts.owes('n:1'), debts.overdue.size]).to.deep.equal([false, 0]);
  });

  it('is the whole namespace when too many keys are overdue', () => {
    const debts = new Debts();
    const other = debts.begin({ keys: ['m:1'] }, 'm:');
    for (const key of MANY) debts.failed(debts.begin({ keys: [key] }, 'n:'));
    expect([...debts.overdue].map(({ scope }) => scope)).to.deep.equal([{ prefix: 'n:' }]);
    expect(['n:1', 'n:unheard of', 'm:1', 'l:1'].map((key) => debts.owes(key))).to.deep.equal([
      true,
      true,
      true,
      false,
    ]);
    for (const debt of debts.overdue) debts.settled(debt);
    debts.paid(other);
    expect(['n:1', 'm:1'].map((key) => debts.owes(key))).to.deep.equal([false, false]);
  });

  it('of bare keys is never everything: the oldest are given up', () => {
    const debts = new Debts();
    for (const key of MANY) debts.failed(debts.begin({ keys: [key] }, ''));
    expect(debts.overdue.size).to.equal(10_000);
    expect([MANY[0]!, MANY[1]!, 'another'].map((key) => debts.owes(key))).to.deep.equal([false, true, false]);
  });
});
