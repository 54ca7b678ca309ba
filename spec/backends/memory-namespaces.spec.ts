import { expect } from 'chai';
import { createCache } from 'cachewright';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { Namespaces } from '#lib/backends/memory/namespaces.js';
import type { BackendCall } from '#lib/contracts/backend.js';
import { context } from '../support/backend-calls.js';

const on = (namespace: string): BackendCall => ({ wire: 'reference', namespace, signal: undefined });

describe('memory backend: namespaces', () => {
  /** Entries of these namespaces, so many each, as a store notes them. */
  function noted(counts: Readonly<Record<string, number>>): { namespaces: Namespaces; slots: Map<string, number> } {
    const namespaces = new Namespaces();
    const slots = new Map<string, number>();
    namespaces.reserve(2_000);
    for (const [name, count] of Object.entries(counts)) {
      for (let index = 0; index < count; index++) {
        const slot = slots.size + 2;
        slots.set(`${name}${index}`, slot);
        namespaces.added(slot, name, slots);
      }
    }
    return { namespaces, slots };
  }

  const found = (
    { namespaces, slots }: ReturnType<typeof noted>,
    prefix: string,
  ): [certain: number, perhaps: number] => {
    const sums: [number, number] = [0, 0];
    for (const [some, certain] of namespaces.candidates(prefix, slots)) sums[certain ? 0 : 1] += some.length;
    return sums;
  };

  it('are told apart, so that clearing one walks over no other', () => {
    const several = noted({ 'users:': 3, 'orders:': 1_000, 'users:eu:': 5 });
    expect(found(several, 'users:')).to.deep.equal([8, 0]);
    expect(found(several, 'users:eu:')).to.deep.equal([5, 3]);
    expect(found(several, 'orders:2')).to.deep.equal([0, 1_000]);
    expect(found(several, 'nobody:')).to.deep.equal([0, 0]);
    expect(found(several, '')).to.deep.equal([1_008, 0]);
  });

  it('with a single one, another is known to have nothing', () => {
    const single = noted({ 'users:': 500 });
    expect(found(single, 'orders:')).to.deep.equal([0, 0]);
    expect(found(single, 'users:4')).to.deep.equal([0, 500]);
    expect(single.namespaces.allWithin('users:')).to.equal(true);
    expect(single.namespaces.allWithin('')).to.equal(true);
    expect(single.namespaces.allWithin('users:4')).to.equal(false);
  });

  it('forget what has gone, and those that nothing is left of', () => {
    const several = noted({ 'a:': 3, 'b:': 3 });
    for (const slot of [3, 6, 2]) several.namespaces.removed(slot);
    expect(found(several, 'a:')).to.deep.equal([1, 0]);
    expect(found(several, 'b:')).to.deep.equal([2, 0]);
    several.namespaces.removed(4);
    expect(found(several, 'a:')).to.deep.equal([0, 0]);
    several.namespaces.added(2, 'c:', several.slots);
    expect(found(several, 'c:')).to.deep.equal([1, 0]);
    expect(found(several, 'b:')).to.deep.equal([2, 0]);
  });

  it('leave what is held of a cleared one dead, and of others alive', () => {
    for (const prefix of ['a:', '']) {
      const backend = memoryBackend({}, context);
      backend.set('a:1', 1, undefined, on('a:'));
      backend.set('b:1', 1, undefined, on('b:'));
      const [a, b] = [backend.near.find('a:1')!, backend.near.find('b:1')!];
      backend.clear(prefix);
      expect(a.expiresAt).to.equal(-Infinity);
      expect(b.expiresAt).to.equal(prefix === '' ? -Infinity : Infinity);
      backend.set('a:1', 2, undefined, on('a:'));
      expect(backend.get('a:1', on('a:'))).to.equal(2);
      expect(backend.get('b:1', on('b:'))).to.equal(prefix === '' ? undefined : 1);
    }
  });

  it('are those of the calls, many of them in one cache', async () => {
    const cache = createCache({ backend: 'memory', namespace: 'app' });
    for (let tenant = 0; tenant < 300; tenant++) {
      await cache.multiSet({ a: tenant, b: tenant }, { namespace: `t${tenant}` });
    }
    await cache.set('a', 'own');
    await cache.clear({ namespace: 't7' });
    expect(await cache.multiGet(['a', 'b'], { namespace: 't7' })).to.deep.equal([undefined, undefined]);
    expect(await cache.multiGet(['a', 'b'], { namespace: 't70' })).to.deep.equal([70, 70]);
    await cache.clear();
    expect(await cache.get('a')).to.equal(undefined);
    expect(await cache.get('a', { namespace: 't299' })).to.equal(299);
    await cache.close();
  });
});
