import { expect } from 'chai';
import { CachePut, cacheScope, createCache, type Cache } from 'cachewright';

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
