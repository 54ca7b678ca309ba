import { expect } from 'chai';
import { createCache, type Cache } from 'cachewright';
import { HeldBackend, settled } from '../support/held-backend.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

interface Value {
  name: string;
}

describe('isolation of near copies', () => {
  forbidUnhandledRejections();
  let held: HeldBackend;
  let cache: Cache;

  const open = async (isolation: 'copy' | 'freeze'): Promise<void> => {
    held = new HeldBackend();
    cache = createCache({
      tiers: [{ backend: 'memory', ttl: null }, { backend: held.backend }],
      namespace: 'n',
      isolation,
    });
    await cache.set('k', { name: 'stored' });
    // The copy is made when the shared store has told how long the entry lives.
    held.hold('ttl');
  };
  afterEach(() => cache.close());

  const copyMade = async (): Promise<void> => {
    held.releaseAll();
    await settled();
    held.seen.splice(0);
  };

  for (const [name, read] of [
    ['get', () => cache.get<Value>('k')],
    ['multiGet', async () => (await cache.multiGet<Value>(['k']))[0]],
  ] as const) {
    it(`with 'copy' what the caller of ${name} does to the first answer does not reach later ones`, async () => {
      await open('copy');
      (await read())!.name = 'changed by a caller';
      await copyMade();
      expect(await read()).to.deep.equal({ name: 'stored' });
      expect(held.seen).to.deep.equal([]);
    });

    it(`with 'freeze' the first answer of ${name} is frozen as later ones are`, async () => {
      await open('freeze');
      expect(await read()).to.be.frozen;
      await copyMade();
      expect(await read()).to.be.frozen;
      expect(held.seen).to.deep.equal([]);
    });
  }
});
