import { Injectable, type Type } from '@nestjs/common';
import type { Cache, CacheRegistry } from 'cachewright';
import {
  CacheModule,
  type CacheModuleOptions,
  type CacheOptionsFactory,
  getCacheRegistryToken,
  getCacheToken,
  InjectCache,
  InjectCacheRegistry,
} from 'cachewright/nest';
import { expect } from 'chai';
import { moduleOf, refusal, useApps } from './boot.js';

const CACHES = { default: { backend: 'memory' }, sessions: { backend: 'memory', ttl: '30m' } } as const;

/** Undecorated, so that no compiler emits what its parameters are. */
class Plain {
  readonly caches: readonly Cache[];

  constructor(
    readonly cache: Cache,
    readonly sessions: Cache,
    readonly registry: CacheRegistry,
  ) {
    this.caches = [cache, sessions];
  }
}
InjectCache()(Plain, undefined, 0);
InjectCache('sessions')(Plain, undefined, 1);
InjectCacheRegistry()(Plain, undefined, 2);

@Injectable()
class ByProperty {
  @InjectCache('sessions') readonly sessions!: Cache;
  @InjectCacheRegistry() readonly registry!: CacheRegistry;
}

@Injectable()
class Options implements CacheOptionsFactory {
  createCacheOptions(): CacheModuleOptions {
    return { caches: CACHES };
  }
}

