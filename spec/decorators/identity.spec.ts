import { expect } from 'chai';
import {
  Cached,
  cachedMethod,
  CacheEvict,
  createCache,
  createRegistry,
  setDefaultRegistry,
  type Cache,
  type CacheRegistry,
} from 'cachewright';
import { attachRegistry } from '#lib/decorators/slot.js';
import type { Class } from '#lib/command/stack-spec.js';
import { sitesOf } from '#lib/decorators/site.js';
import { caught } from '../support/caught.js';

/** What an application does with each of its classes when it starts. */
function verifyDecorated(owner: Class, registry: CacheRegistry): void {
  for (const site of sitesOf(owner.prototype as object)) site.verify(registry, owner);
}

const memory = () => createRegistry({ default: { backend: 'memory' }, other: { backend: 'memory' } });

class Users {
  calls = 0;
  @Cached()
  async find(id: string): Promise<string> {
    return `${++this.calls} ${id}`;
  }
}

class Admins extends Users {}

class Guests extends Users {
  @Cached()
  override async find(id: string): Promise<string> {
    return `guest ${await super.find(id)}`;
  }
}

/** Two classes of one name, as from two modules. */
function sameName(options: { prefix?: string } = {}): { find(id: string): Promise<string> } {
  class Twin {
    @Cached(options)
    async find(id: string): Promise<string> {
      return id;
    }
  }
  return new Twin();
}

/** An instance of one of many classes with one name. */
function sameId(): object {
  class Id {
    toCacheKey(): number {
      return 1;
    }
    toString(): string {
      return 'an id';
    }
  }
  return new Id();
}

type AnyMethod = (...args: never) => Promise<unknown>;

/** Somebody else's decorator, in both dialects. */
function Outer<Method extends AnyMethod>(method: Method, context: ClassMethodDecoratorContext): Method;
function Outer(target: object, name: string, descriptor: PropertyDescriptor): void;
function Outer(...args: [AnyMethod, unknown] | [object, string, PropertyDescriptor]): AnyMethod | void {
  const wrap = (inner: AnyMethod) =>
    async function (this: unknown, ...given: never) {
      return inner.apply(this, given);
    };
  const [first, , descriptor] = args;
  if (descriptor === undefined) return wrap(first as AnyMethod);
  descriptor.value = wrap(descriptor.value as AnyMethod);
}

