import { expect } from 'chai';
import { createCache, isCacheError, optimistic, type Cache, type CacheConfig } from 'cachewright';
import { asynchronous, FakeClock } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { writeFrame } from '#lib/entries/wire-frame.js';
import { doubleOf } from '#lib/testing/backend-commands.js';
import { text } from '../support/backend-calls.js';
import { caught } from '../support/caught.js';
import { settled } from '../support/held-backend.js';
import { plainBackend } from '../support/plain-backend.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { memoryStore, sharedStores, type Store } from '../support/stores.js';

const S = 1_000;
const H = 3_600 * S;

/** Stores, and what caches on them look like. */
function places(): [name: string, stores: readonly Store[], config: () => CacheConfig][] {
  const memory = memoryStore();
  const stores = sharedStores();
  const named = (name: string): Store => stores.find((store) => store.name === name)!;
  const [redis, dynamodb] = [named('redis'), named('dynamodb')];
  return [
    ['memory', [], () => ({ backend: 'memory' })],
    ['memory, copies', [], () => ({ backend: 'memory', isolation: 'copy' })],
    ...[memory, ...stores].map((store): [string, Store[], () => CacheConfig] => [
      store === memory ? 'memory, as text' : store.name,
      [store],
      () => store.config(),
    ]),
    [
      'memory over redis',
      [redis],
      () => ({ tiers: [{ backend: 'memory', ttl: '2h' }, redis.config()] }) as CacheConfig,
    ],
    [
      'memory over redis over dynamodb',
      [redis, dynamodb],
      () =>
        ({
          tiers: [{ backend: 'memory', ttl: '2h' }, { ...redis.config(), ttl: '2h' }, dynamodb.config()],
        }) as CacheConfig,
    ],
  ];
}

for (const [name, stores, config] of places()) {
  describe(`expire of entries that say when they end, on ${name}`, () => {
    forbidUnhandledRejections();
    let clock: FakeClock;
    let cache: Cache;

    before('start', () => Promise.all(stores.map((store) => store.start())));
    after('stop', () => Promise.all(stores.map((store) => store.dispose())));
    beforeEach(async () => {
      clock = new FakeClock();
      cache = createCache({ ...config(), namespace: 'n', clock, budget: '5s' });
      await cache.clear();
    });
    afterEach(() => cache.close());

    /** What a read that may be answered by a copy, or makes one, gets. */
    async function reads(key: string): Promise<unknown[]> {
      const first = await cache.get(key);
      await settled();
      return [first, await cache.get(key)];
    }

    async function assertKept(key: string, ms: number): Promise<void> {
      expect(await cache.ttl(key)).to.be.within(ms - 30 * S, ms + 2 * S);
    }

    it('lets them live longer', async () => {
      await cache.getOrSet('k', () => 'value', { ttl: '50s', tags: ['t'] });
      expect(await reads('k')).to.deep.equal(['value', 'value']);
      expect(await cache.expire('k', '1h')).to.equal(true);
      expect(await reads('k')).to.deep.equal(['value', 'value']);
      await assertKept('k', H);
      clock.advance(H - 10 * S);
      expect(await reads('k')).to.deep.equal(['value', 'value']);
      clock.advance(10 * S);
      expect(await reads('k')).to.deep.equal([undefined, undefined]);
    });

    it('lets them live shorter', async () => {
      await cache.getOrSet('k', () => 'value', { ttl: '1h', tags: ['t'] });
      await reads('k');
      expect(await cache.expire('k', '50s')).to.equal(true);
      expect(await reads('k')).to.deep.equal(['value', 'value']);
      await assertKept('k', 50 * S);
      clock.advance(50 * S);
      expect(await reads('k')).to.deep.equal([undefined, undefined]);
    });

    it('lifts the end, and sets one where there was none', async () => {
      await cache.getOrSet('k', () => 'value', { ttl: '50s', staleIfError: '1h' });
      expect(await cache.expire('k', null)).to.equal(true);
      expect(await cache.ttl('k')).to.equal(null);
      clock.advance(9 * H);
      expect(await reads('k')).to.deep.equal(['value', 'value']);
      expect(await cache.expire('k', '50s')).to.equal(true);
      await assertKept('k', 50 * S);
      expect(await cache.expire('missing', '1h')).to.equal(false);
      expect(await cache.expire('missing', null)).to.equal(false);
    });

    it('keeps their tags', async () => {
      await cache.getOrSet('k', () => 'value', { ttl: '50s', tags: ['t', 'u'] });
      await cache.expire('k', '1h');
      await reads('k');
      await cache.invalidateTags(['u']);
      expect(await reads('k')).to.deep.equal([undefined, undefined]);
      // It is not made valid again either.
      await cache.expire('k', '1h');
      expect(await reads('k')).to.deep.equal([undefined, undefined]);
    });

    it('has them outlive their new end by as much as their old one', async () => {
      const options = { ttl: '50s', staleWhileRevalidate: '1h', staleIfError: '2h' } as const;
      const failing = (): never => {
        throw new Error('origin');
      };
      await cache.getOrSet('k', () => 'value', options);
      expect(await cache.expire('k', '1h')).to.equal(true);
      await assertKept('k', 3 * H);
      clock.advance(H - S);
      expect(await cache.getOrSet('k', failing, options)).to.equal('value');
      clock.advance(S);
      expect(await cache.get('k')).to.equal(undefined);
      clock.advance(H);
      expect(await cache.getOrSet('k', failing, { ...options, staleWhileRevalidate: '1h' })).to.equal('value');
      clock.advance(H);
      expect(await caught(cache.getOrSet('k', failing, options))).to.have.property('message', 'origin');
    });

    it('makes those fresh again that were only kept', async () => {
      await cache.getOrSet('k', () => 'value', { ttl: '50s', staleIfError: '1h' });
      clock.advance(60 * S);
      expect(await cache.get('k')).to.equal(undefined);
      expect(await cache.expire('k', '50s')).to.equal(true);
      expect(await reads('k')).to.deep.equal(['value', 'value']);
    });

    it('does so whichever serializer made them', async () => {
      for (const serializer of ['json', 'v8'] as const) {
        const value = new Date(1);
        const options = { ttl: '50s', tags: ['t'], serializer } as const;
        await cache.getOrSet(serializer, () => (serializer === 'json' ? 'text' : value), options);
        expect(await cache.expire(serializer, '1h')).to.equal(true);
        clock.advance(60 * S);
        const found = await cache.get(serializer, { serializer });
        expect(found).to.deep.equal(serializer === 'json' ? 'text' : value);
      }
    });

    it('is a change to whoever has read the entry in order to replace it', async () => {
      await cache.getOrSet('k', () => 'value', { ttl: '50s', tags: ['t'] });
      const entry = await optimistic<string>(cache, 'k');
      await cache.expire('k', '1h');
      expect(isCacheError(await caught(entry.compareAndSet('new')), 'ERR_CACHE_CONFLICT')).to.equal(true);
    });

    it('keeps plain ones as they are', async () => {
      for (const value of ['text', 1, { a: [1] }]) {
        await cache.set('k', value, { ttl: '50s' });
        expect(await cache.expire('k', '1h')).to.equal(true);
        await assertKept('k', H);
        expect(await cache.get('k')).to.deep.equal(value);
      }
    });
  });
}

