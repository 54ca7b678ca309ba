import { Script } from 'node:vm';
import { expect } from 'chai';
import { defineBackend, type Backend } from '#lib/contracts/backend.js';
import { ConfigError } from '#lib/errors.js';
import type { CacheConfigs, RegistryOptions } from '#lib/registry/config.js';
import { createCache, createRegistry } from '#lib/registry/create.js';
import { SpiedFactory } from './spied-backend.js';

const COMMON =
  'namespace, buildKey, ttl, timeout, budget, originConcurrency, serializer, plugins, breaker, isolation, random, clock';
const OF_MEMORY = `options of a memory cache: backend, maxEntries, maxBytes, policy, weigh, onEviction, ${COMMON}`;
const OF_REDIS = `options of a redis cache: backend, url, host, port, username, password, db, tls, connectTimeout, cluster, sentinels, name, sentinelUsername, sentinelPassword, sentinelTls, natMap, client, ${COMMON}`;
const DURATION = `use milliseconds (250) or a string with its unit ('250ms', '30s', '5m', '2h', '1d')`;
const BACKEND = 'use one of memory, redis, memcached, dynamodb, a Backend or defineBackend(…)';
const HOOKS = [
  'preAdd, postAdd, preGet, postGet, preSet, postSet, preMultiGet, postMultiGet, preMultiSet, postMultiSet',
  'preDelete, postDelete, preMultiDelete, postMultiDelete, preExists, postExists, preIncrement, postIncrement',
  'preExpire, postExpire, preTtl, postTtl, preClear, postClear, preRaw, postRaw, onError',
].join(', ');

const memory = (options: object): unknown => ({ backend: 'memory', ...options });
const redis = (options: object): unknown => ({ backend: 'redis', ...options });
const ready = (changes: object): unknown => ({
  backend: Object.assign(new SpiedFactory().create({ cache: 'x', clock: { now: () => 0 } }), changes),
});
const textBackend = (): unknown => ({
  ...(ready({ capabilities: { wire: 'text', ttlResolutionMs: 1, shared: false } }) as object),
  serializer: 'v8',
});

const TIERS = `use [{ backend: 'memory' }, { backend: 'redis', … }]: copies in this process, then what all share, in one tier or two`;
const tiers = (near: unknown, shared: unknown, more: object = {}): unknown => ({ tiers: [near, shared], ...more });
const NEAR = { backend: 'memory' };
const SHARED = { backend: 'redis', url: 'redis://h' };

class Misspelt {
  readonly name = 'misspelt';
  preGett(): void {}
}
class Inherited extends Misspelt {}

