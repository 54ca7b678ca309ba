import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { createCache, optimistic, withLock, type Cache } from 'cachewright';
import type { Backend } from '#lib/contracts/backend.js';
import type { RedisOptions } from '#lib/backends/redis/redis-options.js';
import { redisBackend } from '#lib/backends/redis/redis.js';
import { context, failureOf, text } from '../support/backend-calls.js';
import { eventually } from '../support/eventually.js';
import { forbidUnhandledRejections, printedDuring } from '../support/process-watch.js';
import { useRedisCluster } from '../support/redis-cluster.js';
import { useRedis } from '../support/redis-server.js';

const SECRET = 's3cr3t-of-the-spec';
const WRONG = 'wr0ng-of-the-spec';

const OPERATOR = 'user default on nopass ~* &* +@all';

/** A line for the ACL file as the documentation has it, with more rights where it says so. */
function documented(user: string, ...more: readonly string[]): string {
  const page = readFileSync(new URL('../../../docs/redis.md', import.meta.url), 'utf8');
  const line = new RegExp(`^user ${user} .*$`, 'm').exec(page);
  if (line === null) throw new Error(`docs/redis.md has no line for the user ${user}`);
  for (const right of more) expect(page).to.include(right);
  return [line[0], ...more].join(' ');
}

/** Everything that a cache with the namespace `shop` does but locks. */
async function everything(backend: Backend): Promise<void> {
  await backend.connect!();
  await backend.set('shop:k', '1', undefined, text);
  await backend.set('shop:k', '1', 60_000, text);
  expect(await backend.get('shop:k', text)).to.equal('1');
  await backend.multiSet(
    [
      ['shop:a', '1'],
      ['shop:b', '2'],
    ],
    undefined,
    text,
  );
  await backend.multiSet(
    [
      ['shop:a', '1'],
      ['shop:b', '2'],
    ],
    60_000,
    text,
  );
  expect(await backend.multiGet(['shop:a', 'shop:b'], text)).to.deep.equal(['1', '2']);
  expect(await backend.add('shop:k', '1', undefined, text)).to.equal(false);
  expect(await backend.exists('shop:k', text)).to.equal(true);
  expect(await backend.increment('shop:k', 1, undefined, text)).to.equal(2);
  expect(await backend.increment('shop:n', 1, 60_000, text)).to.equal(1);
  expect(await backend.expire('shop:k', 60_000, text)).to.equal(true);
  expect(await backend.expire('shop:k', undefined, text)).to.equal(true);
  expect(await backend.expireUnless!('shop:k', 60_000, 'x', text)).to.equal(true);
  expect(await backend.expireUnless!('shop:k', undefined, '2', text)).to.equal(undefined);
  expect(await backend.expireUnless!('shop:k', undefined, 'x', text)).to.equal(true);
  expect(await backend.ttl('shop:k', text)).to.equal(null);
  expect(await backend.delete(['shop:a'], text)).to.equal(1);
  await backend.clear('shop:', text);
}

