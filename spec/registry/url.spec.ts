import { expect } from 'chai';
import { optionsOfUrl } from '#lib/registry/url.js';
import { define } from '#lib/registry/definition.js';
import { ConfigError } from '#lib/errors.js';
import type { StackSpec } from '#lib/command/stack-spec.js';

const SURROUNDINGS = { outerNamespace: undefined, clock: undefined, enabled: true, dataClasses: [] };

/** What a cache would be built from. */
function stackOf(url: string): StackSpec {
  return define(url, 'cache').stack('x', 'x', SURROUNDINGS);
}

const GOOD: readonly (readonly [url: string, options: Record<string, unknown>])[] = [
  ['memory://', { backend: 'memory' }],
  ['MEMORY://', { backend: 'memory' }],
  ['memory://?maxEntries=100&ttl=5m', { backend: 'memory', maxEntries: 100, ttl: '5m' }],
  ['memory://?maxBytes=64000000', { backend: 'memory', maxBytes: 64_000_000 }],
  ['memory://?policy=adaptive', { backend: 'memory', policy: 'adaptive' }],
  ['memory://?ttl=1500&timeout=0&budget=null', { backend: 'memory', ttl: 1500, timeout: 0, budget: null }],
  ['memory://?plugins=timing,hit-miss-ratio', { backend: 'memory', plugins: ['timing', 'hit-miss-ratio'] }],
  ['memory://?originConcurrency=10', { backend: 'memory', originConcurrency: 10 }],
  ['memory://?isolation=copy&breaker=false', { backend: 'memory', isolation: 'copy', breaker: false }],
  ['memory://?namespace=', { backend: 'memory', namespace: '' }],
  ['memory://?namespace=a%40b%26c', { backend: 'memory', namespace: 'a@b&c' }],
  ['redis://127.0.0.1', { backend: 'redis', url: 'redis://127.0.0.1' }],
  ['redis://127.0.0.1:6380/', { backend: 'redis', url: 'redis://127.0.0.1:6380/' }],
  ['memcached://u:p@a:1,b?ttl=60s', { backend: 'memcached', url: 'memcached://u:p@a:1,b', ttl: '60s' }],
  [
    'dynamodb://carts?region=eu-west-1&createTable=true&keyAttribute=pk',
    { backend: 'dynamodb', table: 'carts', region: 'eu-west-1', createTable: true, keyAttribute: 'pk' },
  ],
  ['rediss://u:p%40w@host:6380/2', { backend: 'redis', url: 'rediss://u:p%40w@host:6380/2' }],
  [
    'redis://[::1]:6379/0?connectTimeout=500ms',
    { backend: 'redis', url: 'redis://[::1]:6379/0', connectTimeout: '500ms' },
  ],
  [
    'redis://user:pw@host:6379/0?ttl=30s&timeout=500ms&serializer=json&plugins=timing&namespace=x&budget=1s&isolation=freeze',
    {
      backend: 'redis',
      url: 'redis://user:pw@host:6379/0',
      ttl: '30s',
      timeout: '500ms',
      serializer: 'json',
      plugins: ['timing'],
      namespace: 'x',
      budget: '1s',
      isolation: 'freeze',
    },
  ],
];

