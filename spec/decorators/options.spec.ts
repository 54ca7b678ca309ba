import { expect } from 'chai';
import { Cached, CacheEvict, CachePut, ConfigError, MultiCached } from 'cachewright';

/** The decorators as untyped code sees them. */
const decorators = { Cached, MultiCached, CachePut, CacheEvict } as unknown as Record<
  string,
  (options?: unknown) => (...args: unknown[]) => unknown
>;

/** Decorates `find` the legacy way, which knows the class. */
function decorate(name: string, options: unknown): void {
  class Users {
    async find(): Promise<void> {}
  }
  decorators[name]!(options)(Users.prototype, 'find', Object.getOwnPropertyDescriptor(Users.prototype, 'find'));
}

const cached =
  'cache, condition, budget, onCacheError, ttl, tags, unless, isolation, key, prefix, dataClasses, jitter, ' +
  'staleWhileRevalidate, staleIfError, staleIfErrorWhen, softTimeout, hardTimeout, refreshAhead, earlyExpiration, ' +
  'retryAfter, errors, lease, originConcurrency';

describe('options of decorators', () => {
  const wrong: [string, unknown, string][] = [
    [
      'Cached',
      { ttll: '5m' },
      `: options.ttll is no option of @Cached; did you mean "ttl"? options of @Cached: ${cached}`,
    ],
    ['Cached', { clear: true }, `: options.clear is no option of @Cached; options of @Cached: ${cached}`],
    ['Cached', 5, ': options is of type number; use an object'],
    [
      'Cached',
      { ttl: '5 minutes' },
      ": ttl is not a duration; use milliseconds (250) or a string with its unit ('250ms', '30s', '5m', '2h', '1d')",
    ],
    [
      'Cached',
      { ttl: -1 },
      ": ttl is negative; use milliseconds (250) or a string with its unit ('250ms', '30s', '5m', '2h', '1d')",
    ],
    [
      'Cached',
      { budget: 'x' },
      ": budget is not a duration; use milliseconds (250) or a string with its unit ('250ms', '30s', '5m', '2h', '1d')",
    ],
    [
      'Cached',
      { originConcurrency: '10' },
      ': originConcurrency is of type string; use a whole number above 0, or 0 or null for no limit',
    ],
    [
      'MultiCached',
      { originConcurrency: 0.5 },
      ': originConcurrency is no whole number above 0; use a whole number above 0, or 0 or null for no limit',
    ],
    ['Cached', { lease: 0 }, ': lease is 0; it must be longer than that'],
    ['Cached', { key: 'user' }, ': key is of type string; use a function'],
    ['Cached', { condition: true }, ': condition is of type boolean; use a function'],
    ['Cached', { unless: 1 }, ': unless is of type number; use a function'],
    [
      'Cached',
      { cache: {} },
      ': cache is of type object; use the name of a cache, a cache, or a function that answers one',
    ],
    ['Cached', { prefix: '' }, ': prefix is empty; give it a name'],
    ['Cached', { prefix: '\ud800' }, ': prefix holds a lone surrogate; use well-formed text'],
    ['Cached', { isolation: 'copi' }, ': isolation is not known; did you mean "copy"? use one of none, copy, freeze'],
    ['Cached', { onCacheError: 'ignore' }, ': onCacheError is not known; use one of run, throw'],
    ['Cached', { dataClasses: Date }, ': dataClasses is of type function; use an array of classes'],
    ['Cached', { dataClasses: ['Date'] }, ': dataClasses[0] is of type string; use a class'],
    ['Cached', { dataClasses: [() => 1] }, ': dataClasses[0] is no class; use a class'],
    [
      'Cached',
      { dataClasses: [URLSearchParams] },
      ': dataClasses[0] is URLSearchParams, whose instances are more than their fields; give a class of such values a toCacheKey(), or the decorator a `key`',
    ],
    [
      'MultiCached',
      { dataClasses: [class {}, class NotFound extends Error {}] },
      ': dataClasses[1] extends Error, whose instances are more than their fields; give a class of such values a toCacheKey(), or the decorator a `key`',
    ],
    ['Cached', { key: () => 'k', prefix: 'p' }, ': prefix does nothing beside key; leave one of them out'],
    ['Cached', { key: () => 'k', dataClasses: [] }, ': dataClasses does nothing beside key; leave one of them out'],
    ['MultiCached', { idsFrom: -1 }, ': idsFrom is no position; use 0 for the first argument'],
    ['MultiCached', { idsFrom: '0' }, ': idsFrom is no position; use 0 for the first argument'],
    ['MultiCached', { returns: 'list' }, ': returns is not known; use one of map, record, array'],
    ['MultiCached', { returns: 'array' }, ": returns: 'array' and idOf need each other; give both, or idOf alone"],
    [
      'MultiCached',
      { returns: 'map', idOf: () => 1 },
      ": returns: 'array' and idOf need each other; give both, or idOf alone",
    ],
    ['MultiCached', { cacheMissing: 'yes' }, ': cacheMissing is of type string; use true or false'],
    ['CachePut', {}, ': needs one of the options key, keyOf, of, and has none'],
    ['CachePut', { key: () => 'a', of: 'find' }, ': needs one of the options key, keyOf, of, and has 2'],
    ['CachePut', { of: 5 }, ': of is of type number; use the name of a method of this class'],
    ['CacheEvict', {}, ': needs at least one of the options key, keyOf, of, tags, clear, and has none'],
    ['CacheEvict', { clear: false }, ': needs at least one of the options key, keyOf, of, tags, clear, and has none'],
    ['CacheEvict', { clear: 'yes' }, ': clear is of type string; use true or false'],
    [
      'CacheEvict',
      { keyOf: () => 'a', before: true },
      ': keyOf needs the result, which is not there before the method runs; use key',
    ],
    [
      'CacheEvict',
      { key: () => 'a', ttl: '5m' },
      ': options.ttl is no option of @CacheEvict; options of @CacheEvict: cache, condition, budget, onCacheError, key, keyOf, of, tags, clear, before',
    ],
  ];
  for (const [decorator, options, message] of wrong) {
    it(`@${decorator}${message.slice(0, 60)}`, () => {
      expect(() => decorate(decorator, options))
        .to.throw(ConfigError)
        .with.property('message', `@${decorator} on Users.find${message}`);
    });
  }

  it('may be given as undefined', () => {
    decorate('Cached', { ttl: undefined, key: undefined, prefix: 'p' });
    decorate('Cached', undefined);
    decorate('MultiCached', { idOf: () => 1, returns: 'array' });
    decorate('MultiCached', { idOf: () => 1 });
  });

  it('name the method where the class is not known', () => {
    const context = { kind: 'method', name: 'find', static: false, addInitializer: () => undefined };
    expect(() => decorators['Cached']!({ ttl: 'x' })(async () => undefined, context)).to.throw(
      ConfigError,
      /^@Cached on find: ttl /,
    );
  });

  it('want parentheses, whatever the dialect', () => {
    const written = decorators as unknown as Record<string, (...args: unknown[]) => unknown>;
    const context = { kind: 'method', name: 'find', static: false, addInitializer: () => undefined };
    for (const name of Object.keys(written)) {
      const message = `@${name} lacks its parentheses; write @${name}(…)`;
      expect(() => written[name]!({}, 'find', { value: async () => 1 })).to.throw(ConfigError, message);
      expect(() => written[name]!(async () => 1, context)).to.throw(ConfigError, message);
    }
  });

  it('are not for generators', () => {
    for (const value of [function* () {}, async function* () {}]) {
      expect(() => decorators['Cached']!()({}, 'pages', { value })).to.throw(
        ConfigError,
        '@Cached stands on pages, a generator, which can be read once only',
      );
    }
  });

  it('are for methods only', () => {
    expect(() => decorators['Cached']!()({}, 'name', undefined)).to.throw(
      ConfigError,
      '@Cached stands on name, which is no method; put it on an async method',
    );
    expect(() => decorators['Cached']!()(class {})).to.throw(
      ConfigError,
      '@Cached stands on a class, which is no method',
    );
    const context = { kind: 'getter', name: 'size', static: false, addInitializer: () => undefined };
    expect(() => decorators['Cached']!()(() => 1, context)).to.throw(
      ConfigError,
      '@Cached stands on size, which is no method',
    );
  });
});
