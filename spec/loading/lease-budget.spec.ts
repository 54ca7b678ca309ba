import { expect } from 'chai';
import sinon from 'sinon';
import { MultiCached, createCache, type Cache } from 'cachewright';
import { asynchronous, faulty, type FaultyBackend } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { context } from '../support/backend-calls.js';

const BUDGET_MS = 50;

/** With a lease there is one more question to ask. What a call may lose to its cache is the same. */
describe('the budget of a load under a lease', () => {
  let time: sinon.SinonFakeTimers;
  let backend: FaultyBackend;
  let cache: Cache;
  let other: Cache;
  let loads: number;
  beforeEach(() => {
    time = sinon.useFakeTimers();
    const memory = memoryBackend({}, context);
    const processes = [0, 1].map(() => {
      const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
      return faulty({ ...asynchronous(memory), capabilities, identity: {}, close: () => Promise.resolve() });
    });
    backend = processes[0]!;
    [cache, other] = processes.map((own) => createCache({ backend: own, budget: BUDGET_MS, breaker: false })) as [
      Cache,
      Cache,
    ];
    loads = 0;
  });
  afterEach(async () => {
    time.restore();
    backend.heal();
    await Promise.all([cache.close(), other.close()]);
  });

  const one = (): Promise<unknown> => cache.getOrSet('k', () => ++loads, { lease: '5s' });
  const many = (): Promise<unknown> => {
    class Prices {
      @MultiCached({ cache, lease: '5s' })
      of(ids: readonly string[]): Promise<Map<string, number>> {
        loads += 1;
        return Promise.resolve(new Map(ids.map((id) => [id, 1])));
      }
    }
    return new Prices().of(['a', 'b']);
  };

  for (const [name, call] of Object.entries({ getOrSet: one, '@MultiCached': many })) {
    describe(name, () => {
      it('is spent when the read has spent it: nobody is asked for the lease', async () => {
        backend.hang('all');
        const answer = call();
        await time.tickAsync(BUDGET_MS + 1);
        expect(loads).to.equal(1);
        expect(backend.calls('acquire')).to.equal(0);
        await answer;
      });

      it('is what the lease has to be answered within, as far as the read has left it', async () => {
        backend.delay('get', BUDGET_MS - 20);
        backend.delay('multiGet', BUDGET_MS - 20);
        backend.hang('acquire');
        const answer = call();
        await time.tickAsync(BUDGET_MS - 1);
        expect(loads).to.equal(0);
        expect(backend.calls('acquire')).to.be.greaterThan(0);
        await time.tickAsync(2);
        expect(loads).to.equal(1);
        await answer;
      });
    });
  }

  it('does not shrink while somebody else loads', async () => {
    void other.getOrSet('k', () => new Promise<number>(() => undefined), { lease: '1s' });
    await time.tickAsync(BUDGET_MS);
    let answered = false;
    const answer = one().then(() => (answered = true));
    await time.tickAsync(5_000);
    expect(loads).to.equal(0);
    // From now on nobody can be asked whose the lease is, and a write takes its time.
    backend.fail('acquire');
    backend.delay('set', BUDGET_MS / 2);
    while (loads === 0) await time.tickAsync(1);
    await time.tickAsync(BUDGET_MS / 2 - 1);
    expect(answered).to.equal(false);
    await time.tickAsync(2);
    expect(answered).to.equal(true);
    await answer;
  });
});
