import { expect } from 'chai';
import { cacheScope, createCache, type Isolation } from 'cachewright';
import { faulty } from 'cachewright/testing';
import { caught } from '../support/caught.js';
import { deferred } from '../support/deferred.js';
import { settled } from '../support/held-backend.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

describe('a load that calls share', () => {
  forbidUnhandledRejections();

  it('does not deadlock when two loads need each other', async () => {
    const cache = createCache('memory://');
    const load = (own: string, other: string): Promise<string> =>
      cache.getOrSet(own, async () => {
        await settled(1);
        return `${own}(${await cache.getOrSet(other, () => `own ${other}`)})`;
      });
    const [a, b] = await Promise.all([load('a', 'b'), load('b', 'a')]);
    expect([a, b]).to.satisfy((both: string[]) => both.some((text) => text.includes('own')));
    expect(await cache.multiGet(['a', 'b'])).to.deep.equal([a, b]);
  });

  it('does not deadlock when three loads wait for one another in a circle', async () => {
    const cache = createCache('memory://');
    const ring = ['a', 'b', 'c'];
    const load = (at: number): Promise<number> =>
      cache.getOrSet(ring[at]!, async () => {
        await settled(1);
        return 1 + (await cache.getOrSet(ring[(at + 1) % 3]!, () => 0));
      });
    expect(await Promise.all([load(0), load(1), load(2)])).to.have.length(3);
  });

  it('lets each call see cache failures its own way', async () => {
    for (const [command, value] of [
      ['get', 2],
      // It was loaded, and that is shared.
      ['set', 1],
    ] as const) {
      const backend = faulty();
      backend.fail(command);
      const cache = createCache({ backend });
      const strict = caught(cache.getOrSet('k', () => 1, { onCacheError: 'throw' }));
      const easy = cache.getOrSet('k', () => 2);
      expect(await strict).to.have.property('code', 'ERR_CACHE_BACKEND');
      expect(await easy).to.equal(value);
    }
  });

  it('is stored when any of them wants that', async () => {
    const cache = createCache('memory://');
    const load = deferred<number>();
    const silent = cacheScope({ write: false }, () => cache.getOrSet('k', () => load.promise));
    const usual = cache.getOrSet('k', () => -1);
    load.resolve(1);
    expect(await Promise.all([silent, usual])).to.deep.equal([1, 1]);
    expect(await cache.get('k')).to.equal(1);
  });

  it('comes frozen to a caller who asks for that, though the first one did not', async () => {
    const cache = createCache('memory://');
    const first = cache.getOrSet('k', async () => ({ a: 1 }));
    const second = cache.getOrSet('k', async () => ({ a: 2 }), { isolation: 'freeze' });
    await first;
    expect(Object.isFrozen(await second)).to.equal(true);
  });

  const unshareable: [Isolation, () => object][] = [
    ['copy', () => ({ call() {} })],
    [
      'freeze',
      () =>
        new Proxy(
          {},
          {
            preventExtensions() {
              throw new Error('no');
            },
          },
        ),
    ],
  ];
  for (const [isolation, make] of unshareable) {
    for (const place of ['call', 'cache'] as const) {
      it(`answers what cannot be shared with ${isolation} (of the ${place}), to each call its own, and does not store it`, async () => {
        const cache = createCache(place === 'cache' ? { backend: 'memory', isolation } : 'memory://');
        const options = place === 'call' ? { isolation } : {};
        const load = async (): Promise<object> => (await settled(1), make());
        const [one, other] = await Promise.all([1, 2].map(() => cache.getOrSet('k', load, options)));
        expect(one).to.be.an('object').and.not.equal(other);
        expect(await cache.exists('k')).to.equal(false);
      });
    }
  }
});
