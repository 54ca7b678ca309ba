import { inspect } from 'node:util';
import { expect } from 'chai';
import { Cached, createCache, createRegistry, type Cache } from 'cachewright';
import { faulty, recorder, type FaultyBackend, type Recorder } from 'cachewright/testing';
import { attachRegistry } from '#lib/decorators/slot.js';
import { caught } from '../support/caught.js';

describe('recorder', () => {
  let backend: FaultyBackend;
  let log: Recorder;
  let cache: Cache;

  beforeEach(() => {
    backend = faulty();
    log = recorder();
    cache = createCache({ backend, plugins: [log] });
  });
  afterEach(() => cache.close());

  it('remembers commands and keys in the order in which they were asked', async () => {
    await cache.set('a', 1);
    await Promise.all([cache.get('a'), cache.multiGet(['a', 'b', 'a']), cache.multiSet({ c: 1, d: 2 })]);
    await cache.multiDelete(['c', 'd']);
    await cache.clear();
    expect(log.lines()).to.deep.equal([
      'set a',
      'get a hit',
      'multiGet a b a hit miss hit',
      'multiSet c d',
      'multiDelete c d',
      'clear',
    ]);
    expect(log.keys('multiSet')).to.deep.equal(['c', 'd']);
    expect(log.keys()).to.have.length(9);
    expect(log.hits()).to.deep.equal(['a', 'a', 'a']);
    expect(log.misses()).to.deep.equal(['b']);
    expect(log.commands('get')).to.deep.equal([
      { cache: 'memory', command: 'get', keys: ['a'], outcome: 'answered', hit: true },
    ]);
  });

  it('shows a getOrSet as its get and its set', async () => {
    await cache.getOrSet('key', () => 'loaded');
    await cache.getOrSet('key', () => 'never');
    expect(log.lines()).to.deep.equal(['get key miss', 'set key', 'get key hit']);
  });

  it('sees every hit of a decorated method', async () => {
    class Users {
      @Cached({ key: (id: string) => `user:${id}` })
      async find(id: string): Promise<string> {
        return id;
      }
    }
    const registry = createRegistry({ default: { backend: 'memory', plugins: [log] } });
    const users = new Users();
    attachRegistry(users, registry);
    for (let call = 0; call < 3; call++) await users.find('7');
    expect(log.hits()).to.deep.equal(['user:7', 'user:7']);
    await registry.close();
  });

  it('tells what failed, and with what', async () => {
    backend.fail('get');
    await caught(cache.get('key'));
    await cache.set('key', 1);
    expect(log.errors()).to.have.length(1);
    expect(log.errors()[0]).to.include({ command: 'get', outcome: 'failed' });
    expect(log.errors()[0]!.error).to.have.property('code', 'ERR_CACHE_BACKEND');
    expect(log.lines()).to.deep.equal(['get key ERR_CACHE_BACKEND', 'set key']);
  });

  it('tells what is under way', async () => {
    backend.hang('get');
    const asked = cache.get('key');
    expect(log.lines()).to.deep.equal(['get key pending']);
    backend.heal();
    await asked;
    expect(log.lines()).to.deep.equal(['get key miss']);
  });

  it('keeps no values unless it is asked to', async () => {
    await cache.set('key', { password: 'SECRET-CANARY' });
    await cache.get('key');
    await cache.multiSet({ key: 'SECRET-CANARY' });
    expect(inspect(log.commands(), { depth: 9 })).to.not.include('SECRET-CANARY');
  });

  it('keeps what is written and read when it is asked to', async () => {
    const keeping = recorder({ values: true });
    const other = createCache({ backend: 'memory', plugins: [keeping] });
    await other.set('a', 1);
    await other.multiSet({ b: 2, c: 3 });
    await other.get('a');
    await other.multiGet(['b', 'nothing']);
    await other.delete('a');
    expect(keeping.commands().map(({ values }) => values)).to.deep.equal([[1], [2, 3], [1], [2, undefined], []]);
    await other.close();
  });

  it('forgets what it is told to, also what is under way', async () => {
    backend.hang('get');
    const asked = cache.get('key');
    log.reset();
    backend.heal();
    await asked;
    expect(log.commands()).to.deep.equal([]);
  });
});