/** Configuration of one cache → what is said about it. */
const CACHES: readonly (readonly [what: string, config: unknown, message: string])[] = [
  ['no object', 5, 'caches.a is of type number; give a config object or a URL'],
  ['null', null, 'caches.a is of type null; give a config object or a URL'],
  ['an array', [], 'caches.a is of type array; give a config object or a URL'],
  ['no backend', { ttl: '5m' }, `caches.a.backend is missing; ${BACKEND}`],
  [
    'an unknown backend',
    { backend: 'reddis' },
    'caches.a.backend is not known; did you mean "redis"? use one of memory, redis, memcached, dynamodb',
  ],
  [
    'a backend called like a part of every object',
    { backend: 'toString' },
    'caches.a.backend is not known; use one of memory, redis, memcached, dynamodb',
  ],
  ['a backend of the wrong type', { backend: 7 }, `caches.a.backend is of type number; ${BACKEND}`],
  [
    'an unknown option',
    memory({ maxEntires: 5 }),
    `caches.a.maxEntires is no option of a memory cache; did you mean "maxEntries"? ${OF_MEMORY}`,
  ],
  [
    'an unknown option with an odd name',
    memory({ 'time-out': 5 }),
    `caches.a["time-out"] is no option of a memory cache; did you mean "timeout"? ${OF_MEMORY}`,
  ],
  [
    'an option of another backend',
    memory({ password: 'x' }),
    `caches.a.password is no option of a memory cache; ${OF_MEMORY}`,
  ],
  [
    'an option of a later version',
    redis({ staleWhileRevalidate: '5m' }),
    `caches.a.staleWhileRevalidate is no option of a redis cache; ${OF_REDIS}`,
  ],
  [
    'an own option beside a backend of one’s own',
    { backend: new SpiedFactory(), file: 'x' },
    `caches.a.file is no option of a spied cache; options of a spied cache: backend, ${COMMON}`,
  ],
  [
    'a limit that lets nobody through',
    { backend: 'memory', originConcurrency: -1 },
    'caches.a.originConcurrency is no whole number above 0; use a whole number above 0, or 0 or null for no limit',
  ],
  [
    'a limit that is text',
    { backend: 'memory', originConcurrency: '10' },
    'caches.a.originConcurrency is of type string; use a whole number above 0, or 0 or null for no limit',
  ],
  ['tiers that are no list', { tiers: NEAR }, `caches.a.tiers is of type object; ${TIERS}`],
  ['four tiers', { tiers: [NEAR, SHARED, SHARED, SHARED] }, `caches.a.tiers has 4 of them; ${TIERS}`],
  [
    'memory in the middle',
    { tiers: [NEAR, NEAR, SHARED] },
    `caches.a.tiers[1].backend is memory, which nobody shares; ${TIERS}`,
  ],
  [
    'an option of the cache in the middle',
    { tiers: [NEAR, { ...SHARED, serializer: 'json' }, SHARED] },
    'caches.a.tiers[1].serializer is an option of the whole cache; put it beside tiers',
  ],
  [
    'a wrong ttl in the middle',
    { tiers: [NEAR, { ...SHARED, ttl: -1 }, SHARED] },
    `caches.a.tiers[1].ttl is negative; ${DURATION}`,
  ],
  [
    'an unknown option in the middle',
    { tiers: [NEAR, { ...SHARED, usrname: 'u' }, { backend: 'dynamodb', table: 'ttt' }] },
    `caches.a.tiers[1].usrname is no option of a redis cache; did you mean "username"? ${OF_REDIS.replace(COMMON, 'ttl')}`,
  ],
  ['one tier', { tiers: [NEAR] }, `caches.a.tiers has 1 of them; ${TIERS}`],
  ['a tier that is none', tiers(NEAR, 5), 'caches.a.tiers[1] is of type number; give a config object or a URL'],
  ['a near tier on a server', tiers(SHARED, SHARED), `caches.a.tiers[0].backend is not memory; ${TIERS}`],
  ['a shared tier in memory', tiers(NEAR, NEAR), `caches.a.tiers[1].backend is memory, which nobody shares; ${TIERS}`],
  [
    'an unknown option of the near tier',
    tiers({ ...NEAR, maxEntires: 5 }, SHARED),
    'caches.a.tiers[0].maxEntires is no option of the near tier; did you mean "maxEntries"? options of the near tier: ttl, maxEntries, maxBytes, policy, weigh, onEviction',
  ],
  [
    'a wrong option of the near tier',
    tiers({ ...NEAR, maxEntries: 0 }, SHARED),
    'caches.a.tiers[0].maxEntries is no whole number above 0; give the most there may be',
  ],
  [
    'a wrong ttl of the near tier',
    tiers({ ...NEAR, ttl: -1 }, SHARED),
    `caches.a.tiers[0].ttl is negative; ${DURATION}`,
  ],
  [
    'an unknown option of the shared tier',
    tiers(NEAR, { ...SHARED, usrname: 'u' }),
    `caches.a.tiers[1].usrname is no option of a redis cache; did you mean "username"? ${OF_REDIS.replace(COMMON, 'ttl')}`,
  ],
  [
    'a wrong ttl of the shared tier',
    tiers(NEAR, { ...SHARED, ttl: true }),
    `caches.a.tiers[1].ttl is of type boolean; ${DURATION}`,
  ],
  [
    'a ttl twice',
    tiers(NEAR, { ...SHARED, ttl: '1m' }, { ttl: '1m' }),
    'caches.a.tiers[1].ttl is given twice: here and as caches.a.ttl; give it once',
  ],
  [
    'an option of the cache in a tier',
    tiers(NEAR, { ...SHARED, serializer: 'json' }),
    'caches.a.tiers[1].serializer is an option of the whole cache; put it beside tiers',
  ],
  [
    'an option of a tier beside tiers',
    tiers(NEAR, SHARED, { maxEntries: 5 }),
    `caches.a.maxEntries is no option of a cache with tiers; options of a cache with tiers: tiers, bus, ${COMMON}`,
  ],
  [
    'references in tiers',
    tiers(NEAR, SHARED, { serializer: 'reference' }),
    'caches.a.serializer makes reference, but backend redis holds bytes; choose another serializer, for example json',
  ],
  [
    'a bus that is none',
    tiers(NEAR, SHARED, { bus: 'redis' }),
    `caches.a.bus is of type string; use { backend: 'redis', url: '…' } or a Bus`,
  ],
  [
    'a bus without tiers',
    redis({ bus: { backend: 'redis' } }),
    `caches.a.bus is no option of a redis cache; ${OF_REDIS}`,
  ],
  ['a unit that does not exist', memory({ ttl: '5 min' }), `caches.a.ttl is not a duration; ${DURATION}`],
  ['a negative duration', memory({ ttl: -1 }), `caches.a.ttl is negative; ${DURATION}`],
  ['NaN', memory({ timeout: Number.NaN }), `caches.a.timeout is NaN; ${DURATION}`],
  ['Infinity', memory({ budget: Infinity }), `caches.a.budget is infinite; ${DURATION}`],
  ['a boolean for a duration', memory({ ttl: true }), `caches.a.ttl is of type boolean; ${DURATION}`],
  ['a namespace of the wrong type', memory({ namespace: 5 }), 'caches.a.namespace is of type number; use a string'],
  [
    'a malformed namespace',
    memory({ namespace: 'a\ud800' }),
    'caches.a.namespace holds a lone surrogate; use well-formed text',
  ],
  ['a buildKey that is none', memory({ buildKey: 'x' }), 'caches.a.buildKey is of type string; use a function'],
  [
    'an unknown isolation',
    memory({ isolation: 'freez' }),
    'caches.a.isolation is not known; did you mean "freeze"? use one of none, copy, freeze',
  ],
  ['a clock without now', memory({ clock: {} }), 'caches.a.clock lacks now()'],
  [
    'a clock that throws',
    memory({
      clock: {
        now() {
          throw new Error('on purpose');
        },
      },
    }),
    'caches.a.clock.now() failed; let it answer milliseconds',
  ],
  [
    'a clock that tells no time',
    memory({ clock: { now: () => new Date() } }),
    'caches.a.clock.now() did not answer a number; let it answer milliseconds',
  ],
  [
    'an unknown serializer',
    memory({ serializer: 'jsn' }),
    'caches.a.serializer is not known; did you mean "json"? use one of reference, string, json, msgpack, v8',
  ],
  [
    'a serializer that lacks methods',
    memory({ serializer: { name: 'x', wire: 'text' } }),
    'caches.a.serializer lacks serialize(), deserialize()',
  ],
  [
    'a serializer of an unknown kind',
    memory({ serializer: { name: 'x', wire: 'txt', serialize: String, deserialize: String } }),
    'caches.a.serializer.wire is not known; did you mean "text"? use one of reference, text, bytes',
  ],
  [
    'a serializer that does not say yes or no',
    memory({ serializer: { name: 'x', wire: 'text', serialize: String, deserialize: String, decimalIntegers: 'no' } }),
    'caches.a.serializer.decimalIntegers is of type string; use true or false',
  ],
  ['a serializer of the wrong type', memory({ serializer: 5 }), 'caches.a.serializer is of type number; use an object'],
  [
    'references on Redis',
    redis({ serializer: 'reference' }),
    'caches.a.serializer makes reference, but backend redis holds bytes; choose another serializer, for example json',
  ],
  [
    'bytes on a backend of text',
    textBackend(),
    'caches.a.serializer makes bytes, but backend spied holds text; choose another serializer, for example json',
  ],
  [
    'plugins that are no list',
    memory({ plugins: 'timing' }),
    'caches.a.plugins is of type string; use an array of plugin names and plugins',
  ],
  [
    'an unknown plugin',
    memory({ plugins: ['timing', 'hitmiss-ratio'] }),
    'caches.a.plugins[1] is not known; did you mean "hit-miss-ratio"? use one of timing, hit-miss-ratio',
  ],
  [
    'the class of a plugin',
    memory({ plugins: [Misspelt] }),
    'caches.a.plugins[0] is of type function; give an instance of the plugin, not its class',
  ],
  [
    'a hole',
    memory({ plugins: [, 'timing'] }),
    'caches.a.plugins[0] is of type undefined; use the name of a plugin or a plugin',
  ],
  ['a plugin without a name', memory({ plugins: [{}] }), 'caches.a.plugins[0].name is of type undefined; use a string'],
  [
    'a plugin with an empty name',
    memory({ plugins: [{ name: '' }] }),
    'caches.a.plugins[0].name is empty; give it a name',
  ],
  [
    'one plugin twice',
    memory({ plugins: ['timing', { name: 'x' }, 'timing'] }),
    'caches.a.plugins[2] has the same name as caches.a.plugins[0]; names of plugins must differ',
  ],
  [
    'a misspelt hook',
    memory({ plugins: [new Misspelt()] }),
    `caches.a.plugins[0].preGett is no hook; did you mean "preGet"? hooks: ${HOOKS}`,
  ],
  [
    'a misspelt hook of a superclass',
    memory({ plugins: [new Inherited()] }),
    `caches.a.plugins[0].preGett is no hook; did you mean "preGet"? hooks: ${HOOKS}`,
  ],
  [
    'a hook in the wrong case',
    memory({ plugins: [{ name: 'x', onerror() {} }] }),
    `caches.a.plugins[0].onerror is no hook; did you mean "onError"? hooks: ${HOOKS}`,
  ],
  [
    'a hook for a getOrSet',
    memory({ plugins: [{ name: 'x', preGetOrSet() {} }] }),
    `caches.a.plugins[0].preGetOrSet is no hook; hooks: ${HOOKS}`,
  ],
  [
    'a hook that is no function',
    memory({ plugins: [{ name: 'x', preGet: true }] }),
    'caches.a.plugins[0].preGet is of type boolean; use a function',
  ],
  [
    'a breaker of the wrong type',
    redis({ breaker: true }),
    'caches.a.breaker is of type boolean; use false or { after, retry, maxRetry }',
  ],
  [
    'an unknown option of the breaker',
    redis({ breaker: { afterr: 3 } }),
    'caches.a.breaker.afterr is no option of a breaker; did you mean "after"? options of a breaker: after, retry, maxRetry',
  ],
  ['a breaker that never opens', redis({ breaker: { after: 0 } }), 'caches.a.breaker.after is no whole number above 0'],
  [
    'a breaker of half a failure',
    redis({ breaker: { after: '3' } }),
    'caches.a.breaker.after is of type string; use a whole number above 0',
  ],
  [
    'a breaker without a wait',
    redis({ breaker: { retry: 0 } }),
    'caches.a.breaker.retry is 0; it must be longer than that',
  ],
  [
    'a breaker that ends before it begins',
    redis({ breaker: { retry: '5s', maxRetry: '1s' } }),
    'caches.a.breaker.maxRetry is shorter than retry; make it at least as long',
  ],
  [
    'an option of memory that is out of range',
    memory({ maxEntries: 0 }),
    'caches.a.maxEntries is no whole number above 0; give the most there may be',
  ],
  ['a port out of range', redis({ port: 70_000 }), 'caches.a.port is out of range; use a whole number from 1 to 65535'],
  [
    'a name that DynamoDB would refuse',
    { backend: 'dynamodb', table: 'ca' },
    'caches.a.table is no name of a table; use 3 to 255 characters of a-z, A-Z, 0-9, "_", "." and "-", or an ARN (arn:aws:dynamodb:region:account:table/name)',
  ],
  [
    'two servers in a url',
    redis({ url: 'redis://h:1,i:2' }),
    'caches.a.url names more than one server; list them in cluster, or in sentinels',
  ],
  [
    'two servers as a host',
    redis({ host: 'h,i' }),
    'caches.a.host names more than one server; list them in cluster, or in sentinels',
  ],
  [
    'two addresses',
    redis({ url: 'redis://h', host: 'h' }),
    'caches.a.url and host exclude each other; say it in one place',
  ],
  [
    'a query inside the option url',
    redis({ url: 'redis://h/0?ttl=30s' }),
    'caches.a.url has a query; write its options beside url',
  ],
  [
    'a client that is none',
    redis({ client: {} }),
    'caches.a.client is no ioredis client; use an instance of Redis or Cluster from ioredis 5 or 6',
  ],
  [
    'a backend that lacks methods',
    ready({ multiGet: undefined, ttl: 5 }),
    'caches.a.backend is no Backend: it lacks multiGet(), ttl()',
  ],
  [
    'a backend without capabilities',
    ready({ capabilities: undefined }),
    'caches.a.backend.capabilities is of type undefined; give { wire, ttlResolutionMs, shared }',
  ],
  [
    'a backend of an unknown kind',
    ready({ capabilities: { wire: 'string' } }),
    'caches.a.backend.capabilities.wire is not known; use one of reference, text, bytes',
  ],
  [
    'a backend that does not say whether it is shared',
    ready({ capabilities: { wire: 'text' } }),
    'caches.a.backend.capabilities.shared is of type undefined; use true or false',
  ],
  [
    'a backend with a clock that stands',
    ready({ capabilities: { wire: 'text', shared: true, ttlResolutionMs: 0 } }),
    'caches.a.backend.capabilities.ttlResolutionMs is out of range; use a number above 0',
  ],
];

