import { expect } from 'chai';
import {
  Cached,
  CacheEvict,
  CachePut,
  createRegistry,
  MultiCached,
  setDefaultRegistry,
  type CacheError,
  type CacheFailure,
} from 'cachewright';
import { faulty, type FaultyBackend } from 'cachewright/testing';
import { caught } from '../support/caught.js';

const failures: [CacheError, CacheFailure][] = [];
const observe = (error: CacheError, failure: CacheFailure): void => void failures.push([error, failure]);

class Users {
  calls = 0;
  @Cached()
  async find(id: string): Promise<string> {
    return `${++this.calls} ${id}`;
  }
  @MultiCached()
  async findMany(ids: readonly string[]): Promise<Map<string, string>> {
    const call = ++this.calls;
    return new Map(ids.map((id) => [id, `${call} ${id}`]));
  }
  @CachePut({ of: 'find' })
  async save(id: string): Promise<string> {
    return `${++this.calls} ${id}`;
  }
  @CacheEvict({ of: 'find' })
  async remove(_id: string): Promise<number> {
    return ++this.calls;
  }
  @Cached({ onCacheError: 'throw' })
  async strict(id: string): Promise<string> {
    return `${++this.calls} ${id}`;
  }
  @Cached({ onCacheError: observe })
  async observed(id: string): Promise<string> {
    return `${++this.calls} ${id}`;
  }
  @Cached({ key: (id: string) => (id === 'boom' ? fail() : (Number(id) as never)) })
  async badKey(id: string): Promise<string> {
    return `${++this.calls} ${id}`;
  }
  @CachePut({ keyOf: () => '' })
  async badPut(): Promise<number> {
    return ++this.calls;
  }
}

function fail(): never {
  throw new RangeError('boom');
}

describe('decorated methods with a failing cache', () => {
  let backend: FaultyBackend;
  let registry: ReturnType<typeof createRegistry>;
  let users: Users;
  beforeEach(() => {
    failures.length = 0;
    backend = faulty();
    registry = createRegistry({ default: { backend } });
    setDefaultRegistry(registry);
    users = new Users();
  });
  afterEach(async () => {
    backend.heal();
    await registry.close();
  });

  it('run, once, and answer', async () => {
    backend.fail('all');
    expect(await users.find('1')).to.equal('1 1');
    expect([...(await users.findMany(['1']))]).to.deep.equal([['1', '2 1']]);
    expect(await users.save('1')).to.equal('3 1');
    expect(await users.remove('1')).to.equal(4);
  });

  it('tell onCacheError', async () => {
    backend.fail('all');
    expect(await users.observed('1')).to.equal('1 1');
    expect(failures.map(([error, { key, phase, cache }]) => [error.code, key, phase, cache])).to.deep.equal([
      ['ERR_CACHE_BACKEND', 'Users.observed("1")', 'read', registry.get()],
      ['ERR_CACHE_BACKEND', 'Users.observed("1")', 'write', registry.get()],
    ]);
  });

  it('reject without running where that is wanted', async () => {
    backend.fail('get');
    expect(await caught(users.strict('1'))).to.have.property('code', 'ERR_CACHE_BACKEND');
    expect(users.calls).to.equal(0);
  });

  it('run when the registry is closed, before and after their first use', async () => {
    await registry.close();
    expect(await users.find('1')).to.equal('1 1');
    expect([...(await users.findMany(['1']))]).to.deep.equal([['1', '2 1']]);
    expect(await users.save('1')).to.equal('3 1');
    expect(await users.remove('1')).to.equal(4);
    expect(await caught(users.strict('1'))).to.have.property('code', 'ERR_CACHE_CLOSED');
    expect(users.calls).to.equal(4);
  });

  it('tell onCacheError of a closed cache', async () => {
    await users.observed('1');
    await registry.close();
    expect(await users.observed('1')).to.equal('2 1');
    expect(failures.map(([error, { phase }]) => [error.code, phase])).to.deep.equal([['ERR_CACHE_CLOSED', 'read']]);
  });

  it('reject for mistakes of the program, before anything is changed', async () => {
    expect(await caught(users.badKey('boom'))).to.be.instanceOf(RangeError);
    expect(await caught(users.badKey('1'))).to.have.property(
      'message',
      '@Cached on Users.badKey: the key function answered something of type number; let it answer a non-empty, well-formed string',
    );
    expect(await caught(users.find((() => 1) as never))).to.have.property('code', 'ERR_CACHE_INVALID_KEY');
    expect(users.calls).to.equal(0);
    expect(await caught(users.badPut())).to.have.property('code', 'ERR_CACHE_INVALID_KEY');
  });

  it('do not look at their keys while the cache is off', async () => {
    registry.disable();
    expect(await users.badKey('boom')).to.equal('1 boom');
  });

  it('never serve what an invalidation that failed should have deleted', async () => {
    await users.find('1');
    backend.fail('delete');
    await users.remove('1');
    expect(await users.find('1')).to.equal('3 1');
    backend.heal();
  });
});
