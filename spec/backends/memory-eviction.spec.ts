import { expect } from 'chai';
import { FIRST_SLOT } from '#lib/backends/memory/eviction/eviction-policy.js';
import { HotCold } from '#lib/backends/memory/eviction/hot-cold.js';
import { readMemoryOptions, type MemoryOptions } from '#lib/backends/memory/memory-options.js';
import { memoryBackend, type MemoryBackend } from '#lib/backends/memory/memory.js';
import type { MemoryStats } from '#lib/backends/memory/raw-commands.js';
import type { Eviction } from '#lib/backends/memory/removals.js';
import type { BackendCall } from '#lib/contracts/backend.js';
import { ConfigError } from '#lib/errors.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

const call: BackendCall = { wire: 'reference', namespace: '', signal: undefined };

describe('memory backend, eviction', () => {
  let time: number;
  beforeEach(() => (time = 0));

  const build = (options: MemoryOptions): MemoryBackend =>
    memoryBackend(options, { cache: 'spec', clock: { now: () => time } });
  const statsOf = (backend: MemoryBackend): MemoryStats => backend.raw('stats', []) as MemoryStats;

  /** Hits of a `get`, and a `set` if it misses, for each key in turn. */
  const replay = (backend: MemoryBackend, keys: Iterable<number>): number => {
    let hits = 0;
    for (const key of keys) {
      if (backend.get(`k${key}`, call) !== undefined) hits++;
      else backend.set(`k${key}`, key, undefined);
    }
    return hits;
  };
  function* loop(length: number, times: number): Iterable<number> {
    for (let time = 0; time < times; time++) for (let key = 0; key < length; key++) yield key;
  }
  /** Each key twice, the second time after `distance` others, and never again. */
  function* twice(distance: number, count: number): Iterable<number> {
    for (let key = 0; key < count; key++) {
      yield 1_000_000 + key;
      if (key >= distance) yield 1_000_000 + key - distance;
    }
  }

  describe('policy adaptive', () => {
    for (const maxEntries of [64, 300, 5_000]) {
      it(`withstands a loop that is larger than ${maxEntries} entries`, () => {
        const length = Math.round(1.3 * maxEntries);
        const hits = replay(build({ maxEntries, policy: 'adaptive' }), loop(length, 100));
        expect(hits / (100 * length)).to.be.above(0.7);
        expect(replay(build({ maxEntries, policy: 'lru' }), loop(length, 3))).to.equal(0);
      });

      it(`finds out that only recency counts, with ${maxEntries} entries`, () => {
        const count = 100 * maxEntries;
        const backend = build({ maxEntries, policy: 'adaptive' });
        expect(replay(backend, twice(Math.round(0.4 * maxEntries), count)) / count).to.be.above(0.9);
        expect(statsOf(backend).coldShare).to.equal(1);
      });
    }

    it('begins anew when everything is cleared', () => {
      const victims = (policy: HotCold): readonly number[] => {
        const seen: number[] = [];
        policy.reserve(FIRST_SLOT + 4);
        for (let slot = FIRST_SLOT; slot < FIRST_SLOT + 4; slot++) policy.added(slot, slot);
        for (let step = 0; step < 40; step++) {
          policy.used(FIRST_SLOT + ((step * step) % 4));
          const victim = policy.victim();
          seen.push(victim);
          if (victim < FIRST_SLOT) break;
          policy.evicted(victim);
          policy.added(victim, 1_000 + step);
        }
        return seen;
      };
      const policy = new HotCold(4, 0.25);
      victims(policy);
      policy.reset();
      expect(victims(policy)).to.deep.equal(victims(new HotCold(4, 0.25)));
    });

    it('changes its mind with what it is asked for', () => {
      const backend = build({ maxEntries: 500, policy: 'adaptive' });
      replay(backend, twice(200, 50_000));
      const length = 700;
      expect(replay(backend, loop(length, 100)) / (100 * length)).to.be.above(0.5);
      expect(statsOf(backend).coldShare).to.equal(0.01);
      expect(replay(backend, twice(200, 50_000)) / 50_000).to.be.above(0.8);
    });

    it('keeps the frequent ones through a scan', () => {
      const backend = build({ maxEntries: 1_000, policy: 'adaptive' });
      replay(backend, loop(800, 5));
      replay(backend, loop(100_000, 1));
      expect(replay(backend, loop(800, 1))).to.be.above(700);
    });
  });

  describe('by weight', () => {
    const byValue = { weigh: (_key: string, value: unknown): number => value as number };

    it('lets a heavy newcomer not displace many that are in use', () => {
      const backend = build({ maxBytes: 1_000, policy: 'adaptive', ...byValue });
      for (let round = 0; round < 3; round++) {
        for (let n = 0; n < 100; n++) {
          if (backend.get(`k${n}`, call) === undefined) backend.set(`k${n}`, 10, undefined);
        }
      }
      backend.set('heavy', 900, undefined);
      expect(backend.exists('heavy')).to.equal(false);
      expect(statsOf(backend)).to.deep.include({ size: 100, weight: 1_000 });
      expect(statsOf(backend).evictions).to.deep.equal({ entries: 0, bytes: 0, expired: 0, refused: 1 });
    });

    it('lets it in once what it would displace has not been used for long', () => {
      const backend = build({ maxBytes: 1_000, policy: 'adaptive', ...byValue });
      for (let n = 0; n < 100; n++) backend.set(`k${n}`, 10, undefined);
      for (let n = 0; n < 100; n++) backend.get(`k${n}`, call);
      backend.set('heavy', 500, undefined);
      expect(backend.exists('heavy')).to.equal(false);
      for (let n = 0; n < 500; n++) backend.set(`other${n}`, 10, undefined);
      backend.set('heavy', 500, undefined);
      expect(backend.exists('heavy')).to.equal(true);
      expect(statsOf(backend).weight).to.be.at.most(1_000);
    });

    it('takes expired ones first, whatever they weigh', () => {
      for (const policy of ['adaptive', 'lru'] as const) {
        const backend = build({ maxBytes: 1_000, policy, ...byValue });
        for (let n = 0; n < 10; n++) backend.set(`short${n}`, 50, 10);
        for (let n = 0; n < 10; n++) backend.set(`k${n}`, 50, undefined);
        time += 10;
        backend.set('heavy', 500, undefined);
        expect(statsOf(backend)).to.deep.include({ size: 11, weight: 1_000 });
      }
    });

    it('finds its size again when weights change', () => {
      const backend = build({ maxEntries: 100_000, maxBytes: 10_000, policy: 'adaptive', ...byValue });
      for (const weight of [1_000, 1, 100, 1]) {
        for (let n = 0; n < 40_000; n++) backend.set(`${weight}:${n}`, weight, undefined);
        expect(statsOf(backend).weight).to.be.within(9_000, 10_000);
      }
    });

    it('refuses weights that are none', () => {
      for (const weight of [-1, Number.NaN, Infinity, '5', undefined]) {
        const backend = build({ maxBytes: 10, weigh: () => weight as number });
        expect(() => backend.set('k', 1, undefined), String(weight)).to.throw(ConfigError, /^weigh /);
        expect(backend.exists('k')).to.equal(false);
      }
      expect(() => readMemoryOptions({ weigh: 5 as never })).to.throw(ConfigError, /^weigh is no function/);
      expect(() => readMemoryOptions({ onEviction: 'x' as never })).to.throw(ConfigError, /^onEviction is no function/);
    });
  });

  describe('told', () => {
    const listening = (options: MemoryOptions): { backend: MemoryBackend; told: Eviction[] } => {
      const told: Eviction[] = [];
      return {
        backend: build({ policy: 'lru', ...options, onEviction: (eviction) => void told.push(eviction) }),
        told,
      };
    };

    it('are key, value and cause, after the call', async () => {
      const { backend, told } = listening({ maxEntries: 2, maxBytes: 1_000, weigh: (_key, value) => value as number });
      backend.set('a', 1, undefined);
      backend.set('b', 999, 5);
      backend.set('c', 2, undefined);
      expect(told).to.deep.equal([]);
      await Promise.resolve();
      expect(told).to.deep.equal([
        { key: 'a', value: 1, cause: 'entries' },
        { key: 'b', value: 999, cause: 'bytes' },
      ]);
      backend.set('d', 3, 5);
      time += 5;
      backend.get('d', call);
      backend.set('e', 1_001, undefined);
      await Promise.resolve();
      expect(told.slice(2)).to.deep.equal([
        { key: 'd', value: 3, cause: 'expired' },
        { key: 'e', value: 1_001, cause: 'refused' },
      ]);
    });

    it('is not what was deleted, cleared or overwritten', async () => {
      const { backend, told } = listening({});
      for (const key of ['a', 'b', 'c']) backend.set(key, 1, undefined);
      backend.set('a', 2, undefined);
      backend.delete(['b']);
      await backend.close();
      expect(told).to.deep.equal([]);
    });

    it('may use the cache, and may throw', async () => {
      const told: string[] = [];
      const backend: MemoryBackend = build({
        maxEntries: 1,
        policy: 'lru',
        onEviction({ key }) {
          told.push(key);
          if (key === 'a') backend.set('again', 1, undefined);
          throw new Error('on purpose');
        },
      });
      backend.set('a', 1, undefined);
      backend.set('b', 1, undefined);
      await Promise.resolve();
      await Promise.resolve();
      expect(told).to.deep.equal(['a', 'b']);
      expect(backend.raw('keys', [])).to.deep.equal(['again']);
    });
  });

  describe('tells a listener that is async', () => {
    forbidUnhandledRejections();

    it("and whose failure is nobody else's", async () => {
      let told = 0;
      const listener: unknown = async () => {
        told++;
        throw new Error('on purpose');
      };
      const backend = build({
        maxEntries: 1,
        policy: 'lru',
        onEviction: listener as () => void,
      });
      backend.set('a', 1, undefined);
      backend.set('b', 1, undefined);
      await Promise.resolve();
      expect(told).to.equal(1);
    });
  });

  it('keeps statistics that add up', () => {
    for (const policy of ['adaptive', 'lru'] as const) {
      const backend = build({ maxEntries: 50, policy });
      let gets = 0;
      let sets = 0;
      let deleted = 0;
      for (let n = 0; n < 20_000; n++) {
        const key = `k${(n * n) % 131}`;
        gets++;
        if (backend.get(key, call) === undefined) {
          sets++;
          backend.set(key, n, n % 3 === 0 ? 20 : undefined);
        }
        if (n % 17 === 0) deleted += backend.delete([`k${n % 131}`]);
        if (n % 10 === 0) time++;
      }
      const { hits, misses, size, evictions, weight, coldShare } = statsOf(backend);
      expect(hits + misses).to.equal(gets);
      expect(misses).to.equal(sets);
      expect(size + evictions.entries + evictions.expired + deleted).to.equal(sets);
      expect(evictions).to.include({ bytes: 0, refused: 0 });
      expect(weight).to.equal(undefined);
      expect(coldShare === undefined).to.equal(policy === 'lru');
    }
  });

  it('counts the hits of those who hold on to an entry', () => {
    const backend = build({});
    expect(backend.near.find('k')).to.equal(undefined);
    backend.set('k', 1, undefined);
    const entry = backend.near.find('k')!;
    for (let n = 0; n < 3; n++) backend.near.touch(entry);
    expect(statsOf(backend)).to.include({ hits: 3, misses: 1 });
  });
});
