import { expect } from 'chai';
import * as cachewright from 'cachewright';
import { cachedMethod, createCache, type Cache } from 'cachewright';
import { caught } from '../support/caught.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

/** The decorators as untyped code sees them: for the compiler an async function is no such option. */
const { Cached, CacheEvict, CachePut, MultiCached } = cachewright as unknown as Record<
  'Cached' | 'CacheEvict' | 'CachePut' | 'MultiCached',
  (options: object) => (target: object, name: string, descriptor: PropertyDescriptor) => void
>;

const rejected = async (): Promise<never> => {
  throw new Error('nobody waits for this');
};

describe('an option function that answers a promise', () => {
  forbidUnhandledRejections();

  let cache: Cache;
  let runs: number;
  beforeEach(() => {
    cache = createCache({ backend: 'memory' });
    runs = 0;
  });
  afterEach(() => cache.close());

  /** A class with a method `find` under this decorator. */
  function decorated(decorate: typeof Cached, options: object): { find(ids: number[]): Promise<unknown> } {
    class Users {
      async find(ids: number[]): Promise<unknown> {
        runs++;
        return ids.map((id) => ({ id }));
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Users.prototype, 'find')!;
    decorate({ cache, ...options })(Users.prototype, 'find', descriptor);
    Object.defineProperty(Users.prototype, 'find', descriptor);
    return new Users();
  }

  const refusals: [string, typeof Cached, object, string, number][] = [
    ['Cached', Cached, { condition: rejected }, 'condition answered a promise; let it be synchronous', 0],
    ['Cached', Cached, { unless: rejected }, 'unless answered a promise; let it be synchronous', 1],
    ['Cached', Cached, { key: rejected }, 'the key function answered a promise; let it answer', 0],
    ['Cached', Cached, { ttl: rejected }, 'what the ttl function answered is of type object', 1],
    ['Cached', Cached, { tags: rejected }, 'tags must be a list of tags, not of type object', 1],
    ['Cached', Cached, { cache: rejected }, 'the `cache` function answered no cache', 0],
    ['MultiCached', MultiCached, { condition: rejected }, 'condition answered a promise', 0],
    ['MultiCached', MultiCached, { idOf: (item: { id: number }) => item.id, unless: rejected }, 'unless answered', 1],
    ['MultiCached', MultiCached, { idOf: rejected }, 'idOf answered a promise; let it be synchronous', 1],
    [
      'MultiCached',
      MultiCached,
      { idOf: (item: { id: number }) => item.id, tags: rejected },
      'tags must be a list of tags, not of type object',
      1,
    ],
    ['CachePut', CachePut, { key: () => 'k', condition: rejected }, 'condition answered a promise', 0],
    ['CachePut', CachePut, { key: () => 'k', unless: rejected }, 'unless answered a promise', 1],
    ['CacheEvict', CacheEvict, { clear: true, condition: rejected }, 'condition answered a promise', 0],
  ];
  for (const [decorator, decorate, options, problem, run] of refusals) {
    it(`is refused by @${decorator}: ${problem}`, async () => {
      const error = await caught(decorated(decorate, options).find([1]));
      expect(error)
        .to.be.instanceOf(cachewright.CacheError)
        .with.property('message')
        .that.includes(`@${decorator} on Users.find: ${problem}`);
      expect(runs).to.equal(run);
    });
  }

  it('is asked nothing where `unless` answers something true', async () => {
    const users = decorated(CachePut, { key: () => 'k', unless: () => 1 });
    await users.find([1]);
    expect(await cache.exists('k')).to.equal(false);
  });
});

describe('cachedMethod', () => {
  const cache = createCache({ backend: 'memory' });

  it('wants an instance, and no class or prototype, for a method of instances', () => {
    class Users {
      @cachewright.Cached({ cache })
      async find(): Promise<number> {
        return 1;
      }
    }
    for (const wrong of [Users, Users.prototype]) {
      expect(() => cachedMethod(wrong as Users, 'find')).to.throw(
        cachewright.ConfigError,
        'cachedMethod: find is a method of instances; give one instead of the class',
      );
    }
  });

  it('knows the method of an object that no constructor made', () => {
    class Users {
      @cachewright.Cached({ cache })
      async find(): Promise<number> {
        return 1;
      }
    }
    const users = Object.create(Users.prototype) as Users;
    expect(cachedMethod(users, 'find').key()).to.equal('Users.find()');
  });

  for (const [what, instance] of Object.entries({ undefined, null: null, number: 5, string: 'users' })) {
    it(`says that ${what} is no object with methods`, () => {
      expect(() => cachedMethod(instance as never, 'find' as never)).to.throw(
        cachewright.ConfigError,
        `cachedMethod: the instance is of type ${what}; give the object that the method belongs to`,
      );
    });
  }
});
