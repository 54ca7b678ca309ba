import { expect } from 'chai';
import { Cached, cacheScope, createRegistry, setDefaultRegistry } from 'cachewright';
import { FakeClock } from 'cachewright/testing';
import { caught } from '../support/caught.js';

interface Filter {
  readonly city: string;
  readonly limit?: number;
}

class Users {
  calls = 0;
  readonly tag = 'of this';

  @Cached({ ttl: '10m', key: (id: string) => `user:${id}`, unless: (user: string | null) => user === null })
  async byKey(id: string): Promise<string | null> {
    this.calls++;
    return id === 'nobody' ? null : `user ${id} ${this.tag}`;
  }

  @Cached()
  async find(id: unknown, ...more: unknown[]): Promise<unknown[]> {
    return [++this.calls, id, ...more];
  }

  @Cached()
  async search(filter: Filter): Promise<string> {
    return `${++this.calls} ${filter.city}`;
  }

  @Cached({ condition: (id: number) => id > 0 })
  async positive(_id: number): Promise<number> {
    return ++this.calls;
  }

  @Cached({ ttl: (result: number, id: string) => (id === 'short' ? '1s' : result > 0 ? undefined : '1h') })
  async timed(_id: string): Promise<number> {
    return ++this.calls;
  }

  @Cached()
  async nothing(answer: undefined | null): Promise<undefined | null> {
    this.calls++;
    return answer;
  }

  @Cached()
  async failing(error: string): Promise<never> {
    this.calls++;
    throw Object.freeze(new Error(error));
  }

  @Cached({ isolation: 'copy' })
  async copied(id: string): Promise<{ id: string }> {
    this.calls++;
    return { id };
  }

  static calls = 0;

  @Cached()
  static async count(id: string): Promise<string> {
    return `${++Users.calls} ${id} ${this.name}`;
  }
}

