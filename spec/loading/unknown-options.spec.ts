import { expect } from 'chai';
import { cacheScope, createCache, type GetOrSetOptions, type LockOptions, optimistic, withLock } from 'cachewright';
import { caught } from '../support/caught.js';

/** Types forbid these; whoever is without them is told, and nothing is ignored. */
describe('options that there are not', () => {
  const cache = createCache({ backend: 'memory' });
  after(() => cache.close());
  const getOrSet = (options: object): Promise<unknown> => cache.getOrSet('k', () => 1, options);
  const lock = (options: object): Promise<unknown> => withLock(cache, 'k', options as LockOptions, () => 1);

  const wrong: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
    ['getOrSet', () => getOrSet({ tll: '1m' }), /^getOrSet: tll is no option, did you mean ttl; there are ttl, tags/],
    ['getOrSet', () => getOrSet({ ttl: '1m', staleIfErrors: '1m' }), /did you mean staleIfError;/],
    [
      'errors',
      () => getOrSet({ errors: { ttl: '1m', whn: () => true } }),
      /errors: whn is no option, did you mean when/,
    ],
    ['errors', () => getOrSet({ errors: {} }), /^errors\.ttl is missing; give how long/],
    ['errors', () => getOrSet({ errors: { ttl: null } }), /^errors\.ttl is of type null;/],
    ['isolation', () => getOrSet({ isolation: null }), /^isolation must be 'none', 'copy' or 'freeze'/],
    [
      'withLock',
      () => lock({ lease: '1s', wiat: 0 }),
      /^withLock: wiat is no option, did you mean wait; there are lease/,
    ],
    [
      'cacheScope',
      async () => cacheScope({ raed: false } as object, () => 1),
      /^cacheScope: raed is no option, did you mean read; there are read, write, awaitWrite$/,
    ],
  ];
  const given = (options: object): never => options as never;
  for (const [place, call, message] of [
    [
      'set',
      () => cache.set('k', 1, given({ tll: '1m' })),
      /^set: tll is no option, did you mean ttl; there are ttl, namespace/,
    ],
    ['set', () => cache.set('k', 1, given({ ttl: '1m', tags: ['t'] })), /^set: tags is no option; there are/],
    ['add', () => cache.add('k', 1, given({ name: 'n' })), /^add: name is no option; there are/],
    ['get', () => cache.get('k', given({ defaults: 0 })), /^get: defaults is no option, did you mean default;/],
    ['multiGet', () => cache.multiGet(['k'], given({ default: 0 })), /^multiGet: default is no option; there are/],
    ['multiSet', () => cache.multiSet({ k: 1 }, given({ TTL: 5 })), /^multiSet: TTL is no option, did you mean ttl;/],
    ['delete', () => cache.delete('k', given({ ttl: 5 })), /^delete: ttl is no option; there are namespace/],
    ['multiDelete', () => cache.multiDelete(['k'], given({ ttl: 5 })), /^multiDelete: ttl is no option;/],
    ['exists', () => cache.exists('k', given({ ttl: 5 })), /^exists: ttl is no option;/],
    ['increment', () => cache.increment('k', 1, given({ delta: 5 })), /^increment: delta is no option;/],
    [
      'expire',
      () => cache.expire('k', 1, given({ timeuot: 5 })),
      /^expire: timeuot is no option, did you mean timeout;/,
    ],
    ['ttl', () => cache.ttl('k', given({ serializer: 'json' })), /^ttl: serializer is no option;/],
    ['clear', () => cache.clear(given({ al: true })), /^clear: al is no option, did you mean all;/],
    ['invalidateTags', () => cache.invalidateTags(['t'], given({ ttl: 5 })), /^invalidateTags: ttl is no option;/],
    ['optimistic', () => optimistic(cache, 'k', given({ ttl: 5 })), /^optimistic: ttl is no option;/],
    [
      'compareAndSet',
      async () => (await optimistic(cache, 'k')).compareAndSet(1, given({ tags: [] })),
      /^compareAndSet: tags is no option; there are ttl$/,
    ],
  ] as const) {
    it(`are an error of ${place}: ${message.source}`, async () => {
      const error = await caught(call());
      expect(error).to.have.property('code', 'ERR_CACHE_CONFIG');
      expect(error).to.have.property('message').that.matches(message);
      expect(await cache.exists('k')).to.equal(false);
    });
  }

  it('are none where they are undefined', async () => {
    await cache.set('u', 1, given({ ttl: '1m', tll: undefined }));
    expect(await cache.get('u', given({ tll: undefined }))).to.equal(1);
  });

  for (const [place, call, message] of wrong) {
    it(`are an error of ${place} that names the nearest one: ${message.source}`, async () => {
      const error = await caught(call());
      expect(error).to.have.property('code', 'ERR_CACHE_CONFIG');
      expect(error).to.have.property('message').that.matches(message);
    });
  }

  const inPlaceOfOptions: Readonly<Record<string, (given: never) => Promise<unknown>>> = {
    get: (given) => cache.get('k', given),
    set: (given) => cache.set('k', 1, given),
    add: (given) => cache.add('k', 1, given),
    multiGet: (given) => cache.multiGet(['k'], given),
    multiSet: (given) => cache.multiSet({ k: 1 }, given),
    delete: (given) => cache.delete('k', given),
    multiDelete: (given) => cache.multiDelete(['k'], given),
    exists: (given) => cache.exists('k', given),
    increment: (given) => cache.increment('n', 1, given),
    expire: (given) => cache.expire('k', 1, given),
    ttl: (given) => cache.ttl('k', given),
    clear: (given) => cache.clear(given),
    getOrSet: (given) => cache.getOrSet('k', () => 1, given),
    invalidateTags: (given) => cache.invalidateTags(['t'], given),
    optimistic: (given) => optimistic(cache, 'k', given),
    compareAndSet: async (given) => (await optimistic(cache, 'k')).compareAndSet(1, given),
  };
  for (const [command, call] of Object.entries(inPlaceOfOptions)) {
    it(`are what ${command} is given in place of some that is no object`, async () => {
      for (const [given, got] of [
        [60, 'number'],
        ['60s', 'string'],
        [null, 'null'],
        [() => 60, 'function'],
      ] as const) {
        const error = await caught(call(given as never));
        expect(error).to.have.property('code', 'ERR_CACHE_CONFIG');
        const message = new RegExp(`^${command}: options must be an object such as \\{ .+ \\}; got ${got}$`);
        expect(error).to.have.property('message').that.matches(message);
      }
      expect(await cache.exists('k')).to.equal(false);
    });
  }

  it('are told of where the cache is switched off, too', async () => {
    cache.disable();
    for (const call of [() => cache.get('k', null as never), () => cache.set('k', 1, 60 as never)]) {
      expect(await caught(call())).to.have.property('code', 'ERR_CACHE_CONFIG');
    }
    cache.enable();
  });

  it('are shown by an example that fits', async () => {
    const error = await caught(cache.set('k', 1, 60 as never));
    expect(error).to.have.property('message', 'set: options must be an object such as { ttl: 60_000 }; got number');
  });

  it('may be there without a value', async () => {
    expect(await getOrSet({ ttl: '1m', tll: undefined })).to.equal(1);
  });

  it('are not those of the types: all of these are taken', async () => {
    const all: Required<Omit<GetOrSetOptions, 'hardTimeout'>> = {
      ttl: '1m',
      tags: ['t'],
      lease: '1s',
      budget: '1s',
      isolation: 'none',
      onCacheError: 'run',
      originConcurrency: 2,
      namespace: 'n',
      serializer: 'json',
      timeout: '1s',
      signal: new AbortController().signal,
      jitter: 0.1,
      staleWhileRevalidate: '1m',
      staleIfError: '1m',
      staleIfErrorWhen: () => true,
      softTimeout: '1s',
      refreshAhead: 0.5,
      earlyExpiration: 1,
      retryAfter: '1s',
      errors: { ttl: '1s', when: () => true },
    };
    expect(await getOrSet({ ...all, hardTimeout: '2s' })).to.equal(1);
    expect(await lock({ lease: '1s', wait: 0, namespace: 'n', signal: all.signal })).to.equal(1);
  });
});
