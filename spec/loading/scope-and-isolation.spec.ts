import { expect } from 'chai';
import sinon from 'sinon';
import { cacheScope, ConfigError, createCache, type Cache, type Isolation, MultiCached } from 'cachewright';
import { HeldBackend, settled } from '../support/held-backend.js';
import { deferred } from '../support/deferred.js';

describe('cacheScope', () => {
  it('read: false neither reads nor joins, and what it loads is stored and newest', async () => {
    const cache = createCache('memory://');
    const slow = deferred<string>();
    const old = cache.getOrSet('k', () => slow.promise);
    const fresh = await cacheScope({ read: false }, () => cache.getOrSet('k', () => 'fresh'));
    expect(fresh).to.equal('fresh');
    slow.resolve('old');
    await old;
    expect(await cache.get('k')).to.equal('fresh');
    expect(await cacheScope({ read: false }, () => cache.getOrSet('k', () => 'fresher'))).to.equal('fresher');
    expect(await cache.get('k')).to.equal('fresher');
  });

  it('a stored value is answered while a refresh is under way', async () => {
    const cache = createCache('memory://');
    await cache.set('k', 'stored');
    const slow = deferred<string>();
    const refresh = cacheScope({ read: false }, () => cache.getOrSet('k', () => slow.promise));
    expect(await cache.getOrSet('k', () => 'not run')).to.equal('stored');
    slow.resolve('new');
    await refresh;
  });

  it('write: false stores nothing', async () => {
    const cache = createCache('memory://');
    await cacheScope({ write: false }, () => cache.getOrSet('k', () => 1));
    expect(await cache.exists('k')).to.equal(false);
  });

  it('awaitWrite: false answers before the write is done', async () => {
    const held = new HeldBackend().hold('set');
    const cache = createCache({ backend: held.backend, budget: 0 });
    expect(await cacheScope({ awaitWrite: false }, () => cache.getOrSet('k', () => 1))).to.equal(1);
    held.releaseAll();
    await settled();
    expect(await cache.get('k')).to.equal(1);
  });

  it('nests by merging, follows awaits, ends with its work, and answers what the work answers', async () => {
    const cache = createCache('memory://');
    const load = sinon.stub().callsFake(() => load.callCount);
    const answer = await cacheScope({ read: false }, async () => {
      await settled();
      return cacheScope({ write: false, read: undefined }, async () => {
        await settled();
        await cache.getOrSet('k', load);
        await cache.getOrSet('k', load);
        return 'done';
      });
    });
    expect(answer).to.equal('done');
    expect(load.callCount).to.equal(2);
    expect(await cache.exists('k')).to.equal(false);
    expect(cacheScope({ read: false }, () => 5)).to.equal(5);
    expect(() =>
      cacheScope({ read: false }, () => {
        throw new Error('mine');
      }),
    ).to.throw('mine');
    await cache.getOrSet('k', load);
    await cache.getOrSet('k', load);
    expect(load.callCount).to.equal(3);
  });
});

describe('cacheScope: what it is given', () => {
  it('may be work that answers with any thenable', async () => {
    const thenable = { then: (resolve: (value: number) => void) => resolve(5) };
    expect(await cacheScope({ read: false }, () => thenable)).to.equal(5);
  });

  it('has to have work to do', () => {
    expect(() => cacheScope({ read: false }, undefined as never)).to.throw(
      ConfigError,
      'cacheScope: there is no work; give { read, write, awaitWrite }, then a function',
    );
  });

  it('has to be options it knows', () => {
    const wrong: [unknown, string][] = [
      [undefined, 'cacheScope: the options come first; give { read, write, awaitWrite }, then the work'],
      [{ raed: false }, 'cacheScope: raed is no option, did you mean read; there are read, write, awaitWrite'],
      [{ read: 'no' }, 'cacheScope: read is of type string; use true or false'],
    ];
    for (const [options, message] of wrong) {
      expect(() => cacheScope(options as never, () => 1)).to.throw(message);
    }
  });
});

describe('isolation', () => {
  interface Box {
    inner: { count: number };
  }
  const places: Record<string, (isolation: Isolation) => [Cache, { isolation?: Isolation }]> = {
    'of the cache': (isolation) => [createCache({ backend: 'memory', isolation }), {}],
    'of the call, in memory': (isolation) => [createCache('memory://'), { isolation }],
    'of the call, on a backend that answers later': (isolation) => [
      createCache({ backend: new HeldBackend().backend }),
      { isolation },
    ],
  };

  for (const [place, make] of Object.entries(places)) {
    it(`copy (${place}): no caller sees what another one does to the value`, async () => {
      const [cache, options] = make('copy');
      const load = async (): Promise<Box> => (await settled(1), { inner: { count: 0 } });
      const joined = await Promise.all(
        [1, 2, 3].map(async () => {
          const box = await cache.getOrSet('k', load, options);
          const seen = box.inner.count;
          box.inner.count = 99;
          return seen;
        }),
      );
      expect(joined).to.deep.equal([0, 0, 0]);
      for (let round = 0; round < 3; round++) {
        const box = await cache.getOrSet('k', load, options);
        expect(box.inner.count).to.equal(0);
        box.inner.count = 99;
      }
    });

    it(`freeze (${place}): nobody can change the value`, async () => {
      const [cache, options] = make('freeze');
      for (let round = 0; round < 2; round++) {
        const box = await cache.getOrSet<Box>('k', () => ({ inner: { count: 0 } }), options);
        expect(() => box.inner.count++).to.throw(TypeError);
      }
    });
  }

  it('none: callers share one object', async () => {
    const cache = createCache('memory://');
    const box = await cache.getOrSet('k', () => ({}));
    expect(await cache.getOrSet('k', () => ({}))).to.equal(box);
  });

  it("also holds for plain commands when it is the cache's", async () => {
    const cache = createCache({ backend: 'memory', isolation: 'copy' });
    const box = { inner: { count: 0 } };
    await cache.set('k', box);
    box.inner.count = 1;
    const read = await cache.get<Box>('k');
    expect(read!.inner.count).to.equal(0);
    read!.inner.count = 2;
    expect((await cache.get<Box>('k'))!.inner.count).to.equal(0);
  });

  for (const [isolation, make] of [
    ['copy', (id: string) => ({ id, use: () => id })],
    ['freeze', (id: string) => ({ id, read: [id].values() })],
  ] as const) {
    it(`${isolation}: batches at the same time do not share what cannot be protected`, async () => {
      const cache = createCache({ backend: 'memory', isolation });
      const runs: string[][] = [];
      class Boxes {
        @MultiCached({ key: (id: string) => id, cache: () => cache })
        async of(ids: readonly string[]): Promise<Map<string, object>> {
          runs.push([...ids]);
          await settled(1);
          return new Map(ids.map((id) => [id, id === 'plain' ? { id } : make(id)]));
        }
      }
      const boxes = new Boxes();
      const [one, two] = await Promise.all([boxes.of(['plain', 'odd']), boxes.of(['odd', 'plain', 'odd'])]);
      expect(two.get('odd')).to.have.property('id', 'odd');
      expect(two.get('odd')).to.not.equal(one.get('odd'));
      expect(two.get('plain')).to.deep.equal({ id: 'plain' });
      expect(runs).to.deep.equal([['plain', 'odd'], ['odd']]);
    });
  }
});
