import 'reflect-metadata';
import { createServer, type Server } from 'node:net';
import { Injectable } from '@nestjs/common';
import { Redis } from 'ioredis';
import { type Cache, Cached } from 'cachewright';
import { CacheModule, type CacheRootOptions, getCacheToken, type NestCacheConfig } from 'cachewright/nest';
import { FakeClock, faulty } from 'cachewright/testing';
import { expect } from 'chai';
import { REDIS_OPTION_NAMES } from '#lib/backends/redis/redis-options.js';
import { BACKENDS } from '#lib/registry/backends.js';
import { COMMON_NAMES } from '#lib/registry/common-options.js';
import { caught } from '../support/caught.js';
import { useRedis } from '../support/redis-server.js';
import { moduleOf, useApps } from './boot.js';

/** The module that has a cache `tested` of this configuration, one for each way to give one. */
const WAYS: Record<string, (config: NestCacheConfig) => object> = {
  forRoot: (tested) => CacheModule.forRoot({ caches: { default: { backend: 'memory' }, tested } }),
  forRootAsync: (tested) =>
    CacheModule.forRootAsync({
      names: ['tested'],
      useFactory: () => ({ caches: { default: { backend: 'memory' }, tested } }),
    }),
  forFeature: (tested) =>
    moduleOf({
      imports: [
        CacheModule.forFeature({ tested }),
        CacheModule.forRoot({ caches: { default: { backend: 'memory' } } }),
      ],
    }),
};

type Build = (config: NestCacheConfig) => Promise<Cache>;

interface ListedOption {
  readonly name: string;
  readonly effect: string;
  readonly test: (build: Build) => Promise<void>;
}

