import { expect } from 'chai';
import { windowed } from '#lib/util/windowed.js';
import { caught } from '../support/caught.js';

describe('windowed', () => {
  it('has no more on their way than fit into the window, and answers in the order of the items', async () => {
    let underway = 0;
    let most = 0;
    const answers = await windowed([5, 1, 4, 2, 3], 2, async (turns) => {
      most = Math.max(most, ++underway);
      for (let turn = 0; turn < turns; turn++) await undefined;
      underway -= 1;
      return turns * 10;
    });
    expect(answers).to.deep.equal([50, 10, 40, 20, 30]);
    expect(most).to.equal(2);
  });

  it('lets what is larger than the window travel alone', async () => {
    const underway = new Set<number>();
    const together: number[][] = [];
    const work = async (item: number): Promise<void> => {
      underway.add(item);
      together.push([...underway]);
      await undefined;
      underway.delete(item);
    };
    await windowed([3, 50, 4, 5], 10, work, (item) => item);
    expect(together).to.deep.equal([[3], [50], [4], [4, 5]]);
  });

  it('begins no more after a failure, and rejects with it', async () => {
    const begun: number[] = [];
    const work = async (item: number): Promise<void> => {
      begun.push(item);
      await undefined;
      if (item === 2) throw new Error('no');
      await new Promise((resolve) => setImmediate(resolve));
    };
    expect(await caught(windowed([1, 2, 3, 4], 2, work))).to.have.property('message', 'no');
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(begun).to.deep.equal([1, 2]);
  });

  it('begins nothing where an item cannot be weighed', async () => {
    let begun = 0;
    const weigh = (item: number): number => {
      if (item === 3) throw new Error('no weight');
      return item;
    };
    const work = async (): Promise<void> => void (begun += 1);
    expect(await caught(windowed([1, 2, 3], 1, work, weigh))).to.have.property('message', 'no weight');
    expect(begun).to.equal(0);
  });

  it('has nothing to do for nothing', async () => {
    expect(await windowed([], 1, async () => 1)).to.deep.equal([]);
  });
});