describe('CacheModule', () => {
  const boot = useApps();

  describe('forRoot', () => {
    it('provides caches and registry to constructors of which no types were emitted', async () => {
      const app = await boot({ imports: [CacheModule.forRoot({ caches: CACHES })], providers: [Plain] });
      const plain = app.get(Plain);
      expect(plain.cache).to.equal(plain.registry.get());
      expect(plain.sessions).to.equal(plain.registry.get('sessions'));
      expect(plain.sessions).not.to.equal(plain.cache);
    });

    it('provides them to properties', async () => {
      const app = await boot({ imports: [CacheModule.forRoot({ caches: CACHES })], providers: [ByProperty] });
      expect(app.get(ByProperty).sessions).to.equal(app.get(ByProperty).registry.get('sessions'));
    });

    it('provides them under their tokens', async () => {
      const app = await boot({ imports: [CacheModule.forRoot({ caches: CACHES })] });
      const registry = app.get<CacheRegistry>(getCacheRegistryToken());
      expect(registry.names).to.eql(['default', 'sessions']);
      expect(app.get(getCacheToken())).to.equal(registry.get('default'));
      expect(app.get(getCacheToken('sessions'))).to.equal(registry.get('sessions'));
    });

    it('provides them in every module', async () => {
      const feature = moduleOf({ providers: [Plain] });
      const app = await boot({ imports: [feature, CacheModule.forRoot({ caches: CACHES })] });
      expect(app.get(Plain).cache.name).to.equal('default');
    });

    it('provides them only where it is imported with isGlobal: false', async () => {
      const caches = CacheModule.forRoot({ caches: CACHES, isGlobal: false });
      const app = await boot({ imports: [caches], providers: [Plain] });
      expect(app.get(Plain).cache.name).to.equal('default');
      const error = await refusal({ imports: [moduleOf({ providers: [Plain] }), caches] });
      expect(error.message).to.contain("can't resolve dependencies of the Plain").and.contain(getCacheToken());
    });

    it('takes a cache in one line', async () => {
      const app = await boot({ imports: [CacheModule.forRoot({ caches: { default: 'memory://?maxEntries=1' } })] });
      const cache = app.get<Cache>(getCacheToken());
      await cache.multiSet({ a: 1, b: 2 });
      expect(await cache.multiGet(['a', 'b'])).to.have.members([undefined, 2]);
    });
  });

  describe('forRootAsync', () => {
    const expectBoth = async (given: Parameters<typeof CacheModule.forRootAsync>[0]): Promise<void> => {
      const app = await boot({ imports: [CacheModule.forRootAsync(given)], providers: [Plain] });
      const { cache, sessions, registry } = app.get(Plain);
      expect(cache).to.equal(registry.get());
      expect(sessions).to.equal(registry.get('sessions'));
      await sessions.set('key', 1);
      expect(await sessions.ttl('key')).to.be.within(29 * 60_000, 30 * 60_000);
    };

    it('takes a factory with dependencies', async () => {
      class Settings {
        readonly ttl = '30m';
      }
      await expectBoth({
        names: ['sessions'],
        imports: [moduleOf({ providers: [Settings], exports: [Settings] })],
        inject: [Settings],
        useFactory: async ({ ttl }: Settings) => {
          await new Promise(setImmediate);
          return { caches: { ...CACHES, sessions: { backend: 'memory', ttl: ttl as '30m' } } };
        },
      });
    });

    it('takes a factory without dependencies', () =>
      expectBoth({ names: ['default', 'sessions'], useFactory: () => ({ caches: CACHES }) }));

    it('takes a class', () => expectBoth({ names: ['sessions'], useClass: Options }));

    it('takes what exists', () => {
      const settings = moduleOf({ providers: [Options], exports: [Options] });
      return expectBoth({ names: ['sessions'], imports: [settings], useExisting: Options });
    });

    it('provides the default cache without names', async () => {
      const app = await boot({ imports: [CacheModule.forRootAsync({ useFactory: () => ({ caches: CACHES }) })] });
      const registry = app.get<CacheRegistry>(getCacheRegistryToken());
      expect(app.get(getCacheToken())).to.equal(registry.get());
      expect(() => app.get(getCacheToken('sessions'))).to.throw();
    });

    it('keeps them to its importers with isGlobal: false', async () => {
      const caches = CacheModule.forRootAsync({
        names: ['sessions'],
        isGlobal: false,
        useFactory: () => ({ caches: CACHES }),
      });
      expect((await boot({ imports: [caches], providers: [Plain] })).get(Plain).cache.name).to.equal('default');
      const error = await refusal({ imports: [moduleOf({ providers: [Plain] }), caches] });
      expect(error.message).to.contain("can't resolve dependencies of the Plain");
    });
  });

  describe('forFeature', () => {
    it('joins the one registry before anything uses it, whatever comes first', async () => {
      const seen: (readonly string[])[] = [];
      class Early {
        constructor(registry: CacheRegistry) {
          seen.push(registry.names, [registry.get('pages').name]);
        }
      }
      InjectCacheRegistry()(Early, undefined, 0);
      const feature = moduleOf({ imports: [CacheModule.forFeature({ pages: { backend: 'memory' } })] });
      await boot({
        imports: [CacheModule.forRoot({ caches: CACHES }), moduleOf({ providers: [Early] }), feature],
      });
      expect(seen).to.eql([['default', 'sessions', 'pages'], ['pages']]);
    });

    it('provides its caches where it is imported', async () => {
      class Pages {
        constructor(
          readonly pages: Cache,
          readonly registry: CacheRegistry,
        ) {}
      }
      InjectCache('pages')(Pages, undefined, 0);
      InjectCacheRegistry()(Pages, undefined, 1);
      const feature = moduleOf({
        imports: [CacheModule.forFeature({ pages: 'memory://' })],
        providers: [Pages as Type],
      });
      const app = await boot({ imports: [feature, CacheModule.forRoot({ caches: CACHES })] });
      expect(app.get(Pages).pages).to.equal(app.get(Pages).registry.get('pages'));
    });

    it('may be imported by several modules', async () => {
      const pages = CacheModule.forFeature({ pages: 'memory://' });
      const app = await boot({
        imports: [
          moduleOf({ imports: [pages] }),
          moduleOf({ imports: [pages] }),
          CacheModule.forRoot({ caches: CACHES }),
        ],
      });
      expect(app.get<CacheRegistry>(getCacheRegistryToken()).has('pages')).to.equal(true);
    });

    it('adds several at once, and several times', async () => {
      const app = await boot({
        imports: [
          CacheModule.forFeature({ pages: 'memory://', images: 'memory://' }),
          CacheModule.forFeature({ carts: { backend: 'memory' } }),
          CacheModule.forRootAsync({ useFactory: () => ({ caches: CACHES }) }),
        ],
      });
      const names = app.get<CacheRegistry>(getCacheRegistryToken()).names;
      expect(names).to.have.members(['default', 'sessions', 'pages', 'images', 'carts']);
    });
  });
});