describe('options of caches in Nest', () => {
  const boot = useApps();
  const redis = useRedis();
  const locked = useRedis({
    password: 'sesame',
    acl: ['user default on >sesame ~* +@all', 'user app on >secret ~* +@all'],
  });
  const secure = useRedis({ tls: true });

  let silent: Server;
  before(async () => {
    silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  after(() => silent.close());
  const portOf = (server: Server): number => (server.address() as { port: number }).port;
  const namespace = (): string => crypto.randomUUID();

  const COMMON: ListedOption[] = [
    {
      name: 'namespace',
      effect: 'stands before the key',
      test: async (build) => {
        const name = namespace();
        await (await build({ backend: 'redis', url: redis.url, namespace: name })).set('key', 1);
        expect(await redis.client().keys(`${name}:*`)).to.eql([`${name}:key`]);
      },
    },
    {
      name: 'buildKey',
      effect: 'makes the key',
      test: async (build) => {
        const name = namespace();
        const buildKey = (key: string, space: string): string => `${name}/${space}/${key}`;
        await (await build({ backend: 'redis', url: redis.url, buildKey })).set('key', 1);
        expect(await redis.client().exists(`${name}/tested/key`)).to.equal(1);
      },
    },
    {
      name: 'ttl',
      effect: 'is how long values live',
      test: async (build) => {
        const cache = await build({ backend: 'memory', ttl: '5m' });
        await cache.set('key', 1);
        expect(await cache.ttl('key')).to.be.within(299_000, 300_000);
      },
    },
    {
      name: 'timeout',
      effect: 'ends a command',
      test: async (build) => {
        const backend = faulty();
        backend.hang('get');
        const cache = await build({ backend, timeout: '20ms' });
        expect(await caught(cache.get('key'))).to.have.property('code', 'ERR_CACHE_COMMAND_TIMEOUT');
        backend.heal();
      },
    },
    {
      name: 'budget',
      effect: 'is all that a load loses',
      test: async (build) => {
        const backend = faulty();
        backend.hang('get');
        const cache = await build({ backend, budget: '20ms', timeout: null });
        expect(await cache.getOrSet('key', async () => 'loaded')).to.equal('loaded');
        backend.heal();
      },
    },
    {
      name: 'originConcurrency',
      effect: 'is how many loaders run at a time',
      test: async (build) => {
        const cache = await build({ backend: 'memory', originConcurrency: 1 });
        let running = 0;
        const load = async (): Promise<number> => {
          const first = ++running;
          await new Promise(setImmediate);
          running--;
          return first;
        };
        expect(await Promise.all(['a', 'b', 'c'].map((key) => cache.getOrSet(key, load)))).to.deep.equal([1, 1, 1]);
      },
    },
    {
      name: 'serializer',
      effect: 'is used',
      test: async (build) => {
        const cache = await build({ backend: 'memory', serializer: 'json' });
        await cache.set('key', new Date(0));
        expect(await cache.get('key')).to.equal('1970-01-01T00:00:00.000Z');
      },
    },
    {
      name: 'plugins',
      effect: 'are there, in their order',
      test: async (build) => {
        const seen: string[] = [];
        const plugin = (name: string) => ({ name, preGet: () => void seen.push(name) });
        const cache = await build({ backend: 'memory', plugins: [plugin('one'), 'timing', plugin('two')] });
        await cache.get('key');
        expect(seen).to.eql(['one', 'two']);
        expect(cache.plugin('timing')).to.have.property('profile');
      },
    },
    {
      name: 'breaker',
      effect: 'opens when it says',
      test: async (build) => {
        const backend = faulty();
        Object.assign(backend.capabilities, { shared: true });
        backend.fail('get');
        const cache = await build({ backend, breaker: { after: 1, retry: '1h' } });
        expect(await caught(cache.get('key'))).to.have.property('code', 'ERR_CACHE_BACKEND');
        expect(await caught(cache.get('key'))).to.have.property('code', 'ERR_CACHE_BACKEND_UNAVAILABLE');
      },
    },
    {
      name: 'isolation',
      effect: 'protects values',
      test: async (build) => {
        const cache = await build({ backend: 'memory', isolation: 'freeze' });
        await cache.set('key', { list: [1] });
        expect(Object.isFrozen(await cache.get('key'))).to.equal(true);
      },
    },
    {
      name: 'random',
      effect: 'is what jitter draws from',
      test: async (build) => {
        const cache = await build({ backend: 'memory', random: () => 0.5 });
        await cache.getOrSet('key', () => 1, { ttl: '10s', jitter: 1 });
        expect(await cache.ttl('key')).to.be.within(14_000, 15_000);
      },
    },
    {
      name: 'clock',
      effect: 'is what lifetimes follow',
      test: async (build) => {
        const clock = new FakeClock();
        const cache = await build({ backend: 'memory', clock, ttl: '1h' });
        await cache.set('key', 1);
        clock.advance('2h');
        expect(await cache.get('key')).to.equal(undefined);
      },
    },
  ];

  const MEMORY: ListedOption[] = [
    {
      name: 'maxEntries',
      effect: 'limits how many there are',
      test: async (build) => {
        const cache = await build({ backend: 'memory', maxEntries: 1 });
        await cache.multiSet({ a: 1, b: 2 });
        expect((await cache.multiGet(['a', 'b'])).filter((value) => value !== undefined)).to.have.length(1);
      },
    },
    {
      name: 'maxBytes',
      effect: 'limits how large they are',
      test: async (build) => {
        const cache = await build({ backend: 'memory', serializer: 'json', maxBytes: 2_000 });
        await cache.set('a', 'x'.repeat(600));
        await cache.set('b', 'x'.repeat(600));
        expect((await cache.multiGet(['a', 'b'])).filter((value) => value !== undefined)).to.have.length(1);
      },
    },
    {
      name: 'policy',
      effect: 'chooses what makes room',
      test: async (build) => {
        const hitsOf = async (policy: 'adaptive' | 'lru'): Promise<number> => {
          const cache = await build({ backend: 'memory', maxEntries: 100, policy });
          let hits = 0;
          for (let n = 0; n < 1_000; n++) {
            if ((await cache.get(`${n % 200}`)) !== undefined) hits++;
            else await cache.set(`${n % 200}`, n);
          }
          return hits;
        };
        expect(await hitsOf('lru')).to.equal(0);
        expect(await hitsOf('adaptive')).to.be.above(200);
      },
    },
    {
      name: 'weigh',
      effect: 'says what an entry weighs',
      test: async (build) => {
        const cache = await build({ backend: 'memory', maxBytes: 10, weigh: (_key, value) => value as number });
        await cache.set('a', 6);
        await cache.set('b', 6);
        expect((await cache.multiGet(['a', 'b'])).filter((value) => value !== undefined)).to.have.length(1);
      },
    },
    {
      name: 'onEviction',
      effect: 'is told what had to go',
      test: async (build) => {
        const values: unknown[] = [];
        const onEviction = ({ value }: { value: unknown }): void => void values.push(value);
        const cache = await build({ backend: 'memory', maxEntries: 1, onEviction });
        await cache.set('a', 1);
        await cache.set('b', 2);
        expect(values).to.deep.equal([1]);
      },
    },
  ];

  const inDatabase = async (db: number, key: string): Promise<number> => redis.client({ db }).exists(key);

  const REDIS: ListedOption[] = [
    {
      name: 'url',
      effect: 'is where it connects to',
      test: async (build) => {
        const cache = await build({ backend: 'redis', url: `${redis.url}/3`, namespace: namespace() });
        await cache.set('key', 1);
        expect(await inDatabase(3, `${cache.namespace}:key`)).to.equal(1);
      },
    },
    {
      name: 'host',
      effect: 'is where it connects to',
      test: async (build) => {
        const cache = await build({ backend: 'redis', host: 'host.invalid', port: redis.port });
        expect(((await caught(cache.connect())) as Error).message).to.contain('host.invalid');
      },
    },
    {
      name: 'port',
      effect: 'is where it connects to',
      test: async (build) => {
        const cache = await build({ backend: 'redis', host: '127.0.0.1', port: redis.port });
        expect(await cache.raw('config', 'get', 'port')).to.deep.include(String(redis.port));
      },
    },
    {
      name: 'username',
      effect: 'logs in',
      test: async (build) => {
        const cache = await build({ backend: 'redis', port: locked.port, username: 'app', password: 'secret' });
        expect(await cache.raw('acl', 'whoami')).to.equal('app');
      },
    },
    {
      name: 'password',
      effect: 'logs in',
      test: async (build) => {
        const cache = await build({ backend: 'redis', port: locked.port, password: 'sesame' });
        expect(await cache.raw('ping')).to.equal('PONG');
      },
    },
    {
      name: 'db',
      effect: 'is the database',
      test: async (build) => {
        const cache = await build({ backend: 'redis', port: redis.port, db: 5, namespace: namespace() });
        await cache.set('key', 1);
        expect(await inDatabase(5, `${cache.namespace}:key`)).to.equal(1);
      },
    },
    {
      name: 'tls',
      effect: 'encrypts',
      test: async (build) => {
        const cache = await build({ backend: 'redis', host: '127.0.0.1', port: secure.port, tls: { ca: secure.ca } });
        expect(await cache.raw('ping')).to.equal('PONG');
      },
    },
    {
      name: 'connectTimeout',
      effect: 'ends the attempt',
      test: async (build) => {
        const cache = await build({
          backend: 'redis',
          host: '127.0.0.1',
          port: portOf(silent),
          connectTimeout: '30ms',
          timeout: null,
        });
        expect(await caught(cache.connect())).to.have.property('code', 'ERR_CACHE_BACKEND_UNAVAILABLE');
      },
    },
    {
      name: 'client',
      effect: 'is used as it is',
      test: async (build) => {
        const client = new Redis(redis.url, { db: 7 });
        const cache = await build({ backend: 'redis', client, namespace: namespace() });
        await cache.set('key', 1);
        expect(await client.exists(`${cache.namespace}:key`)).to.equal(1);
        client.disconnect();
      },
    },
  ];

  /** What they do is for the specs of clusters and sentinels. */
  const OF_MORE_SERVERS = [
    'cluster',
    'sentinels',
    'name',
    'sentinelUsername',
    'sentinelPassword',
    'sentinelTls',
    'natMap',
  ];

  const GROUPS = { 'every cache': COMMON, memory: MEMORY, redis: REDIS };

  it('are all listed here', () => {
    const names = (list: readonly ListedOption[]): string[] => list.map(({ name }) => name);
    expect(names(COMMON)).to.have.members(COMMON_NAMES as string[]);
    expect(names(MEMORY)).to.have.members(Object.keys(BACKENDS.get('memory')!.options));
    expect([...names(REDIS), ...OF_MORE_SERVERS]).to.have.members(Object.keys(BACKENDS.get('redis')!.options));
    expect([...names(REDIS), ...OF_MORE_SERVERS]).to.have.members([...REDIS_OPTION_NAMES]);
    expect([...BACKENDS.keys()]).to.eql(['memory', 'redis', 'memcached', 'dynamodb']);
  });

  for (const [way, module] of Object.entries(WAYS)) {
    const build: Build = async (config) => {
      const app = await boot({ imports: [module(config) as never] });
      return app.get<Cache>(getCacheToken('tested'));
    };
    for (const [owner, list] of Object.entries(GROUPS)) {
      for (const { name, effect, test } of list) it(`${way}: ${name} of ${owner} ${effect}`, () => test(build));
    }
  }
});

describe('options of the registry in Nest', () => {
  const boot = useApps();
  const redis = useRedis();

  class Query {
    constructor(readonly text: string) {}
  }

  @Injectable()
  class Search {
    @Cached()
    async run(query: Query): Promise<string> {
      return query.text;
    }
  }

  const MAKERS: Record<string, (options: CacheRootOptions) => object> = {
    forRoot: (options) => CacheModule.forRoot(options),
    forRootAsync: (options) => CacheModule.forRootAsync({ useFactory: async () => options }),
  };

  for (const [way, make] of Object.entries(MAKERS)) {
    it(`${way}: namespace stands before all others`, async () => {
      const namespace = crypto.randomUUID();
      const caches = { default: { backend: 'redis', url: redis.url } } as const;
      const app = await boot({ imports: [make({ caches, namespace }) as never] });
      await app.get<Cache>(getCacheToken()).set('key', 1);
      expect(await redis.client().keys(`${namespace}*`)).to.eql([`${namespace}:default:key`]);
    });

    it(`${way}: clock is what all lifetimes follow`, async () => {
      const clock = new FakeClock();
      const app = await boot({
        imports: [make({ caches: { default: { backend: 'memory', ttl: '1h' } }, clock }) as never],
      });
      const cache = app.get<Cache>(getCacheToken());
      await cache.set('key', 1);
      clock.advance('2h');
      expect(await cache.get('key')).to.equal(undefined);
    });

    it(`${way}: dataClasses may be arguments`, async () => {
      const caches = { default: { backend: 'memory' } } as const;
      const strict = await boot({ imports: [make({ caches }) as never], providers: [Search] });
      expect(await caught(strict.get(Search).run(new Query('a')))).to.have.property('code', 'ERR_CACHE_INVALID_KEY');
      const app = await boot({ imports: [make({ caches, dataClasses: [Query] }) as never], providers: [Search] });
      expect(await app.get(Search).run(new Query('a'))).to.equal('a');
    });
  }
});
