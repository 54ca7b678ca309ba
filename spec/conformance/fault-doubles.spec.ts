import { expect } from 'chai';
import { createCache, isCacheError, optimistic, type Backend } from 'cachewright';
import { FakeClock, faulty, flippedBit } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { caught } from '../support/caught.js';

const CALL = { wire: 'text', namespace: '', signal: undefined } as const;

function memory(): Backend {
  return memoryBackend({}, { cache: 'memory', clock: new FakeClock() });
}

/** How many bits differ. */
function distance(one: Buffer, other: Buffer): number {
  expect(one.length).to.equal(other.length);
  return [...one].reduce((sum, byte, at) => sum + (byte ^ other[at]!).toString(2).replaceAll('0', '').length, 0);
}

describe('faulty, corrupt', () => {
  it('answers reads with damaged values, and leaves what is stored', async () => {
    const inner = memory();
    const double = faulty(inner);
    await double.set('key', 'value', undefined, CALL);
    double.corrupt('get', (wire) => `${String(wire)}!`);
    expect(await double.get('key', CALL)).to.equal('value!');
    expect(await double.multiGet(['key'], CALL)).to.deep.equal(['value']);
    expect(inner.get('key', CALL)).to.equal('value');
    double.heal();
    expect(await double.get('key', CALL)).to.equal('value');
  });

  it('strikes every command that reads, and leaves misses alone', async () => {
    const double = faulty(memory());
    await double.set('key', 'value', undefined, CALL);
    double.corrupt('all', () => 'damaged');
    expect(await double.get('key', CALL)).to.equal('damaged');
    expect(await double.get('other', CALL)).to.equal(undefined);
    expect(await double.multiGet(['other', 'key'], CALL)).to.deep.equal([undefined, 'damaged']);
    expect(await double.versions!.read('key', CALL)).to.have.property('wire', 'damaged');
    expect(await double.versions!.read('other', CALL)).to.have.property('wire', undefined);
    expect(await double.exists('key', CALL)).to.equal(true);
  });

  it('leaves a state that can still be compared with', async () => {
    const backend = faulty();
    const cache = createCache({ backend, serializer: 'string' });
    await cache.set('key', 'value');
    backend.once.corrupt('read', () => 'damaged');
    const entry = await optimistic<string>(cache, 'key');
    expect(entry.value).to.equal('damaged');
    await entry.compareAndSet('repaired');
    expect(await cache.get('key')).to.equal('repaired');
    await cache.close();
  });

  it('flips one bit of each value by default, the same ones on every run', async () => {
    for (const wire of ['some text', Buffer.from('some bytes')]) {
      const double = faulty(memory());
      await double.set('key', wire, undefined, CALL);
      const read = async (): Promise<Buffer[]> => {
        double.corrupt('get');
        const answers = [await double.get('key', CALL), await double.get('key', CALL)];
        return answers.map((answer) => Buffer.from(answer as string));
      };
      const first = await read();
      expect(first.map((damaged) => distance(damaged, Buffer.from(wire as string)))).to.deep.equal([1, 1]);
      expect(await read()).to.deep.equal(first);
    }
  });

  it('flips other bits with another seed, of any text or bytes', () => {
    const damages = Array.from({ length: 50 }, (_, seed) => flippedBit(seed)('0123456789'));
    expect(new Set(damages).size).to.be.greaterThan(25);
    const odd = 'a\ud83d\ude00b'.repeat(10);
    for (let seed = 0; seed < 50; seed++) expect(flippedBit(seed)(odd)).to.not.equal(odd);
    expect(flippedBit()('')).to.have.length(1);
    expect(flippedBit()(Buffer.alloc(0))).to.have.length(1);
  });

  it('says what it needs where values are neither text nor bytes', async () => {
    const backend = faulty();
    const cache = createCache({ backend, serializer: 'reference' });
    await cache.set('key', { a: 1 });
    backend.corrupt('get');
    expect(isCacheError(await caught(cache.get('key')), 'ERR_CACHE_CONFIG')).to.equal(true);
    backend.corrupt('get', () => ({ a: 2 }));
    expect(await cache.get('key')).to.deep.equal({ a: 2 });
    await cache.close();
  });

  it('is a miss for a loading call whose serializer notices', async () => {
    const backend = faulty();
    const cache = createCache({ backend, serializer: 'json' });
    await cache.set('key', { name: 'Ada' });
    backend.corrupt('get', (wire) => String(wire).slice(0, -1));
    expect(await cache.getOrSet('key', () => 'loaded')).to.equal('loaded');
    await cache.close();
  });
});

describe('faulty, dropReply', () => {
  it('carries out what it does not answer', async () => {
    const backend = faulty();
    const cache = createCache({ backend, serializer: 'json', timeout: 5 });
    backend.once.dropReply('increment');
    expect(isCacheError(await caught(cache.increment('n')), 'ERR_CACHE_COMMAND_TIMEOUT')).to.equal(true);
    expect(await cache.increment('n')).to.equal(2);
    await cache.close();
  });

  it('fails with an error, where there is one, after it was carried out', async () => {
    const inner = memory();
    const double = faulty(inner);
    const lost = new Error('connection lost');
    double.dropReply('set', lost);
    expect(await caught(double.set('key', 'value', undefined, CALL) as Promise<void>)).to.equal(lost);
    expect(inner.get('key', CALL)).to.equal('value');
  });

  it('is over when nobody waits any more, so that loads of the key are stored again', async () => {
    const backend = faulty();
    const cache = createCache({ backend, timeout: 5 });
    backend.once.dropReply('set');
    expect(isCacheError(await caught(cache.set('key', 'old')), 'ERR_CACHE_COMMAND_TIMEOUT')).to.equal(true);
    await cache.delete('key');
    expect(await cache.getOrSet('key', () => 'new')).to.equal('new');
    expect(await cache.get('key')).to.equal('new');
    await cache.close();
  });

  it('never answers, not even when it is healed', async () => {
    const double = faulty(memory());
    double.dropReply('get');
    let answered = false;
    void Promise.resolve(double.get('key', CALL)).then(() => (answered = true));
    double.heal();
    await new Promise(setImmediate);
    expect(answered).to.equal(false);
    expect(await double.get('key', CALL)).to.equal(undefined);
  });
});
