import 'reflect-metadata';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Cache, Cached, type CacheRegistry } from 'cachewright';
import { CacheModule, getCacheRegistryToken, getCacheToken, InjectCache } from 'cachewright/nest';
import { expect } from 'chai';
import { freePort } from '../support/free-port.js';
import { useRedis } from '../support/redis-server.js';
import { caught } from '../support/caught.js';
import { moduleOf, refusal, useApps } from './boot.js';
import { runChild } from './child.js';
import { WatchedBackend } from './watched-backend.js';

const MEMORY = { default: { backend: 'memory' } } as const;

class Service {
  runs = 0;

  @Cached({ key: (id: string) => id })
  async find(id: string): Promise<string> {
    this.runs++;
    return id;
  }
}

/** Uses its cache when it starts and as late as it can. */
@Injectable()
class Latecomer implements OnApplicationShutdown {
  seen: unknown;

  constructor(@InjectCache() readonly cache: Cache) {}

  async onApplicationShutdown(): Promise<void> {
    await new Promise(setImmediate);
    await this.cache.set('late', 1);
    this.seen = await this.cache.get('late');
  }
}

describe('the life of an application', () => {
  const redis = useRedis();
  const boot = useApps();

  const start = (metadata: Parameters<typeof boot>[0]) =>
    NestFactory.createApplicationContext(moduleOf(metadata), { logger: false, abortOnError: false });

  describe('when it stops', () => {
    it('closes its caches', async () => {
      const app = await start({ imports: [CacheModule.forRoot({ caches: MEMORY })] });
      const registry = app.get<CacheRegistry>(getCacheRegistryToken());
      const cache = app.get<Cache>(getCacheToken());
      await app.close();
      expect(registry.closed).to.equal(true);
      expect(await caught(cache.get('key'))).to.have.property('code', 'ERR_CACHE_CLOSED');
    });

    it('closes them last: after providers of this module, of one without imports, and of a global one', async () => {
      const modules = () => [
        moduleOf({ providers: [Latecomer] }),
        { module: moduleOf({ providers: [Latecomer] }), global: true },
      ];
      for (const order of ['first', 'last']) {
        const [plain, global] = modules();
        const root = CacheModule.forRoot({ caches: MEMORY });
        const imports = order === 'first' ? [root, plain!, global!] : [plain!, global!, root];
        const app = await start({ imports, providers: [{ provide: 'own', useClass: Latecomer }] });
        const latecomers = [app.get<Latecomer>('own'), app.select(plain as never).get(Latecomer)];
        latecomers.push(app.select(global as never).get(Latecomer));
        await app.close();
        expect(latecomers.map(({ seen }) => seen)).to.eql([1, 1, 1]);
        expect(latecomers[0]!.cache.closed).to.equal(true);
      }
    });

    it('leaves another application alone', async () => {
      const caches = { default: { backend: 'redis', url: redis.url, namespace: crypto.randomUUID() } } as const;
      const metadata = { providers: [Service] };
      const one = await start({ imports: [CacheModule.forRoot({ caches })], ...metadata });
      const other = await boot({ imports: [CacheModule.forRoot({ caches })], ...metadata });
      await one.get(Service).find('a');
      await one.close();
      await other.get(Service).find('a');
      expect(other.get(Service).runs).to.equal(0);
      expect(await other.get<Cache>(getCacheToken()).get('a')).to.equal('a');
      await one.get(Service).find('a');
      expect(one.get(Service).runs, 'without its cache it just runs').to.equal(2);
    });

    it('leaves clients open that it was given', async () => {
      const client = redis.client();
      const caches = { default: { backend: 'redis', client } } as const;
      const app = await start({ imports: [CacheModule.forRoot({ caches })] });
      await app.get<Cache>(getCacheToken()).set('given', 1);
      await app.close();
      expect(await client.ping()).to.equal('PONG');
    });

    it('may be asked twice, and before it was ever started', async () => {
      const app = await start({ imports: [CacheModule.forRoot({ caches: MEMORY })] });
      await Promise.all([app.close(), app.close()]);
      await app.close();
    });

    for (const state of ['up', 'down']) {
      it(`lets the process end by itself, with Redis ${state}`, async () => {
        const url = state === 'up' ? redis.url : `redis://127.0.0.1:${await freePort()}`;
        expect(await runChild('./shutdown-child.js', url)).to.eql({ code: 0, printed: 'closed\n' });
      }).timeout(10_000);
    }
  });

  describe('when backends are down', () => {
    it('starts, and decorated methods run', async () => {
      const caches = { default: { backend: 'redis', url: `redis://127.0.0.1:${await freePort()}` } } as const;
      const app = await boot({ imports: [CacheModule.forRoot({ caches })], providers: [Service] });
      expect(await app.get(Service).find('a')).to.equal('a');
      expect(app.get(Service).runs).to.equal(1);
    });

    it('does not start with failFast: true, and names those that are not there', async () => {
      const [one, two] = [await freePort(), await freePort()];
      let started = false;
      @Injectable()
      class Starts implements OnModuleInit {
        onModuleInit(): void {
          started = true;
        }
      }
      const caches = {
        default: { backend: 'redis', url: `redis://user:secret@127.0.0.1:${one}` },
        there: { backend: 'redis', url: redis.url },
        pages: { backend: 'redis', url: `redis://127.0.0.1:${two}` },
      } as const;
      for (const root of [
        CacheModule.forRoot({ caches, failFast: true }),
        CacheModule.forRootAsync({ useFactory: () => ({ caches, failFast: true }) }),
      ]) {
        const error = await refusal({ imports: [root], providers: [Starts] });
        expect(error).to.include({ code: 'ERR_CACHE_BACKEND_UNAVAILABLE', cache: 'default' });
        expect(error.message).to.match(/^failFast: these caches are not available: default \(.+\), pages \(.+\)$/);
        expect(error.message).to.contain(`127.0.0.1:${one}`).and.contain(`127.0.0.1:${two}`).and.not.contain('secret');
      }
      expect(started).to.equal(false);
    });

    it('connects before anything starts with failFast: true, and only then', async () => {
      for (const failFast of [true, false]) {
        const watched = new WatchedBackend();
        @Injectable()
        class Starts implements OnModuleInit {
          onModuleInit(): void {
            watched.log.push('onModuleInit');
          }
        }
        const root = CacheModule.forRoot({ caches: { default: { backend: watched.factory } }, failFast });
        await (await start({ imports: [moduleOf({ providers: [Starts] }), root] })).close();
        expect(watched.log).to.eql(failFast ? ['connect', 'onModuleInit', 'close'] : ['onModuleInit', 'close']);
      }
    });

    it('starts with failFast: true when the caches are switched off: that is what one does when a backend is away', async () => {
      const before = process.env['CACHEWRIGHT_DISABLE'];
      process.env['CACHEWRIGHT_DISABLE'] = '1';
      const watched = new WatchedBackend(new Error('down'));
      try {
        const root = CacheModule.forRoot({ caches: { default: { backend: watched.factory } }, failFast: true });
        const app = await start({ imports: [root] });
        const cache = app.get<Cache>(getCacheToken());
        cache.enable();
        expect(await caught(cache.connect())).to.have.property('code', 'ERR_CACHE_BACKEND_UNAVAILABLE');
        await app.close();
      } finally {
        if (before === undefined) delete process.env['CACHEWRIGHT_DISABLE'];
        else process.env['CACHEWRIGHT_DISABLE'] = before;
      }
      expect(watched.log).to.eql(['connect', 'close']);
    });

    it('shows nothing that the backend of somebody else says', async () => {
      const watched = new WatchedBackend(new Error('no route to user:secret@host'));
      const root = CacheModule.forRoot({ caches: { default: { backend: watched.factory } }, failFast: true });
      const error = await refusal({ imports: [root] });
      expect(error).to.have.property('code', 'ERR_CACHE_BACKEND_UNAVAILABLE');
      expect(error.message).to.equal(
        'failFast: these caches are not available: default (connect: the backend is not there)',
      );
    });

    it('closes what it has opened when it does not start', async () => {
      const watched = new WatchedBackend(new Error('down'));
      const root = CacheModule.forRoot({ caches: { default: { backend: watched.factory } }, failFast: true });
      await refusal({ imports: [root] });
      expect(watched.log).to.eql(['connect', 'close']);
    });
  });
});
