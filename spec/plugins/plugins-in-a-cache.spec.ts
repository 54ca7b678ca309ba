import { expect } from 'chai';
import { createCache, type Cache, type HitMissRatioPlugin, type TimingPlugin } from 'cachewright';

describe('built-in plugins in a cache', () => {
  let cache: Cache;

  beforeEach(() => {
    cache = createCache({ backend: 'memory', plugins: ['timing', 'hit-miss-ratio'] });
  });

  afterEach(() => cache.close());

  const stats = (): unknown => cache.plugin<HitMissRatioPlugin>('hit-miss-ratio')!.stats();
  const profile = (): ReturnType<TimingPlugin['profile']> => cache.plugin<TimingPlugin>('timing')!.profile();

  it('count hits and misses by key, defaulted misses as misses and null as a hit', async () => {
    await cache.set('null', null);
    await cache.get('null');
    await cache.get('none', { default: 'something' });
    await cache.multiGet(['null', 'none', 'null']);
    expect(stats()).to.deep.equal({ hits: 3, misses: 2, ratio: 0.6 });
  });

  it('see a getOrSet as its get and its set', async () => {
    await cache.getOrSet('k', () => 1);
    await cache.getOrSet('k', () => 2);
    expect(stats()).to.deep.equal({ hits: 1, misses: 1, ratio: 0.5 });
    expect(profile().get!.count).to.equal(2);
    expect(profile().set!.count).to.equal(1);
  });

  it('measure every command that succeeds, and count those that fail', async () => {
    await cache.set('text', 'x');
    await cache.increment('n');
    const error = await cache.increment('text').then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.have.property('code', 'ERR_CACHE_NOT_A_NUMBER');
    expect(profile()).to.have.all.keys('set', 'increment');
    expect(profile().increment).to.include({ count: 1, failures: 1 });
    expect(profile().set!.max).to.be.at.least(profile().set!.min).and.be.above(0);
  });
});
