import 'reflect-metadata';
import { Inject, Injectable, Scope } from '@nestjs/common';
import { Cached, type Cache, type CacheRegistry, type CommandContext, type Plugin, type Serializer } from 'cachewright';
import {
  CacheModule,
  type CacheRootOptions,
  getCacheRegistryToken,
  getCacheToken,
  InjectCache,
  InjectCacheRegistry,
} from 'cachewright/nest';
import { expect } from 'chai';
import { moduleOf, refusal, useApps } from './boot.js';

@Injectable()
class Log {
  readonly lines: string[] = [];
}

@Injectable()
class AuditPlugin implements Plugin {
  readonly name = 'audit';

  constructor(@Inject(Log) readonly log: Log) {}

  postSet({ cache, input }: CommandContext<'set'>): void {
    this.log.lines.push(`${cache.name} ${input.key}`);
  }
}

@Injectable()
class UpperCase implements Serializer<string> {
  readonly name = 'upper-case';
  readonly wire = 'text';

  serialize(value: unknown): string {
    return String(value).toUpperCase();
  }

  deserialize(wire: string): string {
    return wire;
  }
}

const TOKEN = Symbol('audit');

function rootWith(
  config: Partial<Extract<CacheRootOptions['caches']['default'], { backend: 'memory' }>>,
): ReturnType<typeof CacheModule.forRoot> {
  return CacheModule.forRoot({ caches: { default: { backend: 'memory', ...config } } });
}

