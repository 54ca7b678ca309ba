import { expect } from 'chai';
import {
  Cached,
  cachedMethod,
  CacheEvict,
  CachePut,
  cacheScope,
  createRegistry,
  MultiCached,
  setDefaultRegistry,
} from 'cachewright';
import { caught } from '../support/caught.js';

interface User {
  readonly id: string;
  name: string;
}

class Users {
  readonly log: string[] = [];

  @Cached({ key: (id: string) => `user:${id}` })
  async find(id: string): Promise<User> {
    this.log.push(`find ${id}`);
    return { id, name: 'old' };
  }

  @Cached({ cache: 'other' })
  async search(city: string, limit: number): Promise<string> {
    this.log.push(`search ${city}`);
    return `${city} ${limit}`;
  }

  @MultiCached({ cache: 'other' })
  async findMany(ids: readonly string[]): Promise<Map<string, string>> {
    this.log.push(`many ${ids.join()}`);
    return new Map(ids.map((id) => [id, id]));
  }

  @CachePut({ key: (user: User) => `user:${user.id}`, ttl: '1h', unless: (user: User) => user.name === 'secret' })
  async save(user: User): Promise<User> {
    this.log.push(`save ${user.id}`);
    return user;
  }

  @CachePut({
    keyOf: (user: User, name: string) => `user:${user.id}${name === '' ? '?' : ''}`,
    ttl: (user: User) => (user.id === '7' ? '7s' : undefined),
  })
  async create(name: string, id = '7'): Promise<User> {
    return { id, name };
  }

  @CachePut({ of: 'search', condition: (city: string) => city !== 'nowhere' })
  async index(city: string, _limit: number): Promise<string | undefined> {
    return city === 'empty' ? undefined : `index of ${city}`;
  }

  @CachePut({ key: (user: User) => `user:${user.id}`, isolation: 'copy' })
  async saveCopy(user: User): Promise<User> {
    return user;
  }

  @CacheEvict({ key: (id: string) => [`user:${id}`, `name:${id}`] })
  async remove(id: string): Promise<string> {
    if (id === 'x') throw new Error('cannot');
    return `removed ${id}`;
  }

  @CacheEvict({ keyOf: (ids: string[]) => ids.map((id) => `user:${id}`) })
  async removeAll(): Promise<string[]> {
    return ['1', '2'];
  }

  @CacheEvict({ key: (id: string) => `user:${id}`, before: true })
  async removeFirst(id: string): Promise<void> {
    throw new Error(`cannot remove ${id}`);
  }

  @CacheEvict({ of: 'search', condition: (city: string) => city !== 'kept' })
  async forget(_city: string, _limit: number): Promise<void> {}

  @CacheEvict({ of: 'findMany' })
  async forgetMany(_ids: readonly string[]): Promise<void> {}

  @CacheEvict({ cache: 'other', clear: true })
  async forgetAll(): Promise<void> {}

  @CacheEvict({ of: 'search', key: () => 'user:1', keyOf: (id: string) => `user:${id}` })
  async forgetAllOf(_city: string, _limit: number): Promise<string> {
    return '2';
  }

  @CacheEvict({ of: 'serch' })
  async wrong(): Promise<void> {}
}

