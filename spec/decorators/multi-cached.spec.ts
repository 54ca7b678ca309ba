import { expect } from 'chai';
import { Cached, createRegistry, MultiCached, setDefaultRegistry } from 'cachewright';
import { FakeClock } from 'cachewright/testing';
import { caught } from '../support/caught.js';

interface User {
  readonly id: string;
  readonly name: string;
}

const user = (id: string): User => ({ id, name: `user ${id}` });
const known = (ids: Iterable<string>): User[] => [...ids].filter((id) => !id.startsWith('?')).map(user);

class Users {
  readonly asked: unknown[] = [];
  answer: Map<string, User> | undefined;

  @MultiCached({ ttl: '10m', key: (id: string) => `user:${id}` })
  async findMany(ids: readonly string[]): Promise<Map<string, User>> {
    this.asked.push([...ids]);
    this.answer = new Map(known(ids).map((found) => [found.id, found]));
    return this.answer;
  }

  @Cached({ key: (id: string) => `user:${id}` })
  async find(id: string): Promise<User | null> {
    this.asked.push(id);
    return known([id])[0] ?? null;
  }

  @MultiCached()
  async byDefault(ids: readonly (string | number)[], language?: string): Promise<Map<string | number, string>> {
    this.asked.push([...ids]);
    return new Map(ids.map((id) => [id, `${typeof id} ${id} ${language}`]));
  }

  @MultiCached({
    idsFrom: 1,
    unless: (name: string, id: string, language: string) => name.includes('skip') || id + language === 'xde',
  })
  async second(language: string, ids: readonly string[]): Promise<Map<string, string>> {
    this.asked.push([...ids]);
    return new Map(ids.map((id) => [id, `${language} ${id}`]));
  }

  @MultiCached({
    returns: 'record',
    ttl: (name: string, id: string) => (name === '' ? '1h' : id === 'short' ? '1s' : undefined),
  })
  async record(ids: readonly string[]): Promise<Record<string, string>> {
    this.asked.push([...ids]);
    return Object.fromEntries(known(ids).map(({ id, name }) => [id, name]));
  }

  @MultiCached({ idOf: (found: User) => found.id })
  async array(ids: Iterable<string>): Promise<User[]> {
    this.asked.push([...ids]);
    return known(ids).reverse();
  }

  @MultiCached({ cacheMissing: true, key: (id: string) => `user:${id}` })
  async remembering(ids: readonly string[]): Promise<Map<string, User>> {
    return this.findOnly(ids);
  }

  @MultiCached({ condition: (ids: readonly string[]) => ids.length > 1 })
  async conditional(ids: readonly string[]): Promise<Map<string, User>> {
    return this.findOnly(ids);
  }

  @MultiCached()
  async defaulted(ids: readonly string[] = ['a', 'b']): Promise<Map<string, User>> {
    return this.findOnly(ids);
  }

  @MultiCached()
  async wrong(ids: readonly string[]): Promise<Map<string, User>> {
    return known(ids) as never;
  }

  @MultiCached()
  async failing(ids: readonly string[]): Promise<Map<string, User>> {
    this.asked.push([...ids]);
    throw new Error('down');
  }

  private async findOnly(ids: readonly string[]): Promise<Map<string, User>> {
    this.asked.push([...ids]);
    return new Map(known(ids).map((found) => [found.id, found]));
  }
}