/** All caches → what is said about them. */
const REGISTRIES: readonly (readonly [what: string, caches: unknown, message: string])[] = [
  [
    'nothing',
    undefined,
    `caches is of type undefined; give an object of named caches; add one, for example default: { backend: 'memory' }`,
  ],
  ['no caches', {}, `caches is empty; add one, for example default: { backend: 'memory' }`],
  ['no default', { a: 'memory://' }, `caches has no "default"; add one, for example default: { backend: 'memory' }`],
  [
    'an inherited default',
    Object.create({ default: 'memory://' }),
    `caches is empty; add one, for example default: { backend: 'memory' }`,
  ],
  [
    'an inherited default beside one’s own caches',
    Object.assign(Object.create({ default: 'memory://' }), { a: 'memory://' }),
    `caches has no "default"; add one, for example default: { backend: 'memory' }`,
  ],
  ['a cache without a name', { default: 'memory://', '': 'memory://' }, 'the name of a cache is empty; give it a name'],
  [
    'an odd name',
    { default: 'memory://', 'my-cache': 5 },
    'caches["my-cache"] is of type number; give a config object or a URL',
  ],
];

const OPTIONS: readonly (readonly [what: string, options: unknown, message: string])[] = [
  ['no object', 'shop', 'options is of type string; give { namespace, clock, dataClasses }'],
  [
    'an unknown option',
    { namespce: 'shop' },
    'options.namespce is no option of a registry; did you mean "namespace"? options of a registry: namespace, clock, dataClasses',
  ],
  ['a namespace of the wrong type', { namespace: 5 }, 'options.namespace is of type number; use a string'],
  ['a clock without now', { clock: {} }, 'options.clock lacks now()'],
  [
    'a clock that tells no time',
    { clock: { now: () => undefined } },
    'options.clock.now() did not answer a number; let it answer milliseconds',
  ],
  [
    'data classes that are no list',
    { dataClasses: Date },
    'options.dataClasses is of type function; use an array of classes',
  ],
  [
    'an instance for a class',
    { dataClasses: [class Dto {}, new Date()] },
    'options.dataClasses[1] is of type object; use a class',
  ],
  [
    'a built-in class',
    { dataClasses: [Map] },
    'options.dataClasses[0] is Map, whose instances are more than their fields; give a class of such values a toCacheKey(), or the decorator a `key`',
  ],
  [
    'a built-in class that is no global',
    { dataClasses: [class Dto {}, Intl.NumberFormat] },
    'options.dataClasses[1] is NumberFormat, whose instances are more than their fields; give a class of such values a toCacheKey(), or the decorator a `key`',
  ],
  [
    'a class of Node that extends one that is built in',
    { dataClasses: [Script] },
    'options.dataClasses[0] extends ContextifyScript, whose instances are more than their fields; give a class of such values a toCacheKey(), or the decorator a `key`',
  ],
];

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).to.be.instanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('nothing was refused');
}

