import { expect } from 'chai';
import { CachePut, cacheScope, ConfigError, createCache, MultiCached, type Cache } from 'cachewright';
import { caught } from '../support/caught.js';

interface User {
  readonly id: string;
}

describe('the tags of @CachePut', () => {
  let cache: Cache;
  let asked: (User | null)[];
  beforeEach(() => {
    cache = createCache({ backend: 'memory' });
    asked = [];
  });
  afterEach(() => cache.close());

  class Users {
    @CachePut({
      cache: () => cache,
      key: (id: string) => id,
      unless: (user: User | null) => user === null,
      tags: (user: User | null) => {
        asked.push(user);
        return [user!.id];
      },
    })
    async save(id: string): Promise<User | null> {
      return id === 'nobody' ? null : { id };
    }
  }

  it('are asked for where the answer is stored', async () => {
    await new Users().save('7');
    expect(await cache.get('7')).to.deep.equal({ id: '7' });
    await cache.invalidateTags(['7']);
    expect(await cache.get('7')).to.equal(undefined);
    expect(asked).to.have.length(1);
  });

  it('are not asked for where `unless` says not to store', async () => {
    expect(await new Users().save('nobody')).to.equal(null);
    expect(asked).to.deep.equal([]);
  });

  it('are not asked for where the scope says not to write', async () => {
    expect(await cacheScope({ write: false }, () => new Users().save('7'))).to.deep.equal({ id: '7' });
    expect(asked).to.deep.equal([]);
  });
});

describe('@CachePut with several keys for one result', () => {
  it('is refused before the method has changed anything', async () => {
    let runs = 0;
    const cache = createCache({ backend: 'memory' });
    class Users {
      @MultiCached({ cache })
      async find(ids: string[]): Promise<Map<string, number>> {
        return new Map(ids.map((id) => [id, 1]));
      }
      @CachePut({ of: 'find' })
      async save(ids: string[]): Promise<number> {
        void ids;
        return ++runs;
      }
    }
    const users = new Users();
    expect(await users.save(['a'])).to.equal(1);
    expect(await caught(users.save(['a', 'b'])))
      .to.be.instanceOf(ConfigError)
      .with.property('message', '@CachePut on Users.save: there are 2 keys for one result; let it be one');
    expect(runs).to.equal(1);
  });
});
