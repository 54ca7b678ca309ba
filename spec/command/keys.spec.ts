import { expect } from 'chai';
import fc from 'fast-check';
import { createCache, createRegistry, type Cache } from 'cachewright';
import { caught } from '../support/caught.js';
import { HeldBackend } from '../support/held-backend.js';

const keysOf = async (cache: Cache): Promise<string[]> => cache.raw('keys');

describe('final keys', () => {
  it('are the encoded namespace, a colon and the key', async () => {
    const table: [namespace: string | undefined, final: string][] = [
      [undefined, 'k:1'],
      ['', 'k:1'],
      ['users', 'users:k:1'],
      ['a:b', 'a%3Ab:k:1'],
      ['a%b', 'a%25b:k:1'],
      ['a%3Ab', 'a%253Ab:k:1'],
    ];
    for (const [namespace, final] of table) {
      const cache = createCache({ backend: 'memory', namespace });
      await cache.set('k:1', 1);
      expect(await keysOf(cache)).to.deep.equal([final]);
    }
  });

  it("begin with the cache's name in a registry, after the registry's own namespace", async () => {
    const registry = createRegistry(
      { default: { backend: 'memory' }, 'a:b': { backend: 'memory', namespace: '' } },
      { namespace: 'my:shop' },
    );
    await registry.get().set('k', 1);
    await registry.get('a:b').set('k', 1);
    expect(await keysOf(registry.get())).to.deep.equal(['my%3Ashop:default:k']);
    expect(await keysOf(registry.get('a:b'))).to.deep.equal(['my%3Ashop:k']);
  });

  it("can be made by a rule of one's own, which clear follows", async () => {
    const cache = createCache({
      backend: 'memory',
      namespace: 'n',
      buildKey: (key, namespace) => `<${namespace}>${key}`,
    });
    await cache.set('a', 1);
    await cache.set('b', 2, { namespace: 'other' });
    expect((await keysOf(cache)).sort()).to.deep.equal(['<n>a', '<other>b']);
    await cache.clear();
    expect(await keysOf(cache)).to.deep.equal(['<other>b']);
  });

  it('of two namespaces are never equal, nor does one begin with the prefix of the other', async () => {
    await fc.assert(
      fc.asyncProperty(
        segment,
        segment,
        fc.string({ minLength: 1 }),
        fc.string({ minLength: 1 }),
        async (one, other, key, otherKey) => {
          fc.pre(one !== other && key.isWellFormed() && otherKey.isWellFormed());
          const cache = createCache('memory://');
          await cache.set(key, 'one', { namespace: one });
          await cache.set(otherKey, 'other', { namespace: other });
          expect(await cache.get(key, { namespace: one })).to.equal('one');
          await cache.clear({ namespace: one });
          expect(await cache.get(otherKey, { namespace: other })).to.equal('other');
          expect(await cache.exists(key, { namespace: one })).to.equal(false);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

const segment = fc
  .oneof(
    fc.string({ minLength: 1, unit: fc.constantFrom('a', ':', '%', '3', 'A', '2', '5', '*', '[', '\\') }),
    fc.string({ minLength: 1 }),
  )
  .filter((text) => text.isWellFormed());

describe('clear', () => {
  it('of a bare cache on a shared backend needs all: true', async () => {
    const cache = createCache({ backend: new HeldBackend().backend });
    await cache.set('k', 1);
    const error = await caught(cache.clear());
    expect(error).to.have.property('code', 'ERR_CACHE_UNSUPPORTED_COMMAND');
    expect(error).to.have.property(
      'message',
      'clear: without a namespace this would delete what other programs keep there; give the cache a namespace, or { all: true }',
    );
    expect(await cache.get('k')).to.equal(1);
    await cache.clear({ all: true });
    expect(await cache.get('k')).to.equal(undefined);
  });

  it('of a bare cache of its own needs nothing', async () => {
    const cache = createCache('memory://');
    await cache.set('k', 1);
    await cache.clear();
    expect(await cache.exists('k')).to.equal(false);
  });
});