describe('bad configuration', () => {
  describe('of a cache', () => {
    for (const [what, config, message] of CACHES) {
      it(what, () => {
        const caches = { default: 'memory://', a: config } as CacheConfigs;
        expect(messageOf(() => createRegistry(caches))).to.equal(message);
      });
    }
  });

  describe('of all caches', () => {
    for (const [what, caches, message] of REGISTRIES) {
      it(what, () => {
        expect(messageOf(() => createRegistry(caches as CacheConfigs))).to.equal(message);
      });
    }
  });

  describe('of the registry', () => {
    for (const [what, options, message] of OPTIONS) {
      it(what, () => {
        expect(messageOf(() => createRegistry({ default: 'memory://' }, options as RegistryOptions))).to.equal(message);
      });
    }
  });

  it('names the cache in the error too', () => {
    const caches = { default: 'memory://', a: { backend: 'memory', ttl: -1 } } as const;
    expect(() => createRegistry(caches))
      .to.throw(ConfigError)
      .with.property('cache', 'a');
    const registry = createRegistry({ default: { backend: defineBackend('mine', () => ({}) as Backend) } });
    expect(() => registry.get())
      .to.throw(ConfigError)
      .with.property('cache', 'default');
    expect(() => registry.add('default', 'memory://'))
      .to.throw(ConfigError)
      .with.property('cache', 'default');
  });

  it('is refused before anything is built', () => {
    const factory = new SpiedFactory();
    const caches = { default: { backend: factory }, a: { backend: 'memory', ttl: 'x' } } as unknown as CacheConfigs;
    expect(() => createRegistry(caches)).to.throw(ConfigError);
    createRegistry({ default: { backend: factory } });
    expect(factory.log).to.deep.equal([]);
  });

  it('is refused the same way without a registry, with its own path', () => {
    expect(messageOf(() => createCache({ backend: 'memory', ttl: -5 }))).to.equal(`cache.ttl is negative; ${DURATION}`);
    expect(messageOf(() => createCache(undefined as never))).to.equal(
      'cache is of type undefined; give a config object or a URL',
    );
  });

  it('is refused in overrides and additions too', () => {
    const registry = createRegistry({ default: 'memory://?ttl=5m' });
    expect(messageOf(() => registry.create('default', { ttl: -5 }))).to.equal(
      `caches.default.ttl is negative; ${DURATION}`,
    );
    expect(messageOf(() => registry.create('default', { port: 1 }))).to.match(
      /^caches\.default\.port is no option of a memory cache;/,
    );
    expect(messageOf(() => registry.create('default', 5 as never))).to.equal(
      'caches.default is of type number; give a config object or a URL',
    );
    expect(messageOf(() => registry.add('a', { backend: 'memory', ttl: -5 }))).to.equal(
      `caches.a.ttl is negative; ${DURATION}`,
    );
    expect(messageOf(() => registry.add('', 'memory://'))).to.equal('the name of a cache is empty; give it a name');
    expect(messageOf(() => registry.add('a', 'memory://', { repalce: true } as object))).to.equal(
      'options.repalce is no option of add(); did you mean "replace"? options of add(): replace',
    );
    expect(registry.names).to.deep.equal(['default']);
  });

  describe('of a factory, found when the cache is built', () => {
    const build = (create: () => Backend, options: object = {}): string =>
      messageOf(() => createRegistry({ default: { backend: defineBackend('mine', create), ...options } }).get());

    it('an answer that is no backend', () => {
      expect(build(() => ({ name: 'x' }) as Backend)).to.match(
        /^the answer of caches\.default\.backend\.create\(\) is no Backend: it lacks get\(\), multiGet\(\),/,
      );
    });

    it('a promise, whose failure is not left unhandled', () => {
      expect(build((() => Promise.reject(new Error('nobody waits for this'))) as never)).to.equal(
        'caches.default.backend.create() answered a promise; let it be synchronous, and connect with the first command',
      );
    });

    it('a serializer that does not fit', () => {
      const backend = (textBackend() as { backend: Backend }).backend;
      expect(build(() => backend, { serializer: 'reference' })).to.equal(
        'caches.default.serializer makes reference, but backend mine holds text; choose another serializer, for example json',
      );
    });

    it('a failure, whose cause is kept without its secrets', () => {
      const create = (): Backend => {
        throw new Error('cannot reach db://user:canary@host');
      };
      const registry = createRegistry({ default: { backend: defineBackend('mine', create) } });
      expect(() => registry.get())
        .to.throw(ConfigError, /^caches\.default\.backend\.create\(\) failed$/)
        .with.nested.property('cause.message', 'cannot reach db://***@host');
    });
  });

  it('refuses a factory that is none when it is defined', () => {
    expect(() => defineBackend(undefined as never, undefined as never)).to.throw(
      ConfigError,
      'defineBackend: the name comes first; give a text that is not empty',
    );
    expect(() => defineBackend('mine', {} as never)).to.throw(
      ConfigError,
      'defineBackend: create is of type object; give a function that makes a backend',
    );
  });

  it('refuses options of add() that are none', () => {
    const add = (options: unknown): string =>
      messageOf(() =>
        createRegistry({ default: { backend: 'memory' } }).add('more', { backend: 'memory' }, options as never),
      );
    expect(add(null)).to.equal('options is of type null; give { replace: true } or nothing');
    expect(add(5)).to.equal('options is of type number; give { replace: true } or nothing');
    expect(add({ replace: 'yes' })).to.equal('options.replace is of type string; use true or false');
  });

  it('leaves methods alone that are no hooks', () => {
    class Audit {
      readonly name = 'audit';
      prepare(): void {}
      postpone(): void {}
      onModuleInit(): void {}
      profile(): void {}
    }
    const registry = createRegistry({ default: { backend: 'memory', plugins: [new Audit()] } });
    expect(registry.get().plugin('audit')).to.be.instanceOf(Audit);
  });
});