describe('@Cached', () => {
  const clock = new FakeClock();
  let registry: ReturnType<typeof createRegistry>;
  let users: Users;

  beforeEach(() => {
    registry = createRegistry({ default: { backend: 'memory', ttl: '5m', policy: 'lru' } }, { clock });
    setDefaultRegistry(registry);
    users = new Users();
  });

  afterEach(() => registry.close());

  it('runs the method once for the same arguments, with its this', async () => {
    expect(await users.byKey('1')).to.equal('user 1 of this');
    expect(await users.byKey('1')).to.equal('user 1 of this');
    expect(users.calls).to.equal(1);
    expect(await registry.get().get('user:1')).to.equal('user 1 of this');
  });

  it('always answers with a promise', async () => {
    for (let round = 0; round < 3; round++) {
      const answer = users.find(1);
      expect(answer).to.be.instanceOf(Promise);
      expect(await answer).to.deep.equal([1, 1]);
    }
  });

  it('runs the method once for callers at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => users.find('x')));
    expect(users.calls).to.equal(1);
    expect(new Set(answers).size).to.equal(1);
  });

  const lists: unknown[][] = [
    [],
    [1],
    ['1'],
    [0],
    [-0],
    [NaN],
    ['NaN'],
    [undefined],
    [null],
    [1, undefined],
    [1, 2],
    ['1', '2'],
    [[1, 2]],
    [{ a: 1 }],
    [{ a: '1' }],
    [{ a: undefined }],
    [{}],
    [{ a: 0 }],
    [{ a: -0 }],
    [{ a: 1, b: 2 }],
    ['s1:a'],
    ['{0:n1;'],
    [true],
    ['true'],
    ['x'.repeat(300)],
  ];

  it('tells argument lists apart, whichever way they are looked up', async () => {
    const call: (...args: unknown[]) => Promise<unknown[]> = users.find.bind(users);
    const first: unknown[] = [];
    for (const list of lists) first.push((await call(...list))[0]);
    expect(first).to.deep.equal(lists.map((_, index) => index + 1));
    // The second time by key, from then on by the arguments themselves.
    for (let round = 0; round < 3; round++) {
      const again: unknown[] = [];
      for (const list of lists) again.push((await call(...list))[0]);
      expect(again).to.deep.equal(first);
    }
  });

  it('takes objects with their names in another order for the same', async () => {
    for (let round = 0; round < 3; round++) {
      expect(await users.search({ city: 'Bonn', limit: 1 })).to.equal('1 Bonn');
      expect(await users.search({ limit: 1, city: 'Bonn' })).to.equal('1 Bonn');
    }
  });

  it('refuses on the short way what it refuses on the long one', async () => {
    for (let round = 0; round < 3; round++) await users.search({ city: 'Bonn' });
    const odd: object[] = [
      { city: 'Bonn', [Symbol('s')]: 1 },
      new Proxy({ city: 'Bonn' }, {}),
      new (class Place {
        city = 'Bonn';
      })(),
      Object.defineProperty({ city: 'Bonn' }, 'limit', { value: 1 }),
    ];
    for (const filter of odd) {
      expect(await caught(users.search(filter as Filter))).to.have.property('code', 'ERR_CACHE_INVALID_KEY');
    }
    expect(users.calls).to.equal(1);
  });

  describe('on the short way of a hit, knows at once', () => {
    const key = 'Users.find("a")';
    beforeEach(async () => {
      for (let round = 0; round < 4; round++) expect(await users.find('a')).to.deep.equal([1, 'a']);
    });

    const changes: [string, () => unknown][] = [
      ['a delete', () => registry.get().delete(key)],
      ['a clear', () => registry.get().clear()],
      ['an expiry', () => clock.advance('6m')],
      ['an expiry set later', async () => (await registry.get().expire(key, '1s'), clock.advance('2s'))],
      [
        'an eviction',
        () => registry.get().multiSet(new Map(Array.from({ length: 10_001 }, (_, index) => [`k${index}`, 1]))),
      ],
      ['the off switch', () => registry.get().disable()],
    ];
    for (const [name, change] of changes) {
      it(name, async () => {
        await change();
        expect(await users.find('a')).to.deep.equal([2, 'a']);
      });
    }

    it('a new value', async () => {
      await registry.get().set(key, 'new');
      expect(await users.find('a')).to.equal('new');
      expect(await users.find('a')).to.equal('new');
    });

    it('a scope that does not read', async () => {
      expect(await cacheScope({ read: false }, () => users.find('a'))).to.deep.equal([2, 'a']);
      expect(await users.find('a')).to.deep.equal([2, 'a']);
    });

    it('another default registry', async () => {
      const other = createRegistry({ default: { backend: 'memory' } });
      setDefaultRegistry(other);
      expect(await users.find('a')).to.deep.equal([2, 'a']);
      setDefaultRegistry(registry);
      expect(await users.find('a')).to.deep.equal([1, 'a']);
      await other.close();
    });

    it('a cache put in the place of the old one', async () => {
      registry.add('default', { backend: 'memory' }, { replace: true });
      expect(await users.find('a')).to.deep.equal([2, 'a']);
      expect(await users.find('a')).to.deep.equal([2, 'a']);
    });
  });

  it('keeps what is used', async () => {
    const small = createRegistry({ default: { backend: 'memory', maxEntries: 3, policy: 'lru' } });
    setDefaultRegistry(small);
    for (const id of ['a', 'b', 'a', 'a', 'a', 'c', 'a', 'd']) await users.find(id);
    expect(await users.find('a')).to.deep.equal([1, 'a']);
    expect((await users.find('b'))[0], 'b was evicted').to.equal(5);
    await small.close();
  });

  it('obeys ttl, also where it depends on the result', async () => {
    await users.timed('short');
    await users.timed('long');
    expect(await registry.get().ttl('Users.timed("short")')).to.equal(1_000);
    expect(await registry.get().ttl('Users.timed("long")')).to.equal(300_000);
    clock.advance('2s');
    expect(await users.timed('short')).to.equal(3);
    expect(await users.timed('long')).to.equal(2);
  });

  it('does not store what unless says, nor undefined, but null', async () => {
    for (let round = 0; round < 2; round++) expect(await users.byKey('nobody')).to.equal(null);
    expect(users.calls).to.equal(2);
    for (let round = 0; round < 2; round++) expect(await users.nothing(undefined)).to.equal(undefined);
    expect(users.calls).to.equal(4);
    for (let round = 0; round < 2; round++) expect(await users.nothing(null)).to.equal(null);
    expect(users.calls).to.equal(5);
  });

  it('leaves the cache alone when the condition says so', async () => {
    for (let round = 0; round < 2; round++) await users.positive(-1);
    expect(users.calls).to.equal(2);
    for (let round = 0; round < 2; round++) await users.positive(1);
    expect(users.calls).to.equal(3);
    expect(await registry.get().raw('keys')).to.deep.equal(['default:Users.positive(1)']);
  });

  it("passes the method's own errors on untouched and stores none", async () => {
    const errors = [await caught(users.failing('one')), await caught(users.failing('one'))];
    expect(errors.map(String)).to.deep.equal(['Error: one', 'Error: one']);
    expect(errors[0]).to.not.equal(errors[1]);
    expect(Object.isFrozen(errors[0])).to.equal(true);
    expect(users.calls).to.equal(2);
  });

  it('isolates callers when told to', async () => {
    const mine = await users.copied('1');
    mine.id = 'mine';
    const again = await users.copied('1');
    again.id = 'again';
    expect(await users.copied('1')).to.deep.equal({ id: '1' });
    expect(users.calls).to.equal(1);
  });

  it('works on static methods, for each class they are called on', async () => {
    class Admins extends Users {}
    expect(await Users.count('a')).to.equal('1 a Users');
    expect(await Users.count('a')).to.equal('1 a Users');
    expect(await Admins.count('a')).to.equal('2 a Admins');
    expect(await registry.get().exists('Users::count("a")')).to.equal(true);
    expect(await registry.get().exists('Admins<Users>::count("a")')).to.equal(true);
  });

  it('keeps name and length', () => {
    expect([users.byKey.name, users.byKey.length, Users.count.name]).to.deep.equal(['byKey', 1, 'count']);
    expect(Object.keys(users)).to.deep.equal(['calls', 'tag']);
  });

  it('works when the method is called without its object', async () => {
    class Loose {
      @Cached()
      async double(value: number): Promise<number> {
        return value * 2;
      }
    }
    const { double } = new Loose();
    expect(await double(2)).to.equal(4);
    expect(await registry.get().get('Loose.double(2)')).to.equal(4);
  });
});