describe('expire of entries that say when they end', () => {
  forbidUnhandledRejections();
  const options = { ttl: '50s', tags: ['t'] } as const;

  for (const [name, write, after] of [
    ['something like it', (cache: Cache) => cache.getOrSet('k', () => 'new', options), 'new'],
    ['something plain', (cache: Cache) => cache.set('k', 'new', { ttl: '50s' }), 'new'],
    ['nothing', () => Promise.resolve(), undefined],
  ] as const) {
    it(`begins again when somebody else was faster, and wrote ${name}`, async () => {
      const clock = new FakeClock();
      const memory = memoryBackend({}, { cache: 'raced', clock });
      const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
      let race: (() => Promise<unknown>) | undefined;
      const backend = doubleOf({ ...asynchronous(memory), capabilities }, async (command, carryOut) => {
        const answer = await carryOut();
        if (command !== 'read' || race === undefined) return answer;
        const racing = race;
        race = undefined;
        await racing();
        return answer;
      });
      const make = (): Cache =>
        createCache({ backend: { ...backend, identity: {} }, namespace: 'n', clock, budget: '5s' });
      const [one, two] = [make(), make()];
      await one.getOrSet('k', () => 'old', options);
      race = async () => {
        await two.delete('k');
        await write(two);
      };
      expect(await one.expire('k', '1h')).to.equal(after !== undefined);
      clock.advance('10m');
      expect(await one.get('k')).to.equal(after);
      await Promise.all([one.close(), two.close()]);
    });
  }

  it('leaves frames alone that cannot be trusted, but for what the store itself does', async () => {
    const clock = new FakeClock();
    const backend = memoryBackend({}, { cache: 'frames', clock });
    const cache = createCache({ backend, serializer: 'json', clock });
    const facts = { createdAt: 0, freshUntil: 50_000, keptUntil: 50_000, costMs: 0, tags: [] };
    const frame = writeFrame('k', '"value"', 'json', facts);
    for (const wire of [frame.replace('value', 'other'), frame.replace('cw1', 'cw2')]) {
      backend.set('k', wire, 50_000);
      expect(await cache.expire('k', '1h')).to.equal(true);
      expect(backend.get('k', text)).to.equal(wire);
      expect(backend.ttl('k')).to.equal(H);
    }
    await cache.close();
  });

  it('cannot make them live longer where a store cannot compare and set, and says so', async () => {
    const cache = createCache({ backend: plainBackend(), namespace: 'n', budget: '5s' });
    await cache.getOrSet('k', () => 'value', options);
    const error = await caught(cache.expire('k', '1h'));
    expect(isCacheError(error, 'ERR_CACHE_UNSUPPORTED_COMMAND')).to.equal(true);
    expect((error as Error).message).to.match(/^expire: .*backend plain cannot compare and set/);
    expect(await cache.ttl('k')).to.be.within(1, 50 * S);
    expect(await cache.expire('k', '10s')).to.equal(true);
    expect(await cache.ttl('k')).to.be.within(1, 10 * S);
    await cache.set('plain', 1, { ttl: '10s' });
    expect(await cache.expire('plain', '1h')).to.equal(true);
    expect(await cache.expire('missing', '1h')).to.equal(false);
    await cache.close();
  });
});
