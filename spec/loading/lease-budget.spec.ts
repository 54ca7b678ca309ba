import { expect } from 'chai';
import sinon from 'sinon';
import { MultiCached, createCache, type Cache } from 'cachewright';
import { asynchronous, faulty, type FaultyBackend } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { context } from '../support/backend-calls.js';
import { deferred } from '../support/deferred.js';

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

      it('is what all that is asked under the lease has to be answered within, and the write', async () => {
        backend.hang('all');
        for (const read of ['get', 'multiGet'] as const) backend.once.delay(read, BUDGET_MS - 30);
        backend.once.delay('acquire', 10);
        const asked = time.now;
        let answeredAfterMs = 0;
        const answer = call().then(() => (answeredAfterMs = time.now - asked));
        await time.tickAsync(BUDGET_MS - 1);
        expect(backend.calls('acquire')).to.be.greaterThan(0);
        expect(loads).to.equal(0);
        await time.tickAsync(BUDGET_MS * 5);
        expect(loads).to.equal(1);
        expect(answeredAfterMs).to.be.within(BUDGET_MS, BUDGET_MS + 3);
        await answer;
      });
    });
  }

  it('is what a batch has to be told of all its leases within, and the write', async () => {
    class Prices {
      @MultiCached({ cache, lease: '5s', key: (id: string) => id })
      of(ids: readonly string[]): Promise<Map<string, number>> {
        loads += 1;
        return Promise.resolve(new Map(ids.map((id) => [id, 1])));
      }
    }
    void other.getOrSet('b', () => new Promise<number>(() => undefined), { lease: '1s' });
    await time.tickAsync(BUDGET_MS);
    // One id is granted at once. That the other one is not takes longer to be told.
    backend.delay('acquire', 30);
    backend.once.delay('acquire', 1);
    for (const write of ['set', 'multiSet'] as const) backend.hang(write);
    const asked = time.now;
    void new Prices().of(['a', 'b']);
    const answer = cache.getOrSet('a', () => ++loads).then(() => time.now - asked);
    await time.tickAsync(BUDGET_MS * 5);
    expect(loads).to.equal(1);
    expect(await answer).to.be.within(BUDGET_MS, BUDGET_MS + 3);
  });

  it('begins anew when somebody else has loaded and stored nothing, for the read and the write together', async () => {
    const gate = deferred<undefined>();
    void other.getOrSet('k', () => gate.promise, { lease: '1s' });
    await time.tickAsync(BUDGET_MS);
    const answer = one().then(() => time.now);
    await time.tickAsync(5_000);
    backend.delay('get', BUDGET_MS - 10);
    backend.hang('set');
    const released = time.now;
    gate.resolve(undefined);
    await time.tickAsync(BUDGET_MS * 5);
    expect(loads).to.equal(1);
    // The read that ends the wait, and then no more than one budget.
    expect((await answer) - released).to.be.within(2 * BUDGET_MS - 10, 2 * BUDGET_MS);
  });

  it('is left to ask with where listening for the end of a lease is not answered', async () => {
    const gate = deferred<string>();
    void other.getOrSet('k', () => gate.promise, { lease: '1s' });
    await time.tickAsync(BUDGET_MS);
    backend.hang('watch');
    const answer = one();
    await time.tickAsync(5_000);
    expect(loads).to.equal(0);
    gate.resolve('loaded by the other');
    await time.tickAsync(1_000);
    expect(await answer).to.equal('loaded by the other');
  });

  it('is all that is lost to a backend that begins to hang while somebody else loads', async () => {
    void other.getOrSet('k', () => new Promise<number>(() => undefined), { lease: '1s' });
    await time.tickAsync(BUDGET_MS);
    let answered = false;
    const answer = one().then(() => (answered = true));
    await time.tickAsync(5_000);
    const before = backend.calls();
    backend.hang('all');
    while (backend.calls() === before) await time.tickAsync(1);
    expect(loads).to.equal(0);
    await time.tickAsync(BUDGET_MS + 3);
    expect(loads).to.equal(1);
    expect(answered).to.equal(true);
    await answer;
  });

  it('lasts for a wait however long: a backend that answers in time costs nothing meanwhile', async () => {
    const gate = deferred<string>();
    void other.getOrSet('k', () => gate.promise, { lease: '1s' });
    await time.tickAsync(BUDGET_MS);
    const answer = one();
    for (const command of ['get', 'acquire'] as const) backend.delay(command, BUDGET_MS / 3);
    await time.tickAsync(60_000);
    expect(loads).to.equal(0);
    gate.resolve('loaded by the other');
    await time.tickAsync(5_000);
    expect(await answer).to.equal('loaded by the other');
    expect(loads).to.equal(0);
  });

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

  it('without an end does not keep a lease that was lost meanwhile from fencing the load', async () => {
    const patient = createCache({ backend, budget: null, timeout: '10s', breaker: false });
    backend.delay('get', '150ms');
    backend.fail('renew');
    const answer = patient.getOrSet('k', () => ++loads, { lease: '100ms' });
    await time.tickAsync(1_000);
    expect(await answer).to.equal(1);
    expect(backend.calls('set')).to.equal(0);
    await patient.close();
  });
});