describe('the keys of a decorated method', () => {
  let registry: ReturnType<typeof memory>;
  beforeEach(() => {
    registry = memory();
    setDefaultRegistry(registry);
  });
  afterEach(() => registry.close());

  const keys = (cache = 'default'): Promise<string[]> => registry.get(cache).raw<string[]>('keys');

  it('name the class it runs for and the class that declares it', async () => {
    await new Users().find('1');
    await new Admins().find('1');
    expect(await keys()).to.deep.equal(['default:Users.find("1")', 'default:Admins<Users>.find("1")']);
  });

  it('are shared by the instances of a class', async () => {
    const [one, other] = [new Users(), new Users()];
    expect([await one.find('1'), await other.find('1'), await one.find('1')]).to.deep.equal(['1 1', '1 1', '1 1']);
  });

  it('are two when an override calls its cached parent', async () => {
    const guests = new Guests();
    for (let round = 0; round < 3; round++) expect(await guests.find('1')).to.equal('guest 1 1');
    expect((await keys()).sort()).to.deep.equal(['default:Guests.find("1")', 'default:Guests<Users>.find("1")']);
    await registry.get().delete('Guests.find("1")');
    expect(await guests.find('1'), 'the parent is still cached').to.equal('guest 1 1');
  });

  it('are found below other decorators', async () => {
    class Wrapped {
      calls = 0;
      @Outer
      @Cached()
      async find(id: string): Promise<string> {
        return `${++this.calls} ${id}`;
      }

      @CacheEvict({ clear: true })
      @Cached()
      async both(id: string): Promise<string> {
        return `${++this.calls} ${id}`;
      }
    }
    class Below extends Wrapped {}
    const wrapped = new Wrapped();
    await wrapped.find('1');
    expect(await wrapped.find('1')).to.equal('1 1');
    expect(await keys()).to.deep.equal(['default:Wrapped.find("1")']);
    expect(cachedMethod(wrapped, 'find').key('1')).to.equal('Wrapped.find("1")');
    expect(cachedMethod(new Below(), 'find').key('1')).to.equal('Below<Wrapped>.find("1")');
    await wrapped.both('1');
    expect(await keys(), 'the outer decorator ran last').to.deep.equal([]);
  });

  it('collide for two classes of one name in one registry: the second is refused', async () => {
    const [one, other] = [sameName(), sameName()];
    await one.find('1');
    const error = await caught(other.find('1'));
    expect(error).to.have.property('code', 'ERR_CACHE_CONFIG');
    expect(error)
      .to.have.property('message')
      .that.matches(/Twin\.find.*`prefix`/);
    expect(await one.find('1')).to.equal('1');
    const elsewhere = memory();
    attachRegistry(other, elsewhere);
    expect(await other.find('1'), 'in another registry there is no other').to.equal('1');
    await elsewhere.close();
  });

  it('collide over all caches of a registry, and as soon as it is verified', async () => {
    const one = sameName();
    class Twin {
      @Cached({ cache: 'other' })
      async find(id: string): Promise<string> {
        return id;
      }
    }
    expect(new Twin()).to.have.property('find');
    await one.find('1');
    expect(() => verifyDecorated(Twin, registry)).to.throw(/keys that begin with Twin\.find/);
  });

  it('begin with the prefix', async () => {
    const [one, other] = [sameName({ prefix: 'a' }), sameName({ prefix: 'b' })];
    await one.find('1');
    await other.find('1');
    expect(await keys()).to.deep.equal(['default:a("1")', 'default:b("1")']);
    expect(await caught(sameName({ prefix: 'a' }).find('1'))).to.have.property('code', 'ERR_CACHE_CONFIG');
  });

  it('tell argument classes of one name apart, also between classes that share a prefix', async () => {
    class Shared {
      @Cached({ prefix: 'shared' })
      async find(id: object): Promise<string> {
        return `${this.constructor.name} ${String(id)}`;
      }
    }
    class Below extends Shared {}
    const [one, other] = [sameId(), sameId()];
    expect(await new Shared().find(one)).to.equal('Shared an id');
    const error = await caught(new Below().find(other));
    expect(error).to.have.property('message').that.includes('two classes named Id');
    expect(await new Below().find(one), 'they share their entries').to.equal('Shared an id');
  });

  it('need a prefix where the class has no name', async () => {
    class Nameless extends Users {}
    Object.defineProperty(Nameless, 'name', { value: '' });
    expect(await caught(new Nameless().find('1')))
      .to.have.property('message')
      .that.matches(/anonymous class.*`prefix` or a `key`/);
  });

  it('need a prefix where the method has no name', async () => {
    const name: unique symbol = Symbol('find');
    const other: unique symbol = Symbol('other');
    class Odd {
      @Cached()
      async [name](id: string): Promise<string> {
        return id;
      }
      @Cached({ prefix: 'odd' })
      async [other](id: string): Promise<string> {
        return id;
      }
    }
    expect(await caught(new Odd()[name]('1')))
      .to.have.property('message')
      .that.matches(/named by a symbol/);
    expect(await new Odd()[other]('1')).to.equal('1');
  });

  it('are known for objects that were never constructed', async () => {
    class Bare {
      @Cached()
      async find(id: string): Promise<string> {
        return id;
      }
    }
    const bare = Object.create(Bare.prototype) as Bare;
    await bare.find('1');
    expect(await keys()).to.deep.equal(['default:Bare.find("1")']);
  });

  describe('go to', () => {
    it('the cache named by the decorator', async () => {
      class Named {
        @Cached({ cache: 'other' })
        async find(id: string): Promise<string> {
          return id;
        }
        @Cached({ cache: 'othr' })
        async wrong(id: string): Promise<string> {
          return id;
        }
      }
      await new Named().find('1');
      expect(await keys('other')).to.have.length(1);
      expect(await caught(new Named().wrong('1'))).to.have.property('code', 'ERR_CACHE_UNKNOWN_CACHE');
      expect(() => verifyDecorated(Named, registry)).to.throw(/no cache "othr"/);
    });

    it('the cache given to the decorator, or answered by its function', async () => {
      const given = createCache({ backend: 'memory' });
      class Given {
        constructor(readonly mine: Cache) {}
        @Cached({ cache: given })
        async find(id: string): Promise<string> {
          return id;
        }
        @Cached({ cache: (self: Given) => self.mine })
        async own(id: string): Promise<string> {
          return id;
        }
      }
      const [one, other] = [registry.get('default'), registry.get('other')];
      await new Given(one).find('1');
      await new Given(one).own('1');
      await new Given(other).own('2');
      expect(await given.raw('keys')).to.deep.equal(['Given.find("1")']);
      expect([await keys('default'), await keys('other')]).to.deep.equal([
        ['default:Given.own("1")'],
        ['other:Given.own("2")'],
      ]);
      expect(await caught(new Given({} as Cache).own('1'))).to.have.property('code', 'ERR_CACHE_CONFIG');
      await given.close();
    });

    it("the instance's own registry, also when that comes late", async () => {
      const own = memory();
      const users = new Users();
      const plain = new Users();
      for (let round = 0; round < 3; round++) await users.find('1');
      attachRegistry(users, own);
      expect(await users.find('1')).to.equal('2 1');
      expect(await users.find('1')).to.equal('2 1');
      expect(await plain.find('1')).to.equal('1 1');
      await own.close();
    });

    it("a class's own registry, for static methods", async () => {
      const own = memory();
      class Statics {
        @Cached()
        static async find(id: string): Promise<string> {
          return id;
        }
      }
      attachRegistry(Statics, own);
      await Statics.find('1');
      expect(await own.get().raw('keys')).to.deep.equal(['default:Statics::find("1")']);
      await own.close();
    });
  });
});
