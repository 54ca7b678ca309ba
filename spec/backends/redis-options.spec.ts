import { inspect } from 'node:util';
import { expect } from 'chai';
import { Cluster, Redis } from 'ioredis';
import { type RedisOptions, REDIS_OPTION_NAMES, readRedisOptions } from '#lib/backends/redis/redis-options.js';
import { redisBackend } from '#lib/backends/redis/redis.js';
import { context, failureOf } from '../support/backend-calls.js';

const at = (host: string, port: number): object => ({ place: { kind: 'server', host, port } });

const SECRET = 's3cr3t-of-the-spec';

describe('redis backend: options', () => {
  const given = (options: object): RedisOptions => options;

  it('has defaults', () => {
    const server = { place: { kind: 'server', host: 'localhost', port: 6379 }, db: 0, tls: undefined };
    const login = { username: undefined, password: undefined };
    expect(readRedisOptions({})).to.deep.equal({ ...server, ...login, connectTimeoutMs: 2_000 });
  });

  const URLS: [url: string, expected: object][] = [
    ['redis://h', { ...at('h', 6379), db: 0, tls: undefined, password: undefined, username: undefined }],
    ['redis://h:1234/7', { ...at('h', 1234), db: 7 }],
    ['redis://h/', { db: 0 }],
    ['rediss://h', { tls: {} }],
    ['redis://[::1]:6380', at('::1', 6380)],
    ['redis://:p%40ss%2F%23%25@h', { username: undefined, password: 'p@ss/#%' }],
    ['redis://us%3Aer:pw@h', { username: 'us:er', password: 'pw' }],
    ['redis://u,v:p,w@h', { ...at('h', 6379), username: 'u,v', password: 'p,w' }],
    ['redis://user@h', { username: 'user', password: undefined }],
    ['redis://h/1?ttl=30s', { db: 1 }],
  ];
  for (const [url, expected] of URLS) {
    it(`reads ${url}`, () => expect(readRedisOptions({ url })).to.deep.include(expected));
  }

  it('completes a URL with what it does not say', () => {
    const options = {
      url: 'rediss://h',
      username: 'u',
      password: 'p',
      db: 3,
      tls: { ca: 'pem' },
      connectTimeout: '1s',
    } as const;
    const server = { ...at('h', 6379), db: 3, tls: { ca: 'pem' } };
    const login = { username: 'u', password: 'p' };
    expect(readRedisOptions(options)).to.deep.equal({ ...server, ...login, connectTimeoutMs: 1_000 });
    expect(readRedisOptions({ url: 'redis://h', tls: true })).to.deep.include({ tls: {} });
  });

  it('reads the nodes of a cluster and of sentinels', () => {
    const cluster = [{ host: 'a' }, 'b:7000', '[::1]:7001'] as const;
    expect(readRedisOptions({ cluster })).to.deep.include({
      place: {
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 6379 },
          { host: 'b', port: 7000 },
          { host: '::1', port: 7001 },
        ],
        natMap: undefined,
      },
    });
    const place = {
      kind: 'sentinel',
      sentinels: [{ host: 's', port: 26_379 }],
      name: 'm',
      username: 'u',
      password: SECRET,
      tls: undefined,
      natMap: { '10.0.0.1:6379': { host: 'localhost', port: 7000 }, 'fd00::1:6379': { host: 'g', port: 6379 } },
    };
    const natMap = { '10.0.0.1:6379': 'localhost:7000', 'fd00::1:6379': { host: 'g' } };
    const options = { natMap, sentinels: ['s'], name: 'm', sentinelUsername: 'u', sentinelPassword: SECRET, db: 2 };
    expect(readRedisOptions(options)).to.deep.include({ place, db: 2 });
    const tls = { ca: 'pem' };
    for (const [sentinelTls, read] of [
      [undefined, tls],
      [false, undefined],
      [true, {}],
      [{ ca: 'other' }, { ca: 'other' }],
    ] as const) {
      const secure = readRedisOptions({ ...options, tls, sentinelTls });
      expect(secure).to.deep.include({ place: { ...place, tls: read }, tls });
    }
  });

  const WRONG: [option: string, options: object][] = [
    ['url', { url: `http://u:${SECRET}@h` }],
    ['url', { url: `redis:u:${SECRET}@h` }],
    ['url', { url: SECRET }],
    ['url', { url: 5 }],
    ['url', { url: `redis://:${SECRET}@h:99999` }],
    ['url', { url: `redis://:${SECRET}%zz@h` }],
    ['url', { url: `redis://u:1#${SECRET}@h` }],
    ['url', { url: `redis://u:1?${SECRET}@h` }],
    ['url', { url: `redis://u:1/${SECRET}@h` }],
    ['url', { url: `redis://h/${SECRET}` }],
    ['url', { url: 'redis://h/1/2' }],
    ['url', { url: 'redis://' }],
    ['url', { url: 'redis://a,b' }],
    ['url', { url: 'redis://a:1,b:2/0' }],
    ['url', { url: `redis://u:${SECRET}@a:1,b:2` }],
    ['url', { url: `rediss://u:${SECRET}@a:1,u:${SECRET}@b:2` }],
    ['host', { host: '' }],
    ['host', { host: 'a,b' }],
    ['host', { host: 'a:1,b:2' }],
    ['host', { host: 5 }],
    ['host', { url: 'redis://h', host: SECRET }],
    ['port', { port: 0 }],
    ['port', { port: 65_536 }],
    ['port', { port: 1.5 }],
    ['port', { port: '6379' }],
    ['port', { url: 'redis://h', port: 1 }],
    ['db', { db: -1 }],
    ['db', { db: 1.5 }],
    ['db', { db: '1' }],
    ['db', { url: 'redis://h/1', db: 1 }],
    ['username', { username: 5 }],
    ['password', { password: { secret: SECRET } }],
    ['password', { password: '' }],
    ['password', { url: `redis://:${SECRET}@h`, password: SECRET }],
    ['tls', { tls: SECRET }],
    ['tls', { url: 'rediss://h', tls: false }],
    ['connectTimeout', { connectTimeout: 'soon' }],
    ['connectTimeout', { connectTimeout: 0 }],
    ['connectTimeout', { connectTimeout: -1 }],
    ['cluster', { cluster: [] }],
    ['cluster', { cluster: 'h:1' }],
    ['cluster', { cluster: ['h:x'] }],
    ['cluster', { cluster: [{ port: 1 }] }],
    ['cluster', { cluster: [{ host: 'h', port: 0 }] }],
    ['cluster', { cluster: ['h'], url: 'redis://h' }],
    ['cluster', { cluster: ['h'], db: 1 }],
    ['cluster', { cluster: ['h'], sentinels: ['h'], name: 'm' }],
    ['name', { sentinels: ['h'] }],
    ['sentinels', { name: 'm' }],
    ['sentinels', { sentinelPassword: SECRET }],
    ['sentinels', { sentinelTls: true }],
    ['sentinelTls', { sentinels: ['h'], name: 'm', sentinelTls: SECRET }],
    ['sentinels', { sentinels: [5], name: 'm' }],
    ['sentinels', { sentinels: ['h'], name: 'm', host: 'h' }],
    ['natMap', { natMap: {} }],
    ['natMap', { host: 'h', natMap: { 'h:1': 'g:2' } }],
    ['natMap', { cluster: ['h'], natMap: 'h:1' }],
    ['natMap', { cluster: ['h'], natMap: ['h:1'] }],
    ['natMap', { cluster: ['h'], natMap: { h: 'g:2' } }],
    ['natMap', { cluster: ['h'], natMap: { 'h:1': 'g:x' } }],
    ['natMap', { cluster: ['h'], natMap: { 'h:1': { host: 'g', port: 0 } } }],
    ['client', { client: {} }],
    ['client', { client: SECRET }],
    ['client', { client: null }],
  ];
  for (const [option, options] of WRONG) {
    it(`refuses ${inspect(options)} by the name of ${option}`, async () => {
      const error = await failureOf(() => redisBackend(given(options), context), 'ERR_CACHE_CONFIG');
      expect(error.message).to.match(new RegExp(`\\b${option}\\b`));
      expect(inspect(error, { depth: 9, showHidden: true })).not.to.contain(SECRET);
    });
  }

  describe('client', () => {
    const clients: { disconnect(): void }[] = [];
    after(() => clients.forEach((client) => client.disconnect()));
    const client = (options: object): Redis => {
      const redis = new Redis({ lazyConnect: true, ...options });
      clients.push(redis);
      return redis;
    };

    it('excludes all other options', async () => {
      for (const name of REDIS_OPTION_NAMES) {
        if (name === 'client') continue;
        const error = await failureOf(
          () => redisBackend(given({ client: client({}), [name]: 1 }), context),
          'ERR_CACHE_CONFIG',
        );
        expect(error.message).to.contain(name);
      }
    });

    it('must not add prefixes of its own', async () => {
      const error = await failureOf(
        () => redisBackend({ client: client({ keyPrefix: 'x:' }) }, context),
        'ERR_CACHE_CONFIG',
      );
      expect(error.message).to.contain('keyPrefix');
    });

    it('may be a Cluster', () => {
      const cluster = (node: { host: string; port: number } | string): Cluster => {
        const made = new Cluster([node], { lazyConnect: true });
        clients.push(made);
        return made;
      };
      const identity = (node: { host: string; port: number } | string): unknown =>
        redisBackend({ client: cluster(node) }, context).identity;
      expect(identity({ host: '127.0.0.1', port: 1 })).to.equal('redis:cluster:127.0.0.1:1/0');
      expect(identity(`redis://u:${SECRET}@127.0.0.1:1`)).to.equal('redis:cluster:127.0.0.1:1/0');
    });

    it('tells its store by its options', () => {
      const identity = (options: object): unknown => redisBackend({ client: client(options) }, context).identity;
      expect(identity({})).to.equal('redis:localhost:6379/0');
      expect(identity({ host: 'H', port: 1, db: 2, password: SECRET })).to.equal('redis:h:1/2');
      expect(identity({ path: '/run/redis.sock' })).to.equal('redis:/run/redis.sock/0');
    });
  });

  it('shows no secret when inspected', () => {
    for (const options of [{ url: `redis://u:${SECRET}@h` }, { username: SECRET, password: SECRET }]) {
      const backend = redisBackend(options, context);
      expect(inspect(backend, { depth: 20, showHidden: true })).not.to.contain(SECRET);
      expect(JSON.stringify(backend)).not.to.contain(SECRET);
    }
  });
});