const BAD: readonly (readonly [url: string, message: RegExp])[] = [
  [
    '',
    /^cache is text but no URL of a cache; use memory:\/\/, redis:\/\/, rediss:\/\/, memcached:\/\/, dynamodb:\/\/ or a config object$/,
  ],
  ['memory', /^cache is text but no URL of a cache;/],
  [
    'reddis://host',
    /^cache has an unknown scheme; did you mean "redis"\? use one of memory:\/\/, redis:\/\/, rediss:\/\/, memcached:\/\/, dynamodb:\/\/$/,
  ],
  [
    'https://host',
    /^cache has an unknown scheme; use one of memory:\/\/, redis:\/\/, rediss:\/\/, memcached:\/\/, dynamodb:\/\/$/,
  ],
  ['memory://host', /^cache has a host or a path; use memory:\/\/ or memory:\/\/\?maxEntries=100$/],
  ['memory:///path', /^cache has a host or a path;/],
  [
    'memory://?maxEntires=5',
    /^cache\.maxEntires is no option of a memory cache; did you mean "maxEntries"\? options of a memory cache: /,
  ],
  ['memory://?arg1=5', /^cache\.arg1 is no option of a memory cache;/],
  ['memory://?backend=redis', /^cache\.backend is no option of a memory cache;/],
  ['memory://?toString=5', /^cache\.toString is no option of a memory cache;/],
  [
    'memory://?__proto__=5',
    /^cache has something in its query that is no option; write it as \?name=value&name=value$/,
  ],
  ['memory://?maxEntries=-5', /^cache\.maxEntries is no whole number above 0;/],
  ['memory://?maxEntries=many', /^cache\.maxEntries is no whole number above 0;/],
  ['memory://?maxEntries=99999999999999999999', /^cache\.maxEntries is no whole number above 0;/],
  ['memory://?maxEntries=', /^cache\.maxEntries is no whole number above 0;/],
  ['memory://?ttl=', /^cache\.ttl is not a duration;/],
  ['memory://?ttl=-1', /^cache\.ttl is not a duration;/],
  ['memory://?ttl=1s&ttl=2s', /^cache\.ttl is given twice; give it once$/],
  ['memory://?breaker=true', /^cache\.breaker is of type string; use false or \{ after, retry, maxRetry \}$/],
  ['memory://?clock=x', /^cache\.clock cannot stand in the query of a URL; use a config object$/],
  ['memory://?plugins=', /^cache\.plugins\[0\] is not known;/],
  ['memory://?plugins=timing,timing', /^cache\.plugins\[1\] has the same name as cache\.plugins\[0\];/],
  ['memory://?serializer=yaml', /^cache\.serializer is not known;/],
  ['memory://#x', /^cache holds a "#"; write it as %23$/],
  ['redis://', /^cache\.url names no host; use redis:/],
  ['redis://host/1/2/3', /^cache\.url has a path that is no database number; use redis:/],
  ['redis://host/one', /^cache\.url has a path that is no database number;/],
  ['redis://host:port', /^cache\.url is no Redis URL;/],
  [
    'redis://host?password=canary',
    /^cache\.password cannot stand in the query of a URL; use redis:\/\/user:password@host:port\/db$/,
  ],
  ['redis://host?url=canary', /^cache\.url cannot stand in the query of a URL;/],
  [
    'redis://host?tls=true',
    /^cache\.tls cannot stand in the query of a URL; use rediss:\/\/ for TLS, or a config object$/,
  ],
  ['redis://host?serializer=reference', /^cache\.serializer makes reference, but backend redis holds bytes;/],
  ['redis://u:ca/nary@host', /^cache holds an "@" behind the host;/],
  ['redis://u:ca?nary@host', /^cache holds an "@" behind the host;/],
  ['redis://u:1?canary=nary@host', /^cache holds an "@" behind the host;/],
  ['redis://u:ca#nary@host', /^cache holds a "#";/],
  ['redis://u:1?can%61ry-', /^cache has something in its query that is no option;/],
  ['redis://u:%zzcanary@host', /^cache\.url holds a stray "%";/],
];

describe('a cache URL', () => {
  for (const [url, options] of GOOD) {
    it(`${url} means its options`, () => {
      expect(optionsOfUrl(url, 'cache')).to.deep.equal(options);
      expect(() => stackOf(url)).not.to.throw();
    });
  }

  for (const [url, message] of BAD) {
    it(`${url} is refused, and not quoted`, () => {
      expect(() => stackOf(url))
        .to.throw(ConfigError, message)
        .with.property('message')
        .that.does.not.match(/canary|nary@/);
    });
  }

  it('reads durations, limits and lists by their kind', () => {
    const spec = stackOf('redis://h?ttl=30s&timeout=0&budget=1500&plugins=hit-miss-ratio,timing&breaker=false');
    expect(spec).to.include({ ttlMs: 30_000, timeoutMs: undefined, budgetMs: 1_500, breaker: undefined });
    expect(spec.plugins.map(({ name }) => name)).to.deep.equal(['hit-miss-ratio', 'timing']);
  });
});
