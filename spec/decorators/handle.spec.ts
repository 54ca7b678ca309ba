import { expect } from 'chai';
import { Cached, cachedMethod, createRegistry, isCacheError, MultiCached, setDefaultRegistry } from 'cachewright';
import { caught } from '../support/caught.js';

class Users {
  calls = 0;

  @Cached()
  async find(id: string): Promise<string> {
    await this.other();
    return `${++this.calls} ${id}`;
  }

  others = 0;
  @Cached()
  async other(): Promise<number> {
    return ++this.others;
  }

  @Cached({ condition: (id: string) => id !== 'x', key: (id: string) => `own:${id}` })
  async conditional(id: string): Promise<string> {
    return `${++this.calls} ${id}`;
  }

  @MultiCached({ idsFrom: 1, cacheMissing: true })
  async names(language: string, ids: readonly number[]): Promise<Map<number, string>> {
    const call = ++this.calls;
    return new Map(ids.filter((id) => id > 0).map((id) => [id, `${language} ${id} ${call}`]));
  }

  @Cached()
  static async count(id: string): Promise<string> {
    return id;
  }

  async plain(): Promise<void> {}
}

class Admins extends Users {}

describe('cachedMethod', () => {
  let registry: ReturnType<typeof createRegistry>;
  let users: Users;
  beforeEach(() => {
    registry = createRegistry({ default: { backend: 'memory' } });
    setDefaultRegistry(registry);
    users = new Users();
  });
  afterEach(() => registry.close());

  it('tells cache and key', () => {
    expect(cachedMethod(users, 'find').cache).to.equal(registry.get());
    expect(cachedMethod(users, 'find').key('1')).to.equal('Users.find("1")');
    expect(cachedMethod(new Admins(), 'find').key('1')).to.equal('Admins<Users>.find("1")');
    expect(cachedMethod(users, 'conditional').key('1')).to.equal('own:1');
    expect(cachedMethod(Users, 'count').key('1')).to.equal('Users::count("1")');
  });

  it('peeks without running the method', async () => {
    const find = cachedMethod(users, 'find');
    expect(await find.peek('1')).to.equal(undefined);
    await users.find('1');
    expect(await find.peek('1')).to.equal('1 1');
    expect(users.calls).to.equal(1);
  });

  it('refreshes: this method, and not those it calls', async () => {
    const find = cachedMethod(users, 'find');
    await users.find('1');
    expect(await find.refresh('1')).to.equal('2 1');
    expect(await users.find('1')).to.equal('2 1');
    expect(users.others).to.equal(1);
  });

  it('refreshes as the condition says', async () => {
    const conditional = cachedMethod(users, 'conditional');
    expect(await conditional.refresh('x')).to.equal('1 x');
    expect(await conditional.peek('x')).to.equal(undefined);
  });

  it('invalidates', async () => {
    await users.find('1');
    await cachedMethod(users, 'find').invalidate('1');
    expect(await users.find('1')).to.equal('2 1');
  });

  it('speaks of a @MultiCached method per id', async () => {
    const names = cachedMethod(users, 'names');
    expect(names.key('de', 1)).to.equal('Users.names("de",1)');
    await users.names('de', [1, 2, -1]);
    expect(await names.peek('de', 1)).to.equal('de 1 1');
    expect(await names.peek('de', -1), 'remembered as missing').to.equal(undefined);
    expect(await names.refresh('de', 1)).to.equal('de 1 2');
    expect(await names.refresh('de', -1)).to.equal(undefined);
    await names.invalidate('de', 2);
    expect([...(await users.names('de', [1, 2, -1])).values()]).to.deep.equal(['de 1 2', 'de 2 4']);
  });

  it('refuses a list of ids, which would be the key of nothing', async () => {
    const names = cachedMethod(users, 'names');
    const says = 'cachedMethod: Users.names is a @MultiCached method; give one id as argument 2, not a list of them';
    expect(() => names.key('de', [1, 2])).to.throw(says);
    for (const asked of [names.peek('de', [1]), names.refresh('de', []), names.invalidate('de', [1, 2])]) {
      const error = await caught(asked);
      expect(isCacheError(error, 'ERR_CACHE_CONFIG')).to.equal(true);
      expect(error).to.have.property('message', says);
    }
    expect(users.calls).to.equal(0);
  });

  it('runs the method for refresh while the cache is off', async () => {
    registry.disable();
    expect(await cachedMethod(users, 'find').refresh('1')).to.equal('1 1');
    expect(await cachedMethod(users, 'names').refresh('de', 1)).to.equal('de 1 2');
  });

  it('says which methods there are', () => {
    expect(() => cachedMethod(users, 'plain')).to.throw('cachedMethod: plain is no cached method; there are: ');
    expect(() => cachedMethod(users, 'fnd' as 'find')).to.throw(
      'cachedMethod: fnd is no cached method; did you mean "find"? there are: ',
    );
    class None {
      async find(): Promise<void> {}
    }
    expect(() => cachedMethod(new None(), 'find')).to.throw('cachedMethod: find is no cached method; there are none');
  });
});