describe('plugins and serializers that Nest provides', () => {
  const boot = useApps();
  const audit = (): new () => object => moduleOf({ providers: [Log, AuditPlugin] });

  it('are the providers themselves, of any module, by class', async () => {
    const app = await boot({ imports: [rootWith({ plugins: ['timing', AuditPlugin] }), audit()] });
    const cache = app.get<Cache>(getCacheToken());
    await cache.set('key', 1);
    expect(app.get(Log).lines).to.eql(['default key']);
    expect(cache.plugin('audit')).to.equal(app.get(AuditPlugin));
    expect(cache.plugin('timing')).to.have.property('profile');
  });

  for (const token of [TOKEN, 'audit']) {
    it(`may be named by a ${typeof token}`, async () => {
      const providers = [Log, { provide: token, useClass: AuditPlugin }];
      const app = await boot({ imports: [moduleOf({ providers }), rootWith({ plugins: [token] })] });
      const cache = app.get<Cache>(getCacheToken());
      await cache.set('key', 1);
      expect(cache.plugin('audit')).to.equal(app.get(token));
      expect(app.get(Log).lines).to.eql(['default key']);
    });
  }

  it('may be made by a factory that takes its time', async () => {
    const made = new AuditPlugin(new Log());
    const useFactory = async (): Promise<Plugin> => new Promise((resolve) => void setImmediate(resolve, made));
    const app = await boot({
      imports: [rootWith({ plugins: [TOKEN] }), moduleOf({ providers: [{ provide: TOKEN, useFactory }] })],
    });
    expect(app.get<Cache>(getCacheToken()).plugin('audit')).to.equal(made);
  });

  it('may be a value', async () => {
    const made = new AuditPlugin(new Log());
    const app = await boot({
      imports: [rootWith({ plugins: [TOKEN] }), moduleOf({ providers: [{ provide: TOKEN, useValue: made }] })],
    });
    expect(app.get<Cache>(getCacheToken()).plugin('audit')).to.equal(made);
  });

  it('are there when a constructor uses its cache', async () => {
    class Early {
      readonly done: Promise<void>;

      constructor(cache: Cache, registry: CacheRegistry) {
        expect(registry.get()).to.equal(cache);
        this.done = cache.set('early', 1);
      }
    }
    InjectCache()(Early, undefined, 0);
    InjectCacheRegistry()(Early, undefined, 1);
    const app = await boot({ imports: [rootWith({ plugins: [AuditPlugin] }), audit()], providers: [Early] });
    await app.get(Early).done;
    expect(app.get(Log).lines).to.eql(['default early']);
  });

  it('work in forFeature and forRootAsync too', async () => {
    const app = await boot({
      imports: [
        CacheModule.forRootAsync({
          useFactory: () => ({ caches: { default: { backend: 'memory', plugins: [AuditPlugin] } } }),
        }),
        CacheModule.forFeature({ pages: { backend: 'memory', plugins: [AuditPlugin] } }),
        audit(),
      ],
    });
    const registry = app.get<CacheRegistry>(getCacheRegistryToken());
    await registry.get().set('a', 1);
    await registry.get('pages').set('b', 1);
    expect(app.get(Log).lines).to.eql(['default a', 'pages b']);
  });

  it('may themselves have cached methods', async () => {
    @Injectable()
    class Reader {
      runs = 0;
      @Cached({ key: (id: string) => id })
      async read(id: string): Promise<string> {
        this.runs++;
        return id;
      }
    }
    @Injectable()
    class Reading implements Plugin {
      readonly name = 'reading';
      constructor(@Inject(Reader) readonly reader: Reader) {}
    }
    const app = await boot({ imports: [rootWith({ plugins: [Reading] }), moduleOf({ providers: [Reading, Reader] })] });
    await app.get(Reader).read('x');
    expect(await app.get<Cache>(getCacheToken()).get('x')).to.equal('x');
  });

  for (const [kind, provider, token] of [
    ['class', UpperCase, UpperCase],
    ['symbol', { provide: TOKEN, useClass: UpperCase }, TOKEN],
    ['string', { provide: 'upper', useClass: UpperCase }, 'upper'],
  ] as const) {
    it(`serialize, named by ${kind}`, async () => {
      const app = await boot({ imports: [rootWith({ serializer: token }), moduleOf({ providers: [provider] })] });
      const cache = app.get<Cache>(getCacheToken());
      await cache.set('key', 'quiet');
      expect(await cache.get('key')).to.equal('QUIET');
    });
  }

  describe('that cannot be had keep the application from starting', () => {
    it('because nobody provides the class', async () => {
      const error = await refusal({ imports: [rootWith({ plugins: ['timing', AuditPlugin] })] });
      expect(error).to.include({ code: 'ERR_CACHE_CONFIG', cache: 'default' });
      expect(error.message).to.equal(
        'caches.default.plugins[1]: no module of this application provides AuditPlugin; add it to the providers of one',
      );
    });

    it('because nobody provides the token', async () => {
      const error = await refusal({ imports: [rootWith({ serializer: TOKEN })] });
      expect(error.message).to.equal(
        'caches.default.serializer: no module of this application provides Symbol(audit); add it to the providers of one',
      );
    });

    it('because a name is misspelt', async () => {
      const error = await refusal({ imports: [rootWith({ plugins: ['timming'] })] });
      expect(error.message).to.equal(
        'caches.default.plugins[0]: no module of this application provides "timming"; did you mean "timing"? add it to the providers of one',
      );
    });

    it('because they are made once per request', async () => {
      @Injectable({ scope: Scope.REQUEST })
      class Current {}
      @Injectable()
      class PerRequest implements Plugin {
        readonly name = 'per-request';
        constructor(@Inject(Current) readonly current: Current) {}
      }
      const error = await refusal({
        imports: [rootWith({ plugins: [PerRequest] }), moduleOf({ providers: [PerRequest, Current] })],
      });
      expect(error).to.include({ code: 'ERR_CACHE_CONFIG', cache: 'default' });
      expect(error.message).to.equal(
        'caches.default.plugins[0]: PerRequest -> Current is made once per request, but the cache lives as long as the application',
      );
    });

    it('because they need the cache that needs them', async () => {
      @Injectable()
      class Store {
        constructor(@InjectCache() readonly cache: Cache) {}
      }
      @Injectable()
      class Storing implements Plugin {
        readonly name = 'storing';
        constructor(@Inject(Store) readonly store: Store) {}
      }
      const error = await refusal({
        imports: [rootWith({ plugins: [Storing] }), moduleOf({ providers: [Storing, Store] })],
      });
      expect(error).to.include({ code: 'ERR_CACHE_CONFIG', cache: 'default' });
      expect(error.message).to.contain('caches.default.plugins[0]: Storing -> Store -> "cachewright:cache:default"');
      expect(error.message).to.contain('needs the caches, which need it first');
    });

    it('because they are no plugins', async () => {
      @Injectable()
      class Misspelt {
        readonly name = 'misspelt';
        preGett(): void {}
      }
      const error = await refusal({
        imports: [rootWith({ plugins: [Misspelt] }), moduleOf({ providers: [Misspelt] })],
      });
      expect(error.message).to.contain('caches.default.plugins[0].preGett is no hook; did you mean "preGet"?');
    });
  });
});