describe('@MultiCached', () => {
  const clock = new FakeClock();
  let registry: ReturnType<typeof createRegistry>;
  let users: Users;

  beforeEach(() => {
    registry = createRegistry({ default: { backend: 'memory', ttl: '5m' } }, { clock });
    setDefaultRegistry(registry);
    users = new Users();
  });
  afterEach(() => registry.close());

  it('asks the method once, only for what is missing', async () => {
    await users.findMany(['a', 'b']);
    const found = await users.findMany(['c', 'a', 'd', 'b']);
    expect(users.asked).to.deep.equal([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect([...found]).to.deep.equal(['c', 'a', 'd', 'b'].map((id) => [id, user(id)]));
    await users.findMany(['a', 'd']);
    expect(users.asked).to.have.length(2);
  });

  it('answers in the order asked, the first of equal ids, without the missing ones', async () => {
    expect([...(await users.findMany(['b', '?', 'a', 'b'])).keys()]).to.deep.equal(['b', 'a']);
    expect(users.asked).to.deep.equal([['b', '?', 'a']]);
    expect([...(await users.findMany(['a', '?', 'a', 'b'])).keys()]).to.deep.equal(['a', 'b']);
    expect(users.asked[1]).to.deep.equal(['?']);
  });

  it('does not run without ids', async () => {
    expect(await users.findMany([])).to.deep.equal(new Map());
    expect(await users.record([])).to.deep.equal({});
    expect(await users.array(new Set())).to.deep.equal([]);
    expect(users.asked).to.deep.equal([]);
  });

  it('lets the method have its default ids', async () => {
    expect([...(await users.defaulted()).keys()]).to.deep.equal(['a', 'b']);
  });

  it('shares entries with a method for one id', async () => {
    await users.find('a');
    await users.findMany(['a', 'b']);
    await users.find('b');
    expect(users.asked).to.deep.equal(['a', ['b']]);
  });

  it('tells ids and other arguments apart in its default keys', async () => {
    await users.byDefault([1], 'de');
    const found = await users.byDefault([1, '1'], 'de');
    expect([...found.values()]).to.deep.equal(['number 1 de', 'string 1 de']);
    await users.byDefault([1], 'en');
    expect(users.asked).to.deep.equal([[1], ['1'], [1]]);
    expect(await registry.get().exists('Users.byDefault(1,"de")')).to.equal(true);
  });

  it('takes the ids from where it is told, and hands their place to the options last', async () => {
    await users.second('de', ['x', 'y', 'skip']);
    await users.second('de', ['x', 'y', 'skip']);
    expect(users.asked).to.deep.equal([
      ['x', 'y', 'skip'],
      ['x', 'skip'],
    ]);
  });

  it('works over records, with a ttl of each value', async () => {
    expect(await users.record(['b', '?', 'a', 'short'])).to.deep.equal({
      b: 'user b',
      a: 'user a',
      short: 'user short',
    });
    clock.advance('2s');
    expect(Object.keys(await users.record(['a', 'short', 'b']))).to.deep.equal(['a', 'short', 'b']);
    expect(users.asked[1]).to.deep.equal(['short']);
  });

  it('is safe with ids that are names of Object', async () => {
    expect(Object.keys(await users.record(['__proto__', 'constructor']))).to.deep.equal(['__proto__', 'constructor']);
  });

  it('works over arrays, and reads an iterable once', async () => {
    const ids = function* (): Generator<string> {
      yield* ['a', '?', 'b', 'a'];
    };
    expect(await users.array(ids())).to.deep.equal([user('a'), user('b')]);
    expect(await users.array(ids())).to.deep.equal([user('a'), user('b')]);
    expect(users.asked).to.deep.equal([['a', '?', 'b'], ['?']]);
  });

  it('never touches what the method returned', async () => {
    await users.findMany(['a']);
    const found = await users.findMany(['b', 'a']);
    expect([...users.answer!.keys()]).to.deep.equal(['b']);
    found.clear();
    expect([...(await users.findMany(['a', 'b'])).keys()]).to.deep.equal(['a', 'b']);
  });

  it('writes only what was loaded: hits are not renewed', async () => {
    await users.findMany(['a']);
    clock.advance('9m');
    await users.findMany(['a', 'b']);
    clock.advance('2m');
    await users.findMany(['a', 'b']);
    expect(users.asked).to.deep.equal([['a'], ['b'], ['a']]);
  });

  it('shares loads per id between lists asked at the same time', async () => {
    const lists = [['a', 'b'], ['b', 'c'], ['c', 'a', 'd'], ['d']];
    const found = await Promise.all(lists.map((ids) => users.findMany(ids)));
    expect(found.map((map) => [...map.keys()])).to.deep.equal(lists);
    expect(users.asked.flat().sort()).to.deep.equal(['a', 'b', 'c', 'd']);
  });

  it('remembers what is missing when told to, as null for others', async () => {
    for (let round = 0; round < 2; round++)
      expect([...(await users.remembering(['a', '?'])).keys()]).to.deep.equal(['a']);
    expect(users.asked).to.deep.equal([['a', '?']]);
    expect(await users.find('?')).to.equal(null);
    expect(users.asked).to.have.length(1);
  });

  it('leaves the cache alone when the condition says so', async () => {
    for (let round = 0; round < 2; round++) await users.conditional(['a']);
    for (let round = 0; round < 2; round++) await users.conditional(['a', 'b']);
    expect(users.asked).to.deep.equal([['a'], ['a'], ['a', 'b']]);
  });

  it("passes the method's own errors on and stores none", async () => {
    expect(await caught(users.failing(['a']))).to.have.property('message', 'down');
    expect(await caught(users.failing(['a']))).to.have.property('message', 'down');
    expect(users.asked).to.have.length(2);
  });

  it('just runs the method while the cache is off', async () => {
    registry.disable();
    const found = await users.findMany(['a', 'a', '?']);
    expect(found).to.equal(users.answer);
  });

  it('says what is wrong', async () => {
    expect(await caught(users.wrong(['a']))).to.have.property(
      'message',
      '@MultiCached on Users.wrong: the method did not answer with a map; set `returns` to what it answers with',
    );
    expect(await caught(users.findMany('abc' as never)))
      .to.have.property('message')
      .that.includes('Users.findMany: argument 1 (args[0]) is no list of ids');
  });
});
