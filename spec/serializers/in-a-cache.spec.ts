import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { StreamableFile } from '@nestjs/common';
import { expect } from 'chai';
import { of } from 'rxjs';
import {
  ConfigError,
  createCache,
  SerializationError,
  type Cache,
  type Serializer,
  type SerializerName,
} from 'cachewright';
import { SERIALIZER_NAMES } from '#lib/serializers/by-name.js';
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

  it('given to a call have to be one', async () => {
    cache = createCache('memory://');
    const whole = { name: 'mine', wire: 'text', serialize: String, deserialize: String };
    const wrong: [given: object, message: RegExp][] = [
      [{ ...whole, serialize: undefined }, /^serializer lacks serialize\(\)/],
      [[], /^serializer lacks serialize\(\), deserialize\(\)/],
      [{ ...whole, name: undefined }, /^serializer\.name is no text/],
      [{ ...whole, wire: 'bits' }, /^serializer\.wire is none; use one of text, bytes, reference/],
      [{ ...whole, decimalIntegers: 'no' }, /^serializer\.decimalIntegers is of type string/],
    ];
    for (const [given, message] of wrong) {
      const serializer = given as Serializer;
      for (const call of [cache.set('k', 1, { serializer }), cache.get('k', { serializer })])
        expect(await caught(call))
          .to.be.instanceOf(ConfigError)
          .with.property('message')
          .that.matches(message);
    }
    class Mine {
      readonly name = 'mine';
      readonly wire = 'text';
      readonly serialize = String;
      deserialize(wire: unknown): unknown {
        return `read ${wire as string}`;
      }
    }
    const serializer = new Mine();
    await cache.set('k', 1, { serializer });
    expect(await cache.get('k', { serializer })).to.equal('read 1');
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

  describe('refuse', () => {
    function* generated(): Generator<number> {
      yield 1;
    }
    const usedUp: Record<string, () => object> = {
      'a stream': () => Readable.from(['a']),
      'a stream of the web': () => new ReadableStream(),
      'a file of Nest': () => new StreamableFile(Buffer.from('a')),
      'a generator': generated,
      'an iterator': () => [1].values(),
      'a response': () => new Response('a'),
    };
    for (const [what, make] of Object.entries(usedUp)) {
      for (const isolation of ['none', 'copy', 'freeze'] as const) {
        for (const serializer of isolation === 'none' ? SERIALIZER_NAMES : (['reference'] as const)) {
          it(`${what}, which the next one would find used up: ${serializer}, isolation ${isolation}`, async () => {
            cache = createCache({ backend: 'memory', serializer, isolation });
            expect(await caught(cache.set('k', make())))
              .to.be.instanceOf(SerializationError)
              .with.property('message')
              .that.matches(/can be read once only and cannot be stored; read it, and store what it held/);
            let loads = 0;
            const load = (): object => (loads++, make());
            const failures: unknown[] = [];
            const first = await cache.getOrSet('k', load, { onCacheError: (error) => failures.push(error) });
            expect(Object.isFrozen(first)).to.equal(false);
            expect(await cache.getOrSet('k', load)).not.to.equal(first);
            expect(loads).to.equal(2);
            expect(failures).to.have.lengthOf(1);
            expect(failures[0]).to.be.instanceOf(SerializationError);
          });
        }
      }
    }

    it('an observable, unless the reference is kept', async () => {
      cache = createCache({ backend: 'memory', serializer: 'json' });
      expect(await caught(cache.set('k', of(1))))
        .to.be.instanceOf(SerializationError)
        .with.property('message')
        .that.includes('an observable cannot be stored; store what it emits');
      await cache.close();
      cache = createCache('memory://');
      const observable = of(1);
      await cache.set('k', observable);
      expect(await cache.get('k')).to.equal(observable);
    });

    it('a proxy that does not let itself be looked at, and quote nothing of what it throws', async () => {
      const trap = (): never => {
        throw new Error('canary');
      };
      for (const serializer of SERIALIZER_NAMES) {
        cache = createCache({ backend: 'memory', serializer });
        for (const value of [new Proxy({}, { get: trap }), new Proxy({}, { getPrototypeOf: trap })]) {
          const error = await caught(cache.set('k', value));
          expect(error).to.be.instanceOf(SerializationError);
          expect(inspect(error, { showHidden: true }).replaceAll(/^ +at .*$/gm, '')).not.to.include('canary');
        }
        await cache.close();
      }
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
