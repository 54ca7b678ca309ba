import { expect } from 'chai';
import { inspect } from 'node:util';
import { createCache, createRegistry, type Cache } from 'cachewright';
import { caught } from '../support/caught.js';
import { HeldBackend } from '../support/held-backend.js';
import { useRedis } from '../support/redis-server.js';

describe('a cache on a real Redis', () => {
  const server = useRedis();
  let cache: Cache;
  beforeEach(() => (cache = createCache({ backend: 'redis', url: server.url, namespace: 'n' })));
  afterEach(() => cache.close());

  it('goes on asking a server that refuses commands: it is alive', async () => {
    for (let round = 0; round < 10; round++) {
      expect(await caught(cache.raw('set', 'only a key'))).to.have.property('code', 'ERR_CACHE_BACKEND');
    }
    expect(await cache.get('k')).to.equal(undefined);
  });

  it('goes on asking after raw commands that are none', async () => {
    for (const command of [undefined, null, 5, {}]) {
      for (let round = 0; round < 5; round++) {
        const error = await caught(cache.raw(command as never));
        expect(error).to.have.property('code', 'ERR_CACHE_CONFIG');
        expect(error)
          .to.have.property('message')
          .that.matches(/^raw: the command is of type/);
      }
    }
    expect(await cache.get('k')).to.equal(undefined);
  });

  it('shows nothing of what the server quotes', async () => {
    const commands = [
      ['acl', 'setuser', 'bob', 'CANARY'],
      ['client', 'CANARY'],
      ['CANARY', 'CANARY'],
      ['eval', 'CANARY', '0'],
    ];
    for (const [command, ...args] of commands) {
      const error = await caught(cache.raw(command!, ...args));
      expect(inspect(error, { depth: Infinity, showHidden: true })).to.not.include('CANARY');
    }
  });

  it('is not flushed by clear because a rule of its own makes bare keys', async () => {
    const foreign = server.client();
    await foreign.set('foreign', '1');
    const bare = createCache({ backend: 'redis', url: server.url, buildKey: (key) => key });
    expect(await caught(bare.clear())).to.have.property('code', 'ERR_CACHE_UNSUPPORTED_COMMAND');
    expect(await foreign.get('foreign')).to.equal('1');
    await bare.close();
    const registry = createRegistry(
      { default: { backend: 'redis', url: server.url, buildKey: (key) => key } },
      { namespace: 'shop' },
    );
    expect(await caught(registry.get().clear())).to.have.property('code', 'ERR_CACHE_UNSUPPORTED_COMMAND');
    await registry.close();
  });
});

describe('clear with a rule for keys', () => {
  const server = useRedis();

  it('is refused where it would find other keys than those of the namespace', async () => {
    const foreign = server.client();
    await foreign.set('@n of somebody else', '1');
    const rule = (key: string, namespace: string): string => `${key}@${namespace}`;
    const cache = createCache({ backend: 'redis', url: server.url, namespace: 'n', buildKey: rule });
    await cache.set('k', 1);
    for (const options of [{}, { namespace: 'other' }, { all: true }]) {
      const error = await caught(cache.clear(options));
      expect(error).to.have.property('code', 'ERR_CACHE_UNSUPPORTED_COMMAND');
      expect(error)
        .to.have.property('message')
        .that.matches(/put the namespace in front/);
    }
    expect(await foreign.get('@n of somebody else')).to.equal('1');
    await cache.close();
    const local = createCache({ backend: 'memory', namespace: 'n', buildKey: rule });
    await local.set('k', 1);
    await local.clear();
    expect(await local.exists('k')).to.equal(false);
    await local.close();
  });
});

describe('errors of commands', () => {
  it('name the cache', async () => {
    const cache = createRegistry({ default: { backend: 'memory' } }).get();
    await cache.set('text', 'x');
    const wrong: (() => Promise<unknown>)[] = [
      () => cache.get(''),
      () => cache.set('k', 1, { ttl: 'x' as never }),
      () => cache.get('k', { timeout: 'x' as never }),
      () => cache.getOrSet('k', () => 1, { budget: 'x' as never }),
      () => cache.getOrSet('k', () => 1, { onCacheError: 'trow' as never }),
      () => cache.multiGet(5 as never),
      () => cache.multiSet(5 as never),
      () => cache.increment('text'),
      () => cache.raw('nosuch'),
    ];
    for (const call of wrong) expect(await caught(call())).to.have.property('cache', 'default');
  });

  it('come for malformed namespaces, and for rules that make no keys', async () => {
    const cache = createCache('memory://');
    expect(await caught(cache.get('k', { namespace: '\ud800' }))).to.have.property('code', 'ERR_CACHE_CONFIG');
    for (const answer of ['', undefined, 5, '\ud800']) {
      const ruled = createCache({ backend: 'memory', buildKey: () => answer as never });
      expect(await caught(ruled.set('k', 1))).to.have.property('code', 'ERR_CACHE_INVALID_KEY');
    }
  });
});

describe('a memory cache bounded by bytes', () => {
  it('adds nothing that is heavier than all of it, and says so', async () => {
    const cache = createCache({ backend: 'memory', maxBytes: 500 });
    expect(await cache.add('k', 'x'.repeat(1_000))).to.equal(false);
    expect(await cache.exists('k')).to.equal(false);
  });
});

describe('the fence of a command', () => {
  it('begins before its hooks', async () => {
    let release!: () => void;
    const hook = new Promise<void>((resolve) => (release = resolve));
    const cache = createCache({
      backend: new HeldBackend().backend,
      plugins: [{ name: 'slow', preDelete: () => hook }],
    });
    let finish!: (value: string) => void;
    const old = cache.getOrSet('k', () => new Promise<string>((resolve) => (finish = resolve)));
    await new Promise(setImmediate);
    const deleting = cache.delete('k');
    const fresh = cache.getOrSet('k', () => 'new');
    finish('old');
    expect([await old, await fresh]).to.deep.equal(['old', 'new']);
    release();
    await deleting;
    expect(await cache.get('k')).to.equal(undefined);
  });
});