/** @param other that of another process: it does not stand in our line */
async function locks(cache: Cache, other: Cache): Promise<void> {
  expect(await withLock(cache, 'k', { lease: '5s' }, ({ token }) => typeof token)).to.equal('number');
  const order: string[] = [];
  const held = withLock(cache, 'k', { lease: '30s' }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    order.push('held');
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  await withLock(other, 'k', { lease: '30s' }, () => void order.push('woken'));
  await held;
  expect(order).to.deep.equal(['held', 'woken']);
  await (await optimistic(cache, 'v')).compareAndSet(1);
  expect(await cache.getOrSet('leased', () => 2, { lease: '1s' })).to.equal(2);
}

describe('redis backend: login', () => {
  forbidUnhandledRejections();
  const opened: Backend[] = [];
  afterEach(() => Promise.all(opened.splice(0).map((backend) => backend.close())));
  const open = (options: RedisOptions): Backend => {
    const backend = redisBackend(options, context);
    opened.push(backend);
    return backend;
  };

  describe('with a password', () => {
    const server = useRedis({ password: SECRET });

    it('logs in by URL and by option', async () => {
      const byUrl = open({ url: `redis://:${SECRET}@127.0.0.1:${server.port}` });
      await byUrl.set('k', 'v', undefined, text);
      expect(await open({ host: '127.0.0.1', port: server.port, password: SECRET }).get('k', text)).to.equal('v');
      expect(await open({ url: server.url, password: SECRET }).get('k', text)).to.equal('v');
      expect(await open({ url: server.url, username: 'default', password: SECRET }).get('k', text)).to.equal('v');
      await byUrl.connect!();
    });

    for (const [what, password] of [
      ['a wrong', WRONG],
      ['no', undefined],
    ] as const) {
      it(`says so when there is ${what} password, and keeps both secrets to itself`, async () => {
        const backend = open({ url: server.url, ...(password === undefined ? {} : { password }) });
        const printed = await printedDuring(async () => {
          for (const work of [
            () => backend.get('k', text),
            () => backend.set('k', SECRET, 1, text),
            () => backend.connect!(),
          ]) {
            const error = await failureOf(work, 'ERR_CACHE_BACKEND_UNAVAILABLE');
            expect(error.message).to.contain('check username and password');
            for (const secret of [SECRET, WRONG]) {
              expect(inspect([error, backend], { depth: 20, showHidden: true })).not.to.contain(secret);
            }
          }
        });
        expect(printed).to.equal('');
      });
    }
  });

  describe('with ACL users', () => {
    const [line, locker] = [documented('cache'), documented('locker')];
    const server = useRedis({
      acl: [line, locker, OPERATOR],
    });
    const login = { username: 'cache', password: 'change-me' } as const;

    it('does everything in its namespace with the rights that the documentation lists', async () => {
      const backend = open({ url: server.url, ...login });
      await everything(backend);
      expect(await server.client().dbsize()).to.equal(0);
    });

    it('locks and compares with the rights that the documentation lists for that', async () => {
      const cache = createCache({
        backend: 'redis',
        url: server.url,
        username: 'locker',
        password: 'change-me',
        namespace: 'shop',
      });
      // Those of other processes: they do not stand in our line.
      const other = createCache({
        backend: 'redis',
        host: 'localhost',
        port: server.port,
        username: 'locker',
        password: 'change-me',
        namespace: 'shop',
      });
      await locks(cache, other);
      await Promise.all([cache.close(), other.close()]);
    });

    it('does nothing else, and names no user when it fails', async () => {
      const backend = open({ url: server.url, ...login });
      for (const work of [
        () => backend.get('other:k', text),
        () => backend.clear('', text),
        () => backend.raw('CONFIG', ['GET', '*'], text),
        () => backend.raw('KEYS', ['*'], text),
      ]) {
        const error = await failureOf(work, 'ERR_CACHE_BACKEND');
        expect(error.message).to.contain('NOPERM');
        expect(inspect(error, { depth: 20 })).not.to.contain('change-me');
      }
    });
  });

  describe('with an ACL user who may use tags, too', () => {
    const server = useRedis({ acl: [documented('cache', '~%tag:shop:* ~%tags:shop:*'), OPERATOR] });

    it('tags, lets live longer what has tags, and invalidates it', async () => {
      const login = { username: 'cache', password: 'change-me' } as const;
      const cache = createCache({ backend: 'redis', url: server.url, ...login, namespace: 'shop' });
      await cache.getOrSet('k', () => 'v', { tags: () => ['t'], ttl: '5s', onCacheError: 'throw' });
      expect(await cache.expire('k', '60s')).to.equal(true);
      expect(await cache.ttl('k')).to.be.within(50_000, 60_000);
      expect(await cache.expire('k', 0)).to.equal(true);
      expect(await cache.get('k')).to.equal('v');
      await cache.invalidateTags(['t']);
      expect(await cache.get('k')).to.equal(undefined);
      await cache.close();
    });
  });

  describe('with ACL users of a cluster', () => {
    const CLUSTER_TOO = '+cluster|slots +cluster|info +readonly';
    const cluster = useRedisCluster({
      acl: [documented('cache', CLUSTER_TOO), documented('locker', CLUSTER_TOO), OPERATOR],
    });
    const password = 'change-me';

    it('does everything in its namespace with the rights that the documentation lists', async () => {
      const backend = open({ cluster: cluster.addresses, username: 'cache', password });
      const printed = await printedDuring(async () => {
        await everything(backend);
        // To every master, and no other connection: ioredis prints what it may not do there.
        for (const master of cluster.masters) {
          await eventually(async () => {
            const clients = String(await master.client().client('LIST'));
            expect(clients.match(/ user=cache /g)).to.have.length(1);
          });
        }
      });
      expect(printed).to.equal('');
      for (const master of cluster.masters) expect(await master.client().dbsize()).to.equal(0);
    });

    it('locks and compares with the rights that the documentation lists for that', async () => {
      const config = { backend: 'redis', username: 'locker', password, namespace: 'shop' } as const;
      const cache = createCache({ ...config, cluster: cluster.addresses });
      const other = createCache({ ...config, cluster: cluster.addresses.slice(1) });
      await locks(cache, other);
      await Promise.all([cache.close(), other.close()]);
    });

    it('does nothing else', async () => {
      const backend = open({ cluster: cluster.addresses, username: 'cache', password });
      for (const work of [() => backend.get('other:k', text), () => backend.raw('CONFIG', ['GET', '*'], text)]) {
        expect((await failureOf(work, 'ERR_CACHE_BACKEND')).message).to.contain('NOPERM');
      }
    });
  });

  describe('to a database', () => {
    const server = useRedis();

    it('keeps databases apart', async () => {
      await open({ url: `${server.url}/5` }).set('k', 'five', undefined, text);
      expect(await server.client({ db: 5 }).get('k')).to.equal('five');
      expect(await open({ url: server.url }).get('k', text)).to.equal(undefined);
    });

    it('never falls back to another one', async () => {
      const backend = open({ url: server.url, db: 16 });
      await failureOf(() => backend.set('lost', 'v', undefined, text), 'ERR_CACHE_BACKEND_UNAVAILABLE');
      await failureOf(() => backend.set('lost', 'v', undefined, text), 'ERR_CACHE_BACKEND_UNAVAILABLE');
      expect(await server.client().exists('lost')).to.equal(0);
    });

    it('takes TLS to a server without TLS for unavailable', async () => {
      const backend = open({ url: server.url.replace('redis:', 'rediss:'), connectTimeout: '1s' });
      await failureOf(() => backend.get('k', text), 'ERR_CACHE_BACKEND_UNAVAILABLE');
    });
  });

  describe('over TLS', () => {
    const server = useRedis({ tls: true, password: SECRET });

    it('works with the authority given', async () => {
      const backend = open({ url: `rediss://:${SECRET}@127.0.0.1:${server.port}/1`, tls: { ca: server.ca } });
      await backend.set('k', 'v', undefined, text);
      expect(await backend.get('k', text)).to.equal('v');
      const named = open({ host: 'localhost', port: server.port, password: SECRET, tls: { ca: server.ca }, db: 1 });
      expect(await named.get('k', text)).to.equal('v');
    });

    it('refuses a certificate that it cannot verify', async () => {
      for (const options of [
        { url: server.url, password: SECRET },
        { host: '127.0.0.1', port: server.port, tls: true },
      ]) {
        const error = await failureOf(() => open(options).get('k', text), 'ERR_CACHE_BACKEND_UNAVAILABLE');
        expect(error.message).to.match(
          /\((SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)\)/,
        );
      }
    });

    it('refuses a certificate for another name', async () => {
      const backend = open({ url: server.url, tls: { ca: server.ca, servername: 'elsewhere.example' } });
      const error = await failureOf(() => backend.get('k', text), 'ERR_CACHE_BACKEND_UNAVAILABLE');
      expect(error.message).to.contain('ERR_TLS_CERT_ALTNAME_INVALID');
    });

    it('is not spoken by chance', async () => {
      const backend = open({ host: '127.0.0.1', port: server.port, password: SECRET });
      const error = await failureOf(() => backend.get('k', text), 'ERR_CACHE_BACKEND_UNAVAILABLE');
      expect(inspect(error, { depth: 20 })).not.to.contain(SECRET);
    });
  });

  describe('with a given client', () => {
    const server = useRedis();
    const given: Redis[] = [];
    after(() => given.forEach((client) => client.disconnect()));
    const give = (options: object): Redis => {
      const client = new Redis({
        host: '127.0.0.1',
        port: server.port,
        enableOfflineQueue: false,
        retryStrategy: () => 20,
        ...options,
      });
      client.on('error', () => undefined);
      given.push(client);
      return client;
    };

    for (const lazyConnect of [true, false]) {
      it(`waits for it (lazyConnect: ${lazyConnect}) and never closes it`, async () => {
        const client = give({ lazyConnect });
        const caches = Array.from({ length: 20 }, () => open({ client }));
        const warned = await printedDuring(() =>
          Promise.all(caches.map((cache) => cache.set('k', 'v', undefined, text))),
        );
        expect(warned).to.equal('');
        expect(await caches[0]!.get('k', text)).to.equal('v');
        await Promise.all(caches.map((cache) => cache.close()));
        expect(await client.get('k')).to.equal('v');
        expect(client.listenerCount('ready') + client.listenerCount('close')).to.equal(0);
        await failureOf(() => caches[0]!.get('k', text), 'ERR_CACHE_CLOSED');
      });
    }

    it('fails at once while it is not connected, and goes on when it is', async () => {
      const client = give({ port: 1 });
      const backend = open({ client });
      await failureOf(() => backend.get('k', text), 'ERR_CACHE_BACKEND_UNAVAILABLE');
      await failureOf(() => backend.get('k', text), 'ERR_CACHE_BACKEND_UNAVAILABLE');
      client.options.port = server.port;
      await new Promise((resolve) => client.once('ready', resolve));
      expect(await backend.exists('none', text)).to.equal(false);
      client.disconnect();
      await new Promise((resolve) => client.once('end', resolve));
      await failureOf(() => backend.connect!(), 'ERR_CACHE_BACKEND_UNAVAILABLE');
    });
  });
});