describe('methods that change things', () => {
  let registry: ReturnType<typeof createRegistry>;
  let users: Users;
  beforeEach(() => {
    registry = createRegistry({ default: { backend: 'memory' }, other: { backend: 'memory' } });
    setDefaultRegistry(registry);
    users = new Users();
  });
  afterEach(() => registry.close());

  describe('@CachePut', () => {
    it('stores what the method answers, each time', async () => {
      await users.find('1');
      const saved = await users.save({ id: '1', name: 'new' });
      expect(await users.find('1')).to.equal(saved);
      await users.save({ id: '1', name: 'newer' });
      expect((await users.find('1')).name).to.equal('newer');
      expect(users.log).to.deep.equal(['find 1', 'save 1', 'save 1']);
      expect(await registry.get().ttl('user:1')).to.be.closeTo(3_600_000, 1_000);
    });

    it('may take key and ttl from the result', async () => {
      await users.create('Ann');
      await users.create('Bob', '8');
      expect((await users.find('7')).name).to.equal('Ann');
      expect(await registry.get().ttl('user:7')).to.be.closeTo(7_000, 1_000);
      expect(await registry.get().ttl('user:8')).to.equal(null);
    });

    it('may take the key and the cache of a sibling', async () => {
      await users.index('Bonn', 1);
      expect(await users.search('Bonn', 1)).to.equal('index of Bonn');
      expect(await users.search('Bonn', 2)).to.equal('Bonn 2');
    });

    it('stores neither undefined, nor what unless says, nor without the condition, nor in a scope that does not write', async () => {
      await users.index('empty', 1);
      await users.index('nowhere', 1);
      await users.save({ id: '1', name: 'secret' });
      await cacheScope({ write: false }, () => users.save({ id: '1', name: 'new' }));
      expect(await registry.get('other').raw('keys')).to.deep.equal([]);
      expect(await registry.get().raw('keys')).to.deep.equal([]);
    });

    it('leaves the old entry as it is where there is nothing to store', async () => {
      await users.save({ id: '1', name: 'Ann' });
      await users.save({ id: '1', name: 'secret' });
      expect((await users.find('1')).name).to.equal('Ann');
    });

    it('leaves nothing standing where the answer cannot be isolated, which is no failure of the caller’s', async () => {
      const failures: { code: string; phase: string }[] = [];
      class Files {
        @CachePut({
          key: () => 'user:1',
          isolation: 'copy',
          onCacheError: ({ code }, { phase }) => void failures.push({ code, phase }),
        })
        async open(): Promise<{ read: () => string }> {
          return { read: () => 'content' };
        }
      }
      await registry.get().set('user:1', { id: '1', name: 'old' });
      expect((await new Files().open()).read()).to.equal('content');
      expect(await registry.get().exists('user:1')).to.equal(false);
      expect(failures).to.deep.equal([{ code: 'ERR_CACHE_SERIALIZATION', phase: 'write' }]);
    });

    it('stores a copy where callers are isolated', async () => {
      const mine = await users.saveCopy({ id: '1', name: 'new' });
      mine.name = 'mine';
      expect((await users.find('1')).name).to.equal('new');
    });
  });

  describe('@CacheEvict', () => {
    it('deletes what it names after the method succeeded', async () => {
      await users.find('1');
      await registry.get().set('name:1', 1);
      expect(await users.remove('1')).to.equal('removed 1');
      expect(await registry.get().multiGet(['user:1', 'name:1'])).to.deep.equal([undefined, undefined]);
    });

    it('deletes nothing if the method failed', async () => {
      await users.find('x');
      expect(await caught(users.remove('x'))).to.have.property('message', 'cannot');
      expect(await registry.get().exists('user:x')).to.equal(true);
    });

    it('deletes first, whatever becomes of the method, when told to', async () => {
      await users.find('1');
      expect(await caught(users.removeFirst('1'))).to.have.property('message', 'cannot remove 1');
      expect(await registry.get().exists('user:1')).to.equal(false);
    });

    it('may take the keys from the result', async () => {
      for (const id of ['1', '2', '3']) await users.find(id);
      await users.removeAll();
      expect(await registry.get().raw('keys')).to.deep.equal(['default:user:3']);
    });

    it('may name a sibling, also one over many ids', async () => {
      for (const city of ['Bonn', 'Ulm', 'kept']) await users.search(city, 1);
      await users.findMany(['a', 'b', 'c']);
      await users.forget('Bonn', 1);
      await users.forget('Ulm', 2);
      await users.forget('kept', 1);
      await users.forgetMany(['a', 'c']);
      expect(await registry.get('other').raw('keys')).to.deep.equal([
        'other:Users.search("Ulm",1)',
        'other:Users.search("kept",1)',
        'other:Users.findMany("b")',
      ]);
    });

    it('may name several things, which add up', async () => {
      const { cache, key } = cachedMethod(users, 'search');
      await cache.multiSet({ 'user:1': 1, 'user:2': 2, 'user:3': 3 });
      await users.search('Bonn', 1);
      expect(await cache.exists(key('Bonn', 1))).to.equal(true);
      await users.forgetAllOf('Bonn', 1);
      expect(await cache.exists(key('Bonn', 1))).to.equal(false);
      expect(await cache.multiGet(['user:1', 'user:2', 'user:3'])).to.deep.equal([undefined, undefined, 3]);
    });

    it('may clear the whole namespace and nothing else', async () => {
      await users.search('Bonn', 1);
      await users.find('1');
      await users.forgetAll();
      expect(await registry.get('other').raw('keys')).to.deep.equal([]);
      expect(await registry.get().raw('keys')).to.deep.equal(['default:user:1']);
    });

    it('says which sibling it does not find', async () => {
      expect(await caught(users.wrong())).to.have.property(
        'message',
        '@CacheEvict on Users.wrong: of: there is no cached method serch; did you mean "search"? name one of this class',
      );
    });

    it('keeps a load that began before from being stored', async () => {
      let finish: (() => void) | undefined;
      class Slow {
        @Cached()
        async find(id: string): Promise<string> {
          await new Promise<void>((resolve) => (finish = resolve));
          return id;
        }
        @CacheEvict({ of: 'find' })
        async remove(_id: string): Promise<void> {}
      }
      const slow = new Slow();
      const loading = slow.find('1');
      await slow.remove('1');
      finish!();
      expect(await loading).to.equal('1');
      expect(await registry.get().raw('keys')).to.deep.equal([]);
    });
  });
});
