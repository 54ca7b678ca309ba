import 'reflect-metadata';
import { Injectable, Scope } from '@nestjs/common';
import { type Cache, Cached, CacheEvict, createCache } from 'cachewright';
import { CacheModule, type CacheModuleOptions, getCacheToken } from 'cachewright/nest';
import { expect } from 'chai';
import { plainBackend } from '../support/plain-backend.js';
import { moduleOf, refusal, useApps } from './boot.js';

const MEMORY = { default: { backend: 'memory' } } as const;

const asyncRoot = (options: unknown): ReturnType<typeof CacheModule.forRootAsync> =>
  CacheModule.forRootAsync({ useFactory: () => options as CacheModuleOptions });

describe('an application does not start', () => {
  const boot = useApps();

  describe('with an option that is wrong:', () => {
    const KNOWN = 'caches, namespace, clock, dataClasses, failFast';
    const cases: [what: string, options: unknown, message: string][] = [
      [
        'an unknown one',
        { caches: MEMORY, failfast: true },
        `options.failfast is no option of METHOD; did you mean "failFast"? options of METHOD: KNOWN`,
      ],
      [
        'a misspelt one of the registry',
        { caches: MEMORY, namspace: 'x' },
        `options.namspace is no option of METHOD; did you mean "namespace"? options of METHOD: KNOWN`,
      ],
      [
        'a flag that is none',
        { caches: MEMORY, failFast: 'yes' },
        'options.failFast is of type string; use true or false',
      ],
      ['no options', undefined, 'options is of type undefined; give { caches: { default: … } }'],
    ];
    for (const [what, options, message] of cases) {
      it(`${what}, in forRoot`, async () => {
        const error = await refusal({ imports: [CacheModule.forRoot(options as never)] });
        expect(error).to.have.property('code', 'ERR_CACHE_CONFIG');
        const expected = message.replaceAll('METHOD', 'forRoot').replace('KNOWN', `${KNOWN}, isGlobal`);
        expect(error.message).to.equal(`CacheModule.forRoot: ${expected}`);
      });
      it(`${what}, in forRootAsync`, async () => {
        const error = await refusal({ imports: [asyncRoot(options)] });
        expect(error).to.have.property('code', 'ERR_CACHE_CONFIG');
        expect(error.message).to.equal(
          `CacheModule.forRootAsync: ${message.replaceAll('METHOD', 'forRootAsync').replace('KNOWN', KNOWN)}`,
        );
      });
    }

    it('an unknown one of a cache', async () => {
      const error = await refusal({
        imports: [CacheModule.forRoot({ caches: { default: { backend: 'memory', tll: 1 } as never } })],
      });
      expect(error.message).to.match(/^caches\.default\.tll is no option of a memory cache; did you mean "ttl"\?/);
    });

    it('an unknown one of a cache in forFeature', async () => {
      const pages = { backend: 'memory', maxEntry: 1 } as never;
      const error = await refusal({
        imports: [CacheModule.forRoot({ caches: MEMORY }), CacheModule.forFeature({ pages })],
      });
      expect(error.message).to.match(
        /^caches\.pages\.maxEntry is no option of a memory cache; did you mean "maxEntries"\?/,
      );
    });

    it('a lease on a cache whose backend has no locks', async () => {
      class Reports {
        @Cached({ lease: '5s' })
        async of(day: string): Promise<string> {
          return day;
        }
      }
      const error = await refusal({
        imports: [CacheModule.forRoot({ caches: { default: { backend: plainBackend() } } })],
        providers: [Reports],
      });
      expect(error).to.have.property('code', 'ERR_CACHE_CONFIG');
      expect(error.message).to.match(/lease needs a backend with locks, and plain has none; leave it out, or use/);
    });

    it('no default cache', async () => {
      const error = await refusal({ imports: [CacheModule.forRoot({ caches: { sessions: 'memory://' } as never })] });
      expect(error.message).to.match(/^caches has no "default"/);
    });

    it('forRootAsync without any source', async () => {
      const error = await refusal({ imports: [CacheModule.forRootAsync({ names: [] } as never)] });
      expect(error.message).to.equal(
        'CacheModule.forRootAsync: options needs one of useFactory, useClass, useExisting, and has none',
      );
    });

    it('forRootAsync with two', async () => {
      const given = { useFactory: () => ({ caches: MEMORY }), useClass: class {} } as never;
      const error = await refusal({ imports: [CacheModule.forRootAsync(given)] });
      expect(error.message).to.contain('and has useFactory and useClass');
    });

    it('an unknown one of forRootAsync', async () => {
      const given = { useFactory: () => ({ caches: MEMORY }), name: ['x'] } as never;
      const error = await refusal({ imports: [CacheModule.forRootAsync(given)] });
      expect(error.message).to.match(
        /^CacheModule\.forRootAsync: options\.name is no option of forRootAsync; did you mean "names"\?/,
      );
    });

    it('a name to inject that is no cache', async () => {
      const error = await refusal({
        imports: [
          CacheModule.forRootAsync({
            names: ['sesions'],
            useFactory: () => ({ caches: { ...MEMORY, sessions: 'memory://' } }),
          }),
        ],
      });
      expect(error).to.include({ code: 'ERR_CACHE_UNKNOWN_CACHE', cache: 'sesions' });
      expect(error.message).to.equal(
        'CacheModule.forRootAsync: names has "sesions", but there is no such cache; did you mean "sessions"? known: default, sessions',
      );
    });
  });

  it('with two caches of one name', async () => {
    const feature = (): object => moduleOf({ imports: [CacheModule.forFeature({ pages: 'memory://' })] });
    for (const imports of [
      [CacheModule.forRoot({ caches: MEMORY }), CacheModule.forFeature({ default: 'memory://' })],
      [CacheModule.forRoot({ caches: MEMORY }), feature(), feature()],
    ]) {
      const error = await refusal({ imports: imports as never });
      expect(error).to.have.property('code', 'ERR_CACHE_CONFIG');
      expect(error.message).to.match(
        /^CacheModule\.forFeature: caches\.(default|pages) exists already; choose another name$/,
      );
    }
  });

  it('with two registries', async () => {
    const error = await refusal({
      imports: [CacheModule.forRoot({ caches: MEMORY }), CacheModule.forRoot({ caches: MEMORY })],
    });
    expect(error).to.have.property('code', 'ERR_CACHE_CONFIG');
    expect(error.message).to.equal(
      'CacheModule.forRoot or forRootAsync was called 2 times for this application; call it once, and forFeature for more caches',
    );
  });

  it('with forFeature alone', async () => {
    const error = await refusal({ imports: [CacheModule.forFeature({ pages: 'memory://' })] });
    expect(error.message).to.contain('the registry that CacheModule.forRoot provides');
  });

  it('with options that come from a request', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Current {}
    const current = moduleOf({ providers: [Current], exports: [Current] });
    const root = CacheModule.forRootAsync({
      imports: [current],
      inject: [Current],
      useFactory: () => ({ caches: MEMORY }),
    });
    const error = await refusal({ imports: [root] });
    expect(error).to.have.property('code', 'ERR_CACHE_CONFIG');
    expect(error.message).to.equal(
      'CacheModule.forRootAsync: its options come from a request-scoped provider, but caches live as long as the application',
    );
  });

  describe('with a decorated method whose cache is not there:', () => {
    class Orders {
      @Cached({ cache: 'sesions' })
      async find(id: string): Promise<string> {
        return id;
      }
    }
    class Evicting {
      @CacheEvict({ cache: 'sesions', clear: true })
      async remove(): Promise<void> {}
    }
    class Fixed {
      @Cached({ cache: 'sesions' })
      static async find(id: string): Promise<string> {
        return id;
      }
    }
    @Injectable({ scope: Scope.REQUEST })
    class RequestOrders extends Orders {}

    const caches = { ...MEMORY, sessions: 'memory://' } as const;
    const UNKNOWN = 'there is no cache "sesions"; did you mean "sessions"? known: default, sessions';
    for (const [what, providers, label] of [
      ['of a singleton', [Orders], '@Cached on Orders.find'],
      ['of a provider that was never made', [RequestOrders], '@Cached on Orders.find'],
      ['of what a factory made', [{ provide: 'orders', useFactory: () => new Orders() }], '@Cached on Orders.find'],
      ['of an evicting method', [Evicting], '@CacheEvict on Evicting.remove'],
      ['of a static method', [Fixed], '@Cached on Fixed.find'],
    ] as const) {
      it(what, async () => {
        const error = await refusal({
          imports: [moduleOf({ providers: [...providers] }), CacheModule.forRoot({ caches })],
        });
        expect(error).to.include({ code: 'ERR_CACHE_UNKNOWN_CACHE', cache: 'sesions' });
        expect(error.message).to.equal(`${label}: ${UNKNOWN}`);
      });
    }

    it('but does when it is in another application', async () => {
      await boot({ imports: [CacheModule.forRoot({ caches })] });
    });

    it('but does when forFeature adds it, before or after', async () => {
      const feature = CacheModule.forFeature({ sesions: 'memory://' });
      const root = CacheModule.forRoot({ caches: MEMORY });
      for (const imports of [
        [root, feature],
        [feature, root],
      ])
        await boot({ imports, providers: [Orders] });
    });

    it('but does when the cache is given, or a function', async () => {
      class Given {
        @Cached({ cache: createCache('memory://') })
        async one(id: string): Promise<string> {
          return id;
        }
        @Cached({ cache: (): Cache => createCache('memory://'), key: (id: string) => id })
        async other(id: string): Promise<string> {
          return id;
        }
      }
      await boot({ imports: [CacheModule.forRoot({ caches: MEMORY })], providers: [Given] });
    });
  });

  it('with two classes of one name and method in one registry', async () => {
    const orders = (): new () => object => {
      class Orders {
        @Cached()
        async find(id: string): Promise<string> {
          return id;
        }
      }
      return Orders;
    };
    const [one, other] = [orders(), orders()];
    const error = await refusal({ imports: [CacheModule.forRoot({ caches: MEMORY })], providers: [one, other] });
    expect(error).to.have.property('code', 'ERR_CACHE_CONFIG');
    expect(error.message).to.contain('@Cached on Orders.find').and.contain('prefix');
    for (const providers of [[one], [other]]) {
      const app = await boot({ imports: [CacheModule.forRoot({ caches: MEMORY })], providers });
      expect(app.get<Cache>(getCacheToken()).name).to.equal('default');
    }
  });
});
