import 'reflect-metadata';
import { Inject, Injectable, type OnModuleInit, Scope } from '@nestjs/common';
import { ContextIdFactory, ModuleRef } from '@nestjs/core';
import {
  Cached,
  CacheEvict,
  CachePut,
  type CacheRegistry,
  createRegistry,
  defaultRegistry,
  setDefaultRegistry,
} from 'cachewright';
import { CacheModule, getCacheRegistryToken } from 'cachewright/nest';
import { expect } from 'chai';
import { moduleOf, useApps } from './boot.js';
import { runChild } from './child.js';

const KEY = (id: string): string => id;

/** Counts its runs, and caches under the bare id. */
@Injectable()
class Users {
  runs = 0;

  @Cached({ key: KEY })
  async find(id: string): Promise<string> {
    this.runs++;
    return `user ${id}`;
  }
}

@Injectable()
class Admins extends Users {}

/** Has injections of its own, which hide those of the class above. */
@Injectable()
class Auditors extends Users {
  @Inject(ModuleRef) readonly moduleRef!: ModuleRef;
}

@Injectable({ scope: Scope.REQUEST })
class RequestUsers extends Users {}

@Injectable({ scope: Scope.REQUEST })
class RequestAuditors extends Auditors {}

@Injectable({ scope: Scope.TRANSIENT })
class TransientUsers extends Users {}

@Injectable()
class NeedsTransient {
  constructor(@Inject(TransientUsers) readonly users: TransientUsers) {}
}

const caches = (): ReturnType<typeof CacheModule.forRoot> =>
  CacheModule.forRoot({ caches: { default: { backend: 'memory' } } });

const registryOf = (app: { get(token: never): unknown }): CacheRegistry =>
  app.get(getCacheRegistryToken() as never) as CacheRegistry;

/** That `users` caches in `registry`, and nowhere else. */
async function expectIn(registry: CacheRegistry, users: Users): Promise<void> {
  const id = crypto.randomUUID();
  expect(await users.find(id)).to.equal(`user ${id}`);
  expect(await registry.get().get(id), 'in the registry of the application').to.equal(`user ${id}`);
  expect(await defaultRegistry().get().get(id), 'in the default registry').to.equal(undefined);
  await registry.get().set(id, 'other');
  expect(await users.find(id)).to.equal('other');
}

/** What a compiler makes of a standard decorator: the class is known only to its instances. */
function standardClass(): new () => Users {
  const initializers: ((this: unknown) => void)[] = [];
  const context = {
    kind: 'method',
    name: 'find',
    static: false,
    private: false,
    addInitializer: (initializer: (this: unknown) => void) => void initializers.push(initializer),
  } as unknown as ClassMethodDecoratorContext<object>;
  class StandardUsers {
    runs = 0;

    constructor() {
      for (const initialize of initializers) initialize.call(this);
    }
  }
  const find = Cached({ key: KEY })(async (id: string) => `user ${id}`, context);
  Object.defineProperty(StandardUsers.prototype, 'find', { value: find, configurable: true, writable: true });
  return StandardUsers as unknown as new () => Users;
}

const standardUsers = (): Users => new (standardClass())();

