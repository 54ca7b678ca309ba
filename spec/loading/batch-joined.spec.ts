import { expect } from 'chai';
import { Cached, createRegistry, type CacheRegistry, isCacheError, MultiCached } from 'cachewright';
import { FakeClock } from 'cachewright/testing';
import { caught } from '../support/caught.js';
import { type Deferred, deferred } from '../support/deferred.js';
import { settled } from '../support/held-backend.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

class NotThere extends Error {}

describe('batches that join loads of others', () => {
  forbidUnhandledRejections();
  let clock: FakeClock;
  let registry: CacheRegistry;
  let stocks: Stocks;
  let runs: string[][];
  /** What the method is answered with; `undefined` = at once, with its ids. */
  let answers: Deferred<Map<string, string>> | undefined;

  class Stocks {
    @MultiCached({ key: (id: string) => id, ttl: '10s', staleIfError: '1h', cache: () => registry.get() })
    stale(ids: readonly string[]): Promise<Map<string, string>> {
      return load(ids);
    }

    @MultiCached({
      key: (id: string) => id,
      ttl: '10s',
      staleIfError: '1h',
      softTimeout: 20,
      cache: () => registry.get(),
    })
    soft(ids: readonly string[]): Promise<Map<string, string>> {
      return load(ids);
    }

    @MultiCached({ key: (id: string) => id, ttl: '10s', hardTimeout: 20, cache: () => registry.get() })
    hard(ids: readonly string[]): Promise<Map<string, string>> {
      return load(ids);
    }

    @MultiCached({
      key: (id: string) => id,
      ttl: '10s',
      errors: { ttl: '5s', when: (error: unknown) => error instanceof NotThere },
      cache: () => registry.get(),
    })
    remembering(ids: readonly string[]): Promise<Map<string, string>> {
      return load(ids);
    }

    @MultiCached({
      key: (id: string) => id,
      ttl: '10s',
      staleIfError: '1h',
      errors: { ttl: '5s' },
      cache: () => registry.get(),
    })
    both(ids: readonly string[]): Promise<Map<string, string>> {
      return load(ids);
    }

    @Cached({ key: (id: string) => id, ttl: '10s', cache: () => registry.get() })
    async one(id: string): Promise<string> {
      return (await load([id])).get(id)!;
    }
  }

  async function load(ids: readonly string[]): Promise<Map<string, string>> {
    runs.push([...ids]);
    return answers?.promise ?? new Map(ids.map((id) => [id, `${id}${runs.length}`]));
  }

  beforeEach(() => {
    clock = new FakeClock();
    registry = createRegistry({ default: { backend: 'memory' } }, { clock });
    stocks = new Stocks();
    runs = [];
    answers = undefined;
  });
  afterEach(() => registry.close());

  /** All of them stored, and their time over. */
  async function outdated(method: 'stale' | 'soft' | 'both', ids: readonly string[]): Promise<void> {
    await stocks[method](ids);
    clock.advance('11s');
    runs = [];
    answers = deferred();
  }

  it('answer with what is stale when that load fails', async () => {
    await outdated('stale', ['a', 'b']);
    const calls = [stocks.stale(['a']), stocks.stale(['a', 'b']), stocks.stale(['b', 'a'])];
    await settled();
    answers!.reject(new Error('down'));
    const found = await Promise.all(calls);
    expect(found.map((map) => [...map.values()])).to.deep.equal([['a1'], ['a1', 'b1'], ['b1', 'a1']]);
    expect(runs).to.deep.equal([['a'], ['b']]);
  });

  it('do not, once that was invalidated', async () => {
    await outdated('stale', ['a', 'b']);
    const calls = [stocks.stale(['a']), stocks.stale(['a', 'b'])].map(caught);
    await settled();
    await registry.get().delete('a');
    answers!.reject(new Error('down'));
    expect((await Promise.all(calls)).map((error) => (error as Error).message)).to.deep.equal(['down', 'down']);
  });

  it('answer with what is stale when that load takes too long', async () => {
    await outdated('soft', ['a', 'b']);
    const first = stocks.stale(['a', 'b']);
    expect([...(await stocks.soft(['a'])).values()]).to.deep.equal(['a1']);
    answers!.resolve(new Map(Object.entries({ a: 'new a', b: 'new b' })));
    expect([...(await first).values()]).to.deep.equal(['new a', 'new b']);
    expect(runs).to.deep.equal([['a', 'b']]);
  });

  it('wait no longer than their own hardTimeout', async () => {
    answers = deferred();
    const first = stocks.one('a');
    const error = await caught(stocks.hard(['a']));
    expect(isCacheError(error, 'ERR_CACHE_LOADER_TIMEOUT'), String(error)).to.equal(true);
    answers.resolve(new Map([['a', 'late']]));
    expect(await first).to.equal('late');
  });

  it('get a failure that is remembered, of any of their ids, and load none of the others', async () => {
    answers = deferred();
    answers.promise.catch(() => undefined);
    answers.reject(new NotThere('no such stock'));
    for (const ids of [['a', 'b'], ['a', 'b'], ['b'], ['c', 'a']]) {
      expect(await caught(stocks.remembering(ids))).to.have.property('message', 'no such stock');
    }
    expect(await caught(stocks.one('a'))).to.have.property('message', 'no such stock');
    expect(runs).to.deep.equal([['a', 'b']]);
    answers = undefined;
    await registry.get().delete('a');
    expect([...(await stocks.remembering(['a', 'c'])).keys()]).to.deep.equal(['a', 'c']);
    clock.advance('5s');
    expect([...(await stocks.remembering(['b'])).keys()]).to.deep.equal(['b']);
  });

  it('remember only failures of the kind that was asked for', async () => {
    answers = deferred();
    answers.promise.catch(() => undefined);
    answers.reject(new Error('down'));
    for (let call = 0; call < 2; call++) await caught(stocks.remembering(['a']));
    expect(runs).to.deep.equal([['a'], ['a']]);
  });

  it('have what they may be answered with, though the call that began the load may not', async () => {
    await stocks.stale(['a']);
    clock.advance('11s');
    answers = deferred();
    const one = caught(stocks.one('a'));
    const joined = stocks.stale(['a']);
    await settled();
    answers.reject(new NotThere());
    expect(await one).to.be.instanceOf(NotThere);
    expect([...(await joined)]).to.deep.equal([['a', 'a1']]);
  });

  it('answer with what is stale in place of a failure that is remembered', async () => {
    await outdated('both', ['a', 'b']);
    answers!.promise.catch(() => undefined);
    answers!.reject(new Error('down'));
    for (let call = 0; call < 3; call++) {
      expect([...(await stocks.both(['a', 'b'])).values()]).to.deep.equal(['a1', 'b1']);
    }
    expect(runs).to.deep.equal([['a', 'b']]);
  });
});
