import { expect } from 'chai';
import { cacheScope, createCache, type GetOrSetOptions, type LockOptions, withLock } from 'cachewright';
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
  for (const [place, call, message] of wrong) {
    it(`are an error of ${place} that names the nearest one: ${message.source}`, async () => {
      const error = await caught(call());
      expect(error).to.have.property('code', 'ERR_CACHE_CONFIG');
      expect(error).to.have.property('message').that.matches(message);
    });
  }

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
