import { expect } from 'chai';
import { createCache, isCacheError, optimistic, withLock, type Cache } from 'cachewright';
import { caught } from '../support/caught.js';

/** As a program in plain JavaScript gives them. */
const WRONG = {
  ttl: { ttl: '5 minutes' as never },
  timeout: { timeout: -1 },
  namespace: { namespace: 7 as never },
  serializer: { serializer: 'jsno' as never },
};

describe('the options of a call whose cache is switched off', () => {
  let cache: Cache;

  beforeEach(() => {
    cache = createCache({ backend: 'memory', namespace: 'shop' });
    cache.disable();
  });

  afterEach(() => cache.close());

  it('are still looked at', async () => {
    const { ttl, timeout, namespace, serializer } = WRONG;
    for (const [option, call] of [
      ['ttl', () => cache.set('k', 1, ttl)],
      ['ttl', () => cache.increment('k', 1, ttl)],
      ['timeout', () => cache.get('k', timeout)],
      ['timeout', () => cache.invalidateTags(['t'], timeout)],
      ['namespace', () => cache.clear(namespace)],
      ['namespace', () => cache.getOrSet('k', () => 1, namespace)],
      ['namespace', () => withLock(cache, 'k', { lease: '1s', ...namespace }, () => 1)],
      ['serializer', () => cache.multiGet(['k'], serializer)],
      ['serializer', () => optimistic(cache, 'k', serializer)],
    ] as const) {
      const error = await caught(call());
      expect(isCacheError(error, 'ERR_CACHE_CONFIG'), String(call)).to.equal(true);
      expect(error).to.have.property('message').that.includes(option);
      expect(error).to.have.property('cache', 'memory');
    }
  });

  it('change nothing when they are right', async () => {
    const options = { timeout: 0, namespace: '', serializer: 'json' } as const;
    expect(await cache.set('k', 1, { ...options, ttl: null })).to.equal(undefined);
    expect(await cache.get('k', { ...options, default: 2 })).to.equal(2);
    expect(await cache.getOrSet('k', () => 3, { namespace: 'other' })).to.equal(3);
  });
});
