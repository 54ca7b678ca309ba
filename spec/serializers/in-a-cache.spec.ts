import { expect } from 'chai';
import { createCache, SerializationError, type Cache, type Serializer, type SerializerName } from 'cachewright';
import { caught } from '../support/caught.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

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

  describe('that break their word', () => {
    forbidUnhandledRejections();

    const rejected = async (): Promise<never> => {
      throw new Error('canary');
    };
    const mine = (part: Partial<Record<keyof Serializer, unknown>>): Serializer =>
      ({ name: 'mine', wire: 'text', serialize: JSON.stringify, deserialize: JSON.parse, ...part }) as Serializer;
    const answers: [part: Parameters<typeof mine>[0], problem: string][] = [
      [{ serialize: rejected }, 'serialize answered a promise; let it answer a string, synchronously'],
      [{ serialize: () => 5 }, 'serialize answered something of type number; let it answer a string, synchronously'],
      [{ serialize: () => undefined }, 'serialize answered something of type undefined; let it answer a string'],
      [{ serialize: () => null }, 'serialize answered null; let it answer a string'],
      [{ serialize: () => Buffer.from('') }, 'serialize answered something of type object; let it answer a string'],
      [
        { wire: 'bytes', serialize: () => ({}) },
        'serialize answered something of type object; let it answer a Uint8Array',
      ],
      [{ wire: 'reference', serialize: rejected }, 'serialize answered a promise; let it answer the value'],
    ];
    for (const [part, problem] of answers) {
      it(`store nothing: ${problem}`, async () => {
        cache = createCache({ backend: 'memory', serializer: mine(part) });
        const error = await caught(cache.set('k', { a: 1 }));
        expect(error).to.be.instanceOf(SerializationError).with.property('message').that.includes(problem);
        expect(await cache.exists('k')).to.equal(false);
        expect(await cache.getOrSet('k', () => ({ a: 2 }))).to.deep.equal({ a: 2 });
      });
    }

    it('read nothing with a promise, and quote nothing of it', async () => {
      cache = createCache({ backend: 'memory', serializer: mine({ deserialize: rejected }) });
      await cache.set('k', { a: 1 });
      const error = await caught(cache.get('k'));
      expect(error)
        .to.be.instanceOf(SerializationError)
        .with.property(
          'message',
          'deserialize answered a promise; let it be synchronous (serializer mine, cache memory)',
        );
      expect(await cache.getOrSet('k', () => 'loaded')).to.equal('loaded');
    });
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
