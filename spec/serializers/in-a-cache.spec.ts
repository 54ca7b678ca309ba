import { expect } from 'chai';
import { createCache, type Cache, type SerializerName } from 'cachewright';

const NAMES: readonly SerializerName[] = ['reference', 'json', 'msgpack', 'v8'];

describe('serializers in a memory cache', () => {
  let cache: Cache;

  afterEach(() => cache.close());

  for (const serializer of NAMES) {
    it(`${serializer} lets increment and get agree`, async () => {
      cache = createCache({ backend: 'memory', serializer });
      expect(await cache.increment('n', 5)).to.equal(5);
      expect(await cache.get('n')).to.equal(5);
      await cache.set('n', -7);
      expect(await cache.increment('n', 8)).to.equal(1);
      expect(await cache.get('n')).to.equal(1);
      await cache.set('word', { n: 1 });
      expect(await cache.get('word')).to.deep.equal({ n: 1 });
      expect(
        await cache.increment('word').then(
          () => 'counted',
          (error: { code: string }) => error.code,
        ),
      ).to.equal('ERR_CACHE_NOT_A_NUMBER');
      expect(await cache.get('word')).to.deep.equal({ n: 1 });
    });
  }

  it('may differ from call to call', async () => {
    cache = createCache({ backend: 'memory', serializer: 'json' });
    await cache.set('k', { a: 1 });
    expect(await cache.get('k', { serializer: 'string' })).to.equal('{"a":1}');
    await cache.set('bytes', { at: new Date(0) }, { serializer: 'v8' });
    expect(await cache.get('bytes', { serializer: 'v8' })).to.deep.equal({ at: new Date(0) });
  });

  it('isolate references when the cache is told to', async () => {
    cache = createCache({ backend: 'memory', isolation: 'copy' });
    const value = { list: [1] };
    await cache.set('k', value);
    value.list.push(2);
    (await cache.get<typeof value>('k'))!.list.push(3);
    expect(await cache.get('k')).to.deep.equal({ list: [1] });
  });
});
