import { expect } from 'chai';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { defineBackend } from '#lib/contracts/backend.js';
import type { Plugin } from '#lib/contracts/plugin.js';
import { BackendError, CacheClosedError, ConfigError, UnknownCacheError } from '#lib/errors.js';
import { createCache, createRegistry } from '#lib/registry/create.js';
import { systemClock } from '#lib/util/clock.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { plainBackend } from '../support/plain-backend.js';
import { SpiedFactory } from './spied-backend.js';

describe('a registry', () => {
  forbidUnhandledRejections();

  it('builds a cache on its first get, and answers with the same one each time', () => {
    const factory = new SpiedFactory();
    const registry = createRegistry({ default: { backend: factory }, sessions: { backend: factory } });
    expect(factory.log).to.deep.equal([]);
    const sessions = registry.get('sessions');
    expect(factory.log).to.deep.equal(['create']);
    expect(registry.get('sessions')).to.equal(sessions);
    expect(registry.get()).to.equal(registry.get('default')).and.not.to.equal(sessions);
    expect(factory.contexts.map(({ cache }) => cache)).to.deep.equal(['sessions', 'default']);
  });

  it('shares nothing with another one', () => {
    const caches = { default: 'memory://' } as const;
    const [one, two] = [createRegistry(caches), createRegistry(caches)];
    one.add('pages', 'memory://');
    one.disable();
    expect(two.has('pages')).to.equal(false);
    expect(two.get()).to.not.equal(one.get());
    expect(two.get().enabled).to.equal(true);
  });

  it('knows its names, in order', () => {
    const registry = createRegistry({ b: 'memory://', default: 'memory://', __proto__x: 'memory://' });
    registry.add('a', 'memory://');
    expect(registry.names).to.deep.equal(['b', 'default', '__proto__x', 'a']);
    expect(['a', 'default', 'c', 'toString'].map((name) => registry.has(name))).to.deep.equal([
      true,
      true,
      false,
      false,
    ]);
  });

  it('tells an unknown name from the known ones', () => {
    const registry = createRegistry({ default: 'memory://', sessions: 'memory://' });
    const message = 'there is no cache "session"; did you mean "sessions"? known: default, sessions';
    for (const method of ['get', 'create'] as const) {
      expect(() => registry[method]('session'))
        .to.throw(UnknownCacheError, message)
        .with.property('cache', 'session');
    }
    expect(() => registry.get('toString')).to.throw(
      UnknownCacheError,
      'there is no cache "toString"; known: default, sessions',
    );
  });

  it('gives a cache its name as namespace, unless it has its own', () => {
    const registry = createRegistry({ default: 'memory://', a: 'memory://?namespace=own', b: 'memory://?namespace=' });
    expect(registry.names.map((name) => registry.get(name).namespace)).to.deep.equal(['default', 'own', '']);
    expect(registry.get('a').name).to.equal('a');
  });

  it('puts its own namespace in front of all', async () => {
    const backend = memoryBackend({}, { cache: 'x', clock: systemClock });
    const registry = createRegistry({ default: 'memory://', sessions: { backend } }, { namespace: 'sh:op' });
    await registry.get('sessions').set('k', 1);
    expect(backend.exists('sh%3Aop:sessions:k')).to.equal(true);
  });

  describe('create', () => {
    it('makes a fresh cache with the overrides, and keeps the rest', () => {
      const registry = createRegistry({
        default: 'memory://',
        sessions: 'memory://?ttl=5m&plugins=timing&maxEntries=7',
      });
      const one = registry.create('sessions', { namespace: 'other', maxEntries: 9 });
      expect(one).to.include({ name: 'sessions', namespace: 'other' });
      expect(one.plugin('timing')).not.to.equal(undefined);
      expect(registry.create('sessions')).not.to.equal(one).and.not.to.equal(registry.get('sessions'));
      expect(registry.create('sessions').namespace).to.equal('sessions');
    });

    it('lays overrides over tiers, too, wherever the ttl stood', async () => {
      const shared = { backend: defineBackend('plain', plainBackend), ttl: '1h' } as const;
      const registry = createRegistry({ default: { tiers: ['memory://', shared], timeout: '1s' } });
      const cache = registry.create('default', { ttl: '5m', namespace: 'other' });
      expect(cache.namespace).to.equal('other');
      await cache.set('k', 1);
      expect(await cache.ttl('k')).to.be.within(290_000, 300_000);
    });

    it('takes an override of undefined for none', async () => {
      const registry = createRegistry({ default: 'memory://?ttl=1h' });
      const cache = registry.create('default', { ttl: undefined });
      await cache.set('k', 1);
      expect(await cache.ttl('k')).to.be.a('number');
      const eternal = registry.create('default', { ttl: null });
      await eternal.set('k', 1);
      expect(await eternal.ttl('k')).to.equal(null);
    });

    it('closes what it made with the registry at the latest', async () => {
      const factory = new SpiedFactory();
      const registry = createRegistry({ default: { backend: factory } });
      const [early, late] = [registry.create('default'), registry.create('default')];
      await early.close();
      expect(factory.log).to.deep.equal(['create', 'create', 'close']);
      await registry.close();
      expect(late.closed).to.equal(true);
      expect(factory.log).to.deep.equal(['create', 'create', 'close', 'close']);
    });

    it('forgets a cache that was closed: its failure was told to whoever closed it', async () => {
      const factory = new SpiedFactory();
      factory.onClose = () => Promise.reject(new Error('stuck'));
      const registry = createRegistry({ default: { backend: factory }, other: 'memory://' });
      const outcome = await registry
        .create('default')
        .close()
        .catch((error: unknown) => error);
      expect(outcome).to.be.instanceOf(Error);
      registry.create('other');
      await registry.close();
    });

    it('keeps the order of the plugins', () => {
      const seen: string[] = [];
      const plugin = (name: string): Plugin => ({ name, preGet: () => void seen.push(name) });
      const registry = createRegistry({ default: { backend: 'memory', plugins: [plugin('b'), plugin('a')] } });
      void registry.get().get('k');
      void registry.create('default').get('k');
      expect(seen).to.deep.equal(['b', 'a', 'b', 'a']);
    });
  });

  describe('add', () => {
    it('adds a cache, but does not overwrite one', () => {
      const registry = createRegistry({ default: 'memory://' });
      registry.add('pages', 'memory://');
      const pages = registry.get('pages');
      expect(() => registry.add('pages', 'memory://')).to.throw(
        ConfigError,
        'caches.pages exists; choose another name, or pass { replace: true }',
      );
      expect(registry.get('pages')).to.equal(pages);
      expect(pages.closed).to.equal(false);
    });

    it('replaces one when told to, also the one in use, and closes that', async () => {
      const factory = new SpiedFactory();
      const registry = createRegistry({ default: { backend: factory } });
      const old = registry.get();
      registry.add('default', 'memory://', { replace: true });
      expect(registry.get()).not.to.equal(old);
      expect(old.closed).to.equal(true);
      await old.close();
      expect(factory.log).to.deep.equal(['create', 'close']);
    });

    it('keeps the old one when the new configuration is wrong', () => {
      const registry = createRegistry({ default: 'memory://' });
      const old = registry.get();
      expect(() => registry.add('default', 'memory://?ttl=x', { replace: true })).to.throw(ConfigError);
      expect(registry.get()).to.equal(old);
      expect(old.closed).to.equal(false);
    });

    it('drops the failure of closing what it replaced', () => {
      const factory = new SpiedFactory();
      factory.onClose = () => Promise.reject(new Error('stuck'));
      const registry = createRegistry({ default: { backend: factory } });
      registry.get();
      registry.add('default', 'memory://', { replace: true });
      expect(registry.get().closed).to.equal(false);
    });

    it('waits in close for a replaced cache that is still closing, and drops its failure', async () => {
      const factory = new SpiedFactory();
      let fail = (): void => undefined;
      factory.onClose = () => new Promise((_, reject) => (fail = () => reject(new Error('late'))));
      const registry = createRegistry({ default: { backend: factory } });
      registry.get();
      registry.add('default', 'memory://', { replace: true });
      let closed = false;
      const closing = registry.close().then(() => (closed = true));
      await new Promise((resolve) => setImmediate(resolve));
      expect(closed).to.equal(false);
      fail();
      await closing;
    });
  });

  describe('close', () => {
    it('closes every cache once, however often and however fast it is called', async () => {
      const factory = new SpiedFactory();
      const registry = createRegistry({
        default: { backend: factory },
        a: { backend: factory },
        idle: { backend: factory },
      });
      registry.get();
      registry.get('a');
      await Promise.all([registry.close(), registry.close(), registry[Symbol.asyncDispose]()]);
      await registry.close();
      expect(factory.log).to.deep.equal(['create', 'create', 'close', 'close']);
    });

    it('is one closing, also for those who ask later', async () => {
      const registry = createRegistry({ default: 'memory://' });
      const closing = registry.close();
      expect(registry.close()).to.equal(closing);
      await closing;
      expect(registry.close()).to.equal(closing);
    });

    it('refuses from its first moment to hand out caches', async () => {
      const registry = createRegistry({ default: 'memory://' });
      const cache = registry.get();
      const closing = registry.close();
      expect(registry.closed).to.equal(true);
      expect(() => registry.get()).to.throw(CacheClosedError, 'the registry is closed');
      expect(() => registry.create('default')).to.throw(CacheClosedError);
      expect(() => registry.add('a', 'memory://')).to.throw(CacheClosedError);
      await closing;
      expect(cache.closed).to.equal(true);
      expect(registry.has('default')).to.equal(true);
    });

    it('closes the others when one fails, and names that one', async () => {
      const [good, bad] = [new SpiedFactory(), new SpiedFactory()];
      bad.onClose = () => Promise.reject(new Error('stuck'));
      const registry = createRegistry({ default: { backend: bad }, a: { backend: good }, b: { backend: bad } });
      for (const name of registry.names) registry.get(name);
      const error = await registry.close().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(BackendError);
      expect(error).to.include({ message: 'these caches did not close: default, b', cache: 'default' });
      expect(error).to.have.nested.property('cause.message', 'stuck');
      expect(good.log).to.deep.equal(['create', 'close']);
    });

    it('leaves a backend alone that was given ready', async () => {
      const factory = new SpiedFactory();
      const backend = factory.spy(memoryBackend({}, { cache: 'x', clock: systemClock }));
      const registry = createRegistry({ default: { backend } });
      registry.get();
      await registry.close();
      expect(factory.log).to.deep.equal([]);
    });
  });

  it('is not changed by what happens later to a list in the configuration', async () => {
    const plugins: unknown[] = ['timing'];
    const servers = ['127.0.0.1:1'];
    const registry = createRegistry({
      default: { backend: 'memory', plugins: plugins as ['timing'] },
      pages: { backend: 'memcached', servers },
    });
    plugins.push('nope');
    servers.push('not a server:');
    expect(registry.create('default').plugin('timing')).to.be.an('object');
    expect(registry.create('pages', { ttl: '1m' }).name).to.equal('pages');
    await registry.close();
  });

  describe('the off switch', () => {
    const before = process.env['CACHEWRIGHT_DISABLE'];
    afterEach(() => {
      if (before === undefined) delete process.env['CACHEWRIGHT_DISABLE'];
      else process.env['CACHEWRIGHT_DISABLE'] = before;
    });

    it('is thrown for all caches, present and future', () => {
      const registry = createRegistry({ default: 'memory://', later: 'memory://' });
      const present = [registry.get(), registry.create('default')];
      registry.disable();
      expect(present.map(({ enabled }) => enabled)).to.deep.equal([false, false]);
      expect(registry.get('later').enabled).to.equal(false);
      registry.enable();
      expect([...present, registry.get('later'), registry.create('later')].every(({ enabled }) => enabled)).to.equal(
        true,
      );
    });

    it('is read from the environment when a cache is built', () => {
      const registry = createRegistry({ default: 'memory://', later: 'memory://' });
      process.env['CACHEWRIGHT_DISABLE'] = '1';
      const disabled = [registry.get(), createCache('memory://')];
      process.env['CACHEWRIGHT_DISABLE'] = '0';
      expect(disabled.map(({ enabled }) => enabled)).to.deep.equal([false, false]);
      expect(registry.get('later').enabled).to.equal(true);
      expect(createCache('memory://').enabled).to.equal(true);
    });

    it('listens to the program rather than to the environment', () => {
      process.env['CACHEWRIGHT_DISABLE'] = '1';
      const registry = createRegistry({ default: 'memory://', later: 'memory://' });
      registry.get();
      registry.enable();
      expect(registry.get().enabled).to.equal(true);
      expect(registry.get('later').enabled).to.equal(true);
    });
  });
});

describe('createCache', () => {
  it('makes one cache, with bare keys, that goes by its backend', async () => {
    expect(createCache('memory://')).to.include({ name: 'memory', namespace: '' });
    expect(createCache({ backend: new SpiedFactory(), namespace: 'x' })).to.include({ name: 'spied', namespace: 'x' });
    expect(createCache('redis://127.0.0.1:1')).to.include({ name: 'redis', namespace: '' });
    const cache = createCache('memory://');
    await cache.set('k', 1);
    expect(await cache.get('k')).to.equal(1);
    await cache.close();
  });
});
