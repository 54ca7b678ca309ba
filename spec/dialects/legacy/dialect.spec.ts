import 'reflect-metadata';
import { expect } from 'chai';
import { Cached, CacheEvict, createRegistry, setDefaultRegistry } from 'cachewright';
import { attachRegistry, onDecoratedClass, SLOT } from '#lib/decorators/slot.js';

const Marked = (mark: string) => (_target: object, _name: string | symbol, descriptor: PropertyDescriptor) => {
  Reflect.defineMetadata('mark', mark, descriptor.value as object);
};

describe('legacy decorators', () => {
  it('are what these specs are compiled with', () => {
    let seen: unknown[] = [];
    const spy = (...args: unknown[]): void => {
      seen = args;
    };
    class Probe {
      @spy
      async find(): Promise<void> {}
    }
    expect(seen.slice(0, 2)).to.deep.equal([Probe.prototype, 'find']);
  });

  it('announce a class when it is defined, also to those who listen later', () => {
    const told: unknown[] = [];
    class Early {
      @Cached()
      async find(id: string): Promise<string> {
        return id;
      }
    }
    onDecoratedClass((owner) => told.push(owner));
    expect(told).to.include(Early);
    expect(SLOT in Early.prototype).to.equal(true);
    class Next {
      @Cached()
      async find(id: string): Promise<string> {
        return id;
      }
      @Cached()
      async other(id: string): Promise<string> {
        return id;
      }
    }
    expect(told.filter((owner) => owner === Next)).to.have.length(1);
  });

  it('keep metadata set on the method by decorators below and above', () => {
    class Users {
      @Marked('above')
      @Cached()
      async above(): Promise<void> {}

      @Cached()
      @Marked('below')
      async below(): Promise<void> {}

      @CacheEvict({ clear: true })
      @Marked('evict')
      async evict(): Promise<void> {}
    }
    const marks = (['above', 'below', 'evict'] as const).map(
      (name) => Reflect.getMetadata('mark', Users.prototype[name]) as string,
    );
    expect(marks).to.deep.equal(['above', 'below', 'evict']);
    expect(Reflect.getMetadata('design:returntype', Users.prototype, 'below')).to.equal(Promise);
  });

  it('are told what is wrong when the class is defined, by class and method', () => {
    expect(() => {
      class Users {
        @Cached({ ttl: '5 minutes' as '5m' })
        async find(): Promise<void> {}
      }
      return Users;
    }).to.throw(/^@Cached on Users\.find: ttl is not a duration; /);
  });

  it('can be attached to a registry by assignment to the slot', async () => {
    const registry = createRegistry({ default: { backend: 'memory' } });
    class Users {
      @Cached({ key: (id: string) => id })
      async find(id: string): Promise<string> {
        return `user ${id}`;
      }
    }
    const users = new Users();
    Object.assign(users, { [SLOT]: registry });
    await users.find('1');
    expect(await registry.get().get('1')).to.equal('user 1');
    expect(Object.keys(users)).to.deep.equal([]);
    expect(Reflect.get(users, SLOT)).to.equal(registry);

    const frozen = Object.freeze(new Users());
    attachRegistry(frozen, registry);
    await frozen.find('2');
    expect(await registry.get().get('2')).to.equal('user 2');
    await registry.close();
  });

  it('find a method that is named by a number', async () => {
    const registry = createRegistry({ default: 'memory://' });
    setDefaultRegistry(registry);
    class Pages {
      async 404(path: string): Promise<string> {
        return `no ${path}`;
      }
      @CacheEvict({ of: '404' })
      async forget(_path: string): Promise<void> {}
    }
    // As the compiler does it where there is no reflect-metadata, which makes a text of the number.
    const descriptor = Object.getOwnPropertyDescriptor(Pages.prototype, 404)!;
    const decorate = Cached({ prefix: 'pages' }) as unknown as (
      target: object,
      name: number,
      descriptor: unknown,
    ) => void;
    decorate(Pages.prototype, 404, descriptor);
    Object.defineProperty(Pages.prototype, 404, descriptor);
    const pages = new Pages();
    await pages[404]('/a');
    expect(await registry.get().raw('keys')).to.deep.equal(['default:pages("/a")']);
    await pages.forget('/a');
    expect(await registry.get().raw('keys')).to.deep.equal([]);
    await registry.close();
  });
});
