import { expect } from 'chai';
import { createCache } from 'cachewright';
import { FakeClock } from 'cachewright/testing';
import type { LoadPlan } from '#lib/loading/plan.js';
import { PlanMemo } from '#lib/loading/plan-memo.js';

const plan = (name: string): LoadPlan => ({ namespace: name }) as LoadPlan;

describe('plans of options seen before', () => {
  let memo: PlanMemo;
  beforeEach(() => (memo = new PlanMemo()));

  it('are found by what the options say, not by the object', () => {
    const one = plan('one');
    const when = (): boolean => true;
    memo.remember({ ttl: '5m', tags: ['a', 'b'], staleIfErrorWhen: when, namespace: undefined }, one);
    expect(memo.find({ tags: ['a', 'b'], staleIfErrorWhen: when, ttl: '5m' })).to.equal(one);
    expect(memo.find({ ttl: '5m', tags: ['a', 'b'], staleIfErrorWhen: when, jitter: undefined })).to.equal(one);
    for (const other of [
      {},
      { ttl: '5m' },
      { ttl: '6m', tags: ['a', 'b'], staleIfErrorWhen: when },
      { ttl: '5m', tags: ['a'], staleIfErrorWhen: when },
      { ttl: '5m', tags: ['b', 'a'], staleIfErrorWhen: when },
      { ttl: '5m', tags: ['a', 'b'], staleIfErrorWhen: () => true },
      { ttl: '5m', tags: ['a', 'b'], staleIfErrorWhen: when, jitter: 0.1 },
    ]) {
      expect(memo.find(other), JSON.stringify(other)).to.equal(undefined);
    }
  });

  it('do not depend on what is of one call only', () => {
    const one = plan('one');
    memo.remember({ ttl: 5, signal: new AbortController().signal, tags: () => ['a'] }, one);
    expect(memo.find({ ttl: 5, signal: new AbortController().signal, tags: () => ['b'] })).to.equal(one);
    expect(memo.find({ ttl: 5 })).to.equal(one);
    expect(memo.find({ ttl: 5, tags: ['a'] })).to.equal(undefined);
  });

  it('stay what they were when the object is changed later', () => {
    const one = plan('one');
    const options = { ttl: 5, tags: ['a'] };
    memo.remember(options, one);
    options.ttl = 6;
    expect(memo.find(options)).to.equal(undefined);
    options.ttl = 5;
    options.tags.push('b');
    expect(memo.find(options)).to.equal(undefined);
  });

  it('are sixteen, and the one not used for longest goes', () => {
    for (let ttl = 1; ttl <= 16; ttl++) memo.remember({ ttl }, plan(`${ttl}`));
    expect(memo.find({ ttl: 1 })?.namespace).to.equal('1');
    memo.remember({ ttl: 17 }, plan('17'));
    expect(memo.find({ ttl: 2 })).to.equal(undefined);
    for (const ttl of [1, 3, 16, 17]) expect(memo.find({ ttl })?.namespace).to.equal(`${ttl}`);
  });

  it('keep calls with different options apart', async () => {
    const clock = new FakeClock();
    const cache = createCache({ backend: 'memory', clock });
    for (const ttl of ['1s', '2s', '3s'] as const) {
      await cache.getOrSet(ttl, () => ttl, { ttl, tags: [`tag ${ttl}`] });
      await cache.getOrSet(`again ${ttl}`, () => ttl, { ttl, tags: (value) => [`late ${value}`] });
    }
    clock.advance('1s');
    expect(await cache.multiGet(['1s', '2s', '3s'])).to.deep.equal([undefined, '2s', '3s']);
    await cache.invalidateTags(['tag 2s', 'late 3s']);
    expect(await cache.multiGet(['2s', 'again 2s', '3s', 'again 3s'])).to.deep.equal([
      undefined,
      '2s',
      '3s',
      undefined,
    ]);
    await cache.close();
  });
});
