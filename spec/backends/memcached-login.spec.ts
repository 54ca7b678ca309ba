import { inspect } from 'node:util';
import { expect } from 'chai';
import { createCache } from 'cachewright';
import { failureOf } from '../support/backend-calls.js';
import { canMakeUsers, MemcachedServer, PASSWORD, useMemcached } from '../support/memcached-server.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

describe('memcached: login', () => {
  const server = new MemcachedServer({ user: 'app' });
  forbidUnhandledRejections();
  before('start one that wants a login', function () {
    // Users are made by a tool of its own.
    if (!canMakeUsers()) return this.skip();
    return server.start();
  });
  after(() => server.dispose());
  const servers = () => ({ backend: 'memcached', servers: [server.address] }) as const;

  it('lets in who knows the password', async () => {
    const cache = createCache({ ...servers(), username: 'app@localdomain', password: PASSWORD, namespace: 'n' });
    await cache.set('k', 1);
    expect(await cache.get('k')).to.equal(1);
    await cache.close();
    const url = `memcached://app%40localdomain:${PASSWORD}@${server.address}` as const;
    const byUrl = createCache(url);
    await byUrl.set('k', 1);
    await byUrl.close();
  });

  it('says so when it does not, and keeps the password to itself', async () => {
    for (const login of [{ username: 'app@localdomain', password: 'CANARY' }, {}]) {
      const cache = createCache({ ...servers(), ...login });
      const error = await failureOf(() => cache.get('k'), 'ERR_CACHE_BACKEND_UNAVAILABLE');
      expect(error.message).to.match(/the server (refused the login|wants a login); check username and password/);
      expect(inspect([error, cache], { depth: Infinity, showHidden: true })).to.not.include('CANARY');
      await cache.close();
    }
  });
});

describe('memcached: TLS', () => {
  const server = useMemcached({ tls: true });
  const plain = useMemcached();
  forbidUnhandledRejections();

  it('trusts a private authority when it is told to, and nobody else', async () => {
    const cache = createCache({
      backend: 'memcached',
      servers: [server.address],
      tls: { ca: server.ca },
      namespace: 'n',
    });
    await cache.set('k', 1);
    expect(await cache.get('k')).to.equal(1);
    await cache.close();
    const wary = createCache({ backend: 'memcached', servers: [server.address], tls: true });
    const error = await failureOf(() => wary.get('k'), 'ERR_CACHE_BACKEND_UNAVAILABLE');
    expect(error.message).to.match(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT/);
    await wary.close();
  });

  it('does not speak TLS to those who do not, nor plainly to those who do', async () => {
    const options = { backend: 'memcached', connectTimeout: '300ms' } as const;
    const cases = [
      createCache({ ...options, servers: [plain.address], tls: true }),
      createCache({ ...options, servers: [server.address] }),
    ];
    for (const cache of cases) {
      await failureOf(() => cache.get('k'), 'ERR_CACHE_BACKEND_UNAVAILABLE');
      await cache.close();
    }
  });
});
