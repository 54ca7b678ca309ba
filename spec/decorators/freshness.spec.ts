import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import {
  CacheEvict,
  ConfigError,
  CachePut,
  Cached,
  createRegistry,
  isCacheError,
  MultiCached,
  setDefaultRegistry,
  defaultRegistry,
} from 'cachewright';
import { FakeClock } from 'cachewright/testing';
import { caught } from '../support/caught.js';

interface User {
  readonly id: string;
  readonly team: string;
  readonly version: number;
}

const settled = async (): Promise<void> => {
  for (let turns = 0; turns < 5; turns++) await turn();
};

describe('freshness and tags of decorated methods', () => {
  const before = defaultRegistry();
  let clock: FakeClock;
  let users: Users;
  let version: number;
  let broken: boolean;
  let runs: string[][];
  let batch: Promise<Map<string, User>> | undefined;

  class Users {
    @Cached({
      key: (id: string) => `user:${id}`,
      ttl: '10s',
      staleWhileRevalidate: '10s',
      staleIfError: '1h',
      tags: (user: User, id: string) => [`team:${user.team}`, `id:${id}`],
    })
    async find(id: string): Promise<User> {
      return this.#load([id])[0]!;
    }

    @MultiCached({
      key: (id: string) => `user:${id}`,
      ttl: '10s',
      staleWhileRevalidate: '10s',
      staleIfError: '1h',
      tags: (user: User) => [`team:${user.team}`],
    })
    async findMany(ids: readonly string[]): Promise<Map<string, User>> {
      if (batch !== undefined) return batch;
      return new Map(this.#load(ids).map((user) => [user.id, user]));
    }

    @Cached({ key: (id: string) => `user:${id}`, ttl: '10s' })
    async fresh(id: string): Promise<User> {
      return this.#load([id])[0]!;
    }

    @MultiCached({ ttl: '10s', hardTimeout: 5 })
    async hung(ids: readonly string[]): Promise<Map<string, User>> {
      return new Promise(() => ids);
    }

    @MultiCached({ ttl: '10s', hardTimeout: 5, key: (id: string) => `user:${id}` })
    async late(_ids: readonly string[]): Promise<Map<string, User>> {
      return batch!;
    }

    @CachePut({
      keyOf: (user: User) => `user:${user.id}`,
      ttl: '10s',
      staleIfError: '1h',
      tags: (user: User) => [`team:${user.team}`],
    })
    async save(user: User): Promise<User> {
      return user;
    }

    @CacheEvict({ tags: ['team:blue'] })
    async repaint(): Promise<void> {}

    @CacheEvict({ tags: (result: string) => [`team:${result}`] })
    async rename(team: string): Promise<string> {
      return team;
    }

    #load(ids: readonly string[]): User[] {
      runs.push([...ids]);
      if (broken) throw new Error('the database is down');
      version++;
      return ids.map((id) => ({ id, team: id < '5' ? 'blue' : 'red', version }));
    }
  }

  beforeEach(() => {
    clock = new FakeClock();
    setDefaultRegistry(createRegistry({ default: { backend: 'memory' } }, { clock }));
    users = new Users();
    version = 0;
    broken = false;
    runs = [];
    batch = undefined;
  });
  afterEach(async () => {
    await defaultRegistry().close();
    setDefaultRegistry(before);
  });

  const versions = (found: Map<string, User>): number[] => [...found.values()].map((user) => user.version);

  it('@Cached: stale while a new value is loaded, and when that fails', async () => {
    expect(await users.find('1')).to.have.property('version', 1);
    clock.advance('10s');
    expect(await users.find('1')).to.have.property('version', 1);
    await settled();
    expect(await users.find('1')).to.have.property('version', 2);
    clock.advance('30s');
    broken = true;
    expect(await users.find('1')).to.have.property('version', 2);
    clock.advance('2h');
    expect(await caught(users.find('1'))).to.have.property('message', 'the database is down');
  });

  it('@MultiCached: what is due is loaded anew in one batch, what is missing is waited for', async () => {
    expect(versions(await users.findMany(['1', '2']))).to.deep.equal([1, 1]);
    clock.advance('11s');
    expect(versions(await users.findMany(['1', '2', '3']))).to.deep.equal([1, 1, 2]);
    await settled();
    expect(runs).to.deep.equal([['1', '2'], ['3'], ['1', '2']]);
    expect(versions(await users.findMany(['1', '2', '3']))).to.deep.equal([3, 3, 2]);
    expect(await users.find('2')).to.have.property('version', 3);
  });

  it('@MultiCached: stale values stand in for a failing batch, if there is one for every id', async () => {
    await users.findMany(['1', '2']);
    clock.advance('30s');
    broken = true;
    expect(versions(await users.findMany(['1', '2']))).to.deep.equal([1, 1]);
    expect(await caught(users.findMany(['1', '2', '3']))).to.have.property('message', 'the database is down');
    broken = false;
    expect(versions(await users.findMany(['1', '2']))).to.deep.equal([2, 2]);
  });

  it('@MultiCached: stale values do not stand in once an id was invalidated during the load', async () => {
    await users.findMany(['1', '2']);
    clock.advance('30s');
    broken = true;
    const call = caught(users.findMany(['1', '2']));
    await defaultRegistry().get().delete('user:1');
    expect(await call).to.have.property('message', 'the database is down');
  });

  it('@Cached: an id that a batch in the background did not find is looked for once more', async () => {
    await users.findMany(['gone', '1']);
    clock.advance('15s');
    runs = [];
    let found!: (users: Map<string, User>) => void;
    batch = new Promise((resolve) => (found = resolve));
    await users.findMany(['gone', '1']);
    batch = undefined;
    clock.advance('6s');
    // Too old to be answered, and being loaded by the batch.
    const call = users.fresh('gone');
    found(new Map());
    expect(await call).to.have.property('id', 'gone');
  });

  it('@MultiCached: a hard timeout ends the wait', async () => {
    expect(isCacheError(await caught(users.hung(['1'])), 'ERR_CACHE_LOADER_TIMEOUT')).to.equal(true);
    const closing = defaultRegistry().close();
    await closing;
  });

  it('@MultiCached: a load that nobody waits for any more is stored, but not after an invalidation', async () => {
    let found!: (users: Map<string, User>) => void;
    batch = new Promise((resolve) => (found = resolve));
    expect(isCacheError(await caught(users.late(['1', '2'])), 'ERR_CACHE_LOADER_TIMEOUT')).to.equal(true);
    const cache = defaultRegistry().get();
    await cache.delete('user:1');
    found(new Map(['1', '2'].map((id) => [id, { id, team: 'old', version: 0 }])));
    await settled();
    expect(await cache.get('user:1')).to.equal(undefined);
    expect(await cache.get('user:2')).to.have.property('team', 'old');
  });

  it('@CacheEvict: by tags, listed or from the result', async () => {
    await users.findMany(['1', '6']);
    await users.find('2');
    await users.repaint();
    expect(versions(await users.findMany(['1', '6']))).to.deep.equal([3, 1]);
    await users.rename('red');
    expect(versions(await users.findMany(['1', '6']))).to.deep.equal([3, 4]);
  });

  it('@CachePut: stores with tags, and for as long as readers keep stale values', async () => {
    await users.save({ id: '9', team: 'green', version: 99 });
    expect(await users.find('9')).to.have.property('version', 99);
    clock.advance('30s');
    broken = true;
    expect(await users.find('9')).to.have.property('version', 99);
    broken = false;
    await users.save({ id: '9', team: 'green', version: 100 });
    await users.rename('green');
    expect(await users.find('9')).to.have.property('version', 1);
  });

  it('@Cached and @MultiCached: a text is no list of tags', async () => {
    const cache = defaultRegistry().get();
    const text = ((user: User) => user.team) as unknown as (user: User) => string[];
    class Wrong {
      @Cached({ cache, key: (id: string) => `one:${id}`, tags: text })
      async find(id: string): Promise<User> {
        return { id, team: 'red', version: 1 };
      }

      @MultiCached({ cache, key: (id: string) => `many:${id}`, tags: text })
      async findMany(ids: readonly string[]): Promise<Map<string, User>> {
        return new Map(ids.map((id) => [id, { id, team: 'red', version: 1 }]));
      }
    }
    for (const call of [() => new Wrong().find('a'), () => new Wrong().findMany(['a', 'b'])]) {
      const error = await caught(call());
      expect(isCacheError(error, 'ERR_CACHE_CONFIG')).to.equal(true);
      expect((error as Error).message).to.match(/^@\w+ on Wrong\.\w+: tags must be a list of tags/);
    }
    expect(await cache.multiGet(['one:a', 'many:a', 'many:b'])).to.deep.equal([undefined, undefined, undefined]);
  });

  it('@CacheEvict: before the method runs tags cannot follow from its result', () => {
    const decorate = (): unknown => {
      class Early {
        @CacheEvict({ tags: (result: string) => [result], before: true })
        async method(): Promise<string> {
          return '';
        }
      }
      return Early;
    };
    expect(decorate).to.throw(/a function for tags gets the result, which is not there before the method runs/);
  });

  it('options that make no sense are refused when decorating, with their method', () => {
    const alone = (): unknown => {
      class Wrong {
        @Cached({ ttl: '1m', retryAfter: '5s' })
        async method(): Promise<string> {
          return '';
        }
      }
      return new Wrong();
    };
    expect(alone).to.throw(ConfigError, /^@Cached on (Wrong\.)?method: retryAfter does nothing without/);
    const forEver = (): unknown => {
      class Wrong {
        @Cached({ ttl: Number.MAX_SAFE_INTEGER, staleIfError: 1 })
        async method(): Promise<string> {
          return '';
        }
      }
      return new Wrong();
    };
    expect(forEver).to.throw(ConfigError, /method: ttl and staleIfError are too large together; shorten one of them$/);
    const tooMuch = (): unknown => {
      class Wrong {
        @CachePut({ key: () => 'k', jitter: 5 })
        async method(): Promise<string> {
          return '';
        }
      }
      return new Wrong();
    };
    expect(tooMuch).to.throw(ConfigError, /^@CachePut on (Wrong\.)?method: jitter is no number from 0 to 1/);
  });
});