describe('decorated methods in Nest', () => {
  const boot = useApps();

  before(() => setDefaultRegistry(createRegistry({ default: { backend: 'memory' } })));

  it('find the registry of their application in singletons', async () => {
    const app = await boot({ imports: [caches()], providers: [Users] });
    await expectIn(registryOf(app), app.get(Users));
  });

  it('find it in subclasses', async () => {
    const app = await boot({ imports: [caches()], providers: [Admins, Auditors] });
    await expectIn(registryOf(app), app.get(Admins));
    await expectIn(registryOf(app), app.get(Auditors));
    expect(app.get(Auditors).moduleRef).to.be.instanceOf(ModuleRef);
  });

  it('find it in request-scoped providers, which stay what they are', async () => {
    const app = await boot({ imports: [caches()], providers: [RequestUsers, RequestAuditors] });
    for (const type of [RequestUsers, RequestAuditors]) {
      const [one, other] = [ContextIdFactory.create(), ContextIdFactory.create()];
      const users = await app.resolve<Users>(type, one);
      await expectIn(registryOf(app), users);
      expect(await app.resolve(type, one)).to.equal(users);
      expect(await app.resolve(type, other)).not.to.equal(users);
    }
    const auditors = await app.resolve(RequestAuditors, ContextIdFactory.create());
    expect(auditors.moduleRef).to.be.instanceOf(ModuleRef);
  });

  it('find it in transient providers, injected and resolved', async () => {
    const app = await boot({ imports: [caches()], providers: [TransientUsers, NeedsTransient] });
    await expectIn(registryOf(app), app.get(NeedsTransient).users);
    await expectIn(registryOf(app), await app.resolve(TransientUsers));
  });

  it('make nothing request-scoped', async () => {
    class Needs {
      constructor(readonly users: Users) {}
    }
    Inject(Users)(Needs, undefined, 0);
    const app = await boot({ imports: [caches()], providers: [Users, Needs] });
    expect(app.get(Needs).users, 'a scoped one could not be got').to.equal(app.get(Users));
  });

  it('find it in what factories and values provide, also once per request', async () => {
    const value = new Users();
    const app = await boot({
      imports: [caches()],
      providers: [
        { provide: 'made', useFactory: () => new Users() },
        { provide: 'late', useFactory: async () => new Users() },
        { provide: 'value', useValue: value },
        { provide: 'plain value', useValue: Object.create(null) },
        { provide: 'request', useFactory: () => new Users(), scope: Scope.REQUEST },
        { provide: 'transient', useFactory: () => new Users(), scope: Scope.TRANSIENT },
        { provide: 'alias', useExisting: 'made' },
      ],
    });
    await expectIn(registryOf(app), app.get('made'));
    await expectIn(registryOf(app), app.get('late'));
    await expectIn(registryOf(app), app.get('alias'));
    await expectIn(registryOf(app), app.get('value'));
    await expectIn(registryOf(app), await app.resolve('request'));
    await expectIn(registryOf(app), await app.resolve('transient'));
  });

  it('find it in instances that take no more properties', async () => {
    class Frozen {
      @Cached({ key: KEY })
      async find(id: string): Promise<string> {
        return `user ${id}`;
      }
    }
    const app = await boot({
      imports: [caches()],
      providers: [{ provide: 'frozen', useFactory: () => Object.freeze(new Frozen()) }],
    });
    await expectIn(registryOf(app), app.get('frozen'));
  });

  it('find it during onModuleInit, also of what a factory in another module made', async () => {
    const found: unknown[] = [];
    @Injectable()
    class Starts implements OnModuleInit {
      constructor(
        @Inject(Users) readonly users: Users,
        @Inject('made') readonly made: Users,
      ) {}

      async onModuleInit(): Promise<void> {
        await this.users.find('early');
        await this.made.find('made early');
        found.push(await defaultRegistry().get().multiGet(['early', 'made early']));
      }
    }
    const providers = [Users, { provide: 'made', useFactory: () => new Users() }];
    const maker = moduleOf({ providers, exports: [Users, 'made'] });
    const app = await boot({ imports: [moduleOf({ imports: [maker], providers: [Starts] }), caches()] });
    expect(found).to.eql([[undefined, undefined]]);
    expect(await registryOf(app).get().multiGet(['early', 'made early'])).to.eql(['user early', 'user made early']);
  });

  it('find it during onModuleInit of other global modules', async () => {
    @Injectable()
    class Starts implements OnModuleInit {
      constructor(@Inject('made') readonly made: Users) {}

      async onModuleInit(): Promise<void> {
        await this.made.find('global early');
      }
    }
    const module = moduleOf({ providers: [Starts, { provide: 'made', useFactory: () => new Users() }] });
    const app = await boot({ imports: [{ module, global: true }, caches()] });
    expect(await registryOf(app).get().get('global early')).to.equal('user global early');
  });

  it('find it in what a constructor has begun, before anything is initialised', async () => {
    @Injectable()
    class Warms {
      readonly warm = new Promise(setImmediate).then(() => this.find('warm'));

      @Cached({ key: KEY })
      async find(id: string): Promise<string> {
        return `user ${id}`;
      }
    }
    const waits = { provide: 'waits', inject: [Warms], useFactory: ({ warm }: Warms) => warm };
    const app = await boot({ imports: [caches()], providers: [Warms, waits] });
    expect(await registryOf(app).get().get('warm')).to.equal('user warm');
  });

  it('find it when their classes were there before this module', async () => {
    const { printed } = await runChild('./late-import-child.js');
    expect(JSON.parse(printed)).to.eql({
      singleton: true,
      subclass: true,
      request: true,
      transient: true,
      held: true,
      loose: true,
    });
  }).timeout(10_000);

  it('find it in classes decorated the standard way', async () => {
    const app = await boot({ imports: [caches()], providers: [{ provide: 'standard', useFactory: standardUsers }] });
    await expectIn(registryOf(app), app.get('standard'));
    const Standard = standardClass();
    const other = await boot({ imports: [caches()], providers: [Standard] });
    await expectIn(registryOf(other), other.get(Standard));
  });

  it('keep the caches of two applications apart', async () => {
    const metadata = { providers: [Users, TransientUsers, { provide: 'made', useFactory: () => new Users() }] };
    const one = await boot({ imports: [caches()], ...metadata });
    const other = await boot({ imports: [caches()], ...metadata });
    for (const app of [one, other, one]) {
      await expectIn(registryOf(app), app.get(Users));
      await expectIn(registryOf(app), app.get('made'));
      await expectIn(registryOf(app), await app.resolve(TransientUsers));
    }
    await one.get(Users).find('apart');
    expect(await registryOf(other).get().get('apart')).to.equal(undefined);
  });

  it('use the default registry in an application without CacheModule, and outside', async () => {
    const app = await boot({ providers: [Users, Auditors] });
    for (const users of [app.get(Users), app.get(Auditors), new Users()]) {
      const id = crypto.randomUUID();
      await users.find(id);
      expect(await defaultRegistry().get().get(id)).to.equal(`user ${id}`);
    }
    expect(app.get(Auditors).moduleRef).to.be.instanceOf(ModuleRef);
  });

  it('see an instance of their class outside as that: outside', async () => {
    await boot({ imports: [caches()], providers: [Users] });
    await new Users().find('outside');
    expect(await defaultRegistry().get().get('outside')).to.equal('user outside');
  });

  it('find it where isGlobal: false keeps the caches from being injected', async () => {
    const module = moduleOf({ providers: [Users, RequestUsers] });
    const root = CacheModule.forRoot({ caches: { default: { backend: 'memory' } }, isGlobal: false });
    const app = await boot({ imports: [module, root] });
    await expectIn(registryOf(app), app.get(Users));
    await expectIn(registryOf(app), await app.resolve(RequestUsers));
  });

  it('find it in static methods', async () => {
    @Injectable()
    class Lists {
      @Cached({ key: KEY })
      static async all(id: string): Promise<string> {
        return `list ${id}`;
      }
    }
    const app = await boot({ imports: [caches()], providers: [Lists] });
    await Lists.all('static');
    expect(await registryOf(app).get().get('static')).to.equal('list static');
  });

  it('find it in static methods that evict or replace what a sibling stored', async () => {
    @Injectable()
    class Rates {
      @Cached({ prefix: 'rates' })
      static async of(currency: string): Promise<string> {
        return `rate of ${currency}`;
      }
      @CachePut({ of: 'of' })
      static async set(_currency: string): Promise<string> {
        return 'set';
      }
      @CacheEvict({ of: 'of' })
      static async forget(_currency: string): Promise<void> {}
    }
    const app = await boot({ imports: [caches()], providers: [Rates] });
    await Rates.of('chf');
    await Rates.set('chf');
    expect(await Rates.of('chf')).to.equal('set');
    await Rates.forget('chf');
    expect(await Rates.of('chf')).to.equal('rate of chf');
    expect(await registryOf(app).get().raw('keys')).to.eql(['default:rates("chf")']);
  });

  it('may be those of what makes the options', async () => {
    @Injectable()
    class Settings {
      @Cached({ key: KEY })
      async read(name: string): Promise<string> {
        return `setting ${name}`;
      }
    }
    const settings = moduleOf({ providers: [Settings], exports: [Settings] });
    const root = CacheModule.forRootAsync({
      imports: [settings],
      inject: [Settings],
      useFactory: async (settings: Settings) => {
        expect(await settings.read('early')).to.equal('setting early');
        return { caches: { default: { backend: 'memory' } } };
      },
    });
    const app = await boot({ imports: [root] });
    await app.get(Settings).read('later');
    expect(await registryOf(app).get().multiGet(['early', 'later'])).to.eql([undefined, 'setting later']);
    expect(await defaultRegistry().get().multiGet(['early', 'later'])).to.eql(['setting early', undefined]);
  });
});
