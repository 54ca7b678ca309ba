import { expect } from 'chai';
import { readMemoryOptions, type MemoryOptions } from '#lib/backends/memory/memory-options.js';
import { memoryBackend, type MemoryBackend } from '#lib/backends/memory/memory.js';
import type { BackendCall } from '#lib/contracts/backend.js';
import type { NearEntry } from '#lib/contracts/near.js';
import type { WireKind } from '#lib/contracts/serializer.js';
import { ConfigError, InvalidKeyError, NotANumberError, UnsupportedCommandError } from '#lib/errors.js';

const as = (wire: WireKind): BackendCall => ({ wire, namespace: '', signal: undefined });
const call = as('reference');

for (const policy of ['adaptive', 'lru'] as const)
  describe(`memory backend, policy ${policy}`, () => {
    let time: number;
    let clockReads: number;

    beforeEach(() => {
      time = 1_000;
      clockReads = 0;
    });

    const build = (options: MemoryOptions = {}): MemoryBackend => {
      const now = (): number => {
        clockReads++;
        return time;
      };
      return memoryBackend({ policy, ...options }, { cache: 'spec', clock: { now } });
    };
    const keysOf = (backend: MemoryBackend): unknown => backend.raw('keys', []);
    const sizeOf = (backend: MemoryBackend): unknown => backend.raw('size', []);

    it('is made of options that exist, and a clock', () => {
      const make = memoryBackend as (options?: unknown, context?: unknown) => unknown;
      const context = { cache: 'spec', clock: { now: () => 0 } };
      expect(() => make({ maxEntires: 5 }, context)).to.throw(
        ConfigError,
        /maxEntires is no option, did you mean maxE/,
      );
      for (const options of [undefined, null, 5])
        expect(() => make(options, context)).to.throw(ConfigError, /options must be an object; give \{\}/);
      for (const none of [undefined, null, 5, {}, { cache: 'spec' }, { clock: {} }])
        expect(() => make({}, none)).to.throw(ConfigError, /the second argument has no clock/);
    });

    describe('values', () => {
      it('keeps the reference', () => {
        const backend = build();
        const value = { a: 1 };
        backend.set('k', value, undefined);
        expect(backend.get('k', call)).to.equal(value);
      });

      it('answers at once, never with a promise', () => {
        const backend = build();
        expect(backend.set('k', 1, undefined)).to.equal(undefined);
        expect(backend.multiSet([['l', 2]], undefined)).to.equal(undefined);
        expect(backend.multiGet(['l', 'k', 'none', 'l'], call)).to.deep.equal([2, 1, undefined, 2]);
        expect(backend.add('k', 3, undefined)).to.equal(false);
        expect(backend.exists('k')).to.equal(true);
        expect(backend.delete(['k', 'k', 'none'])).to.equal(1);
        expect(backend.add('k', 3, undefined)).to.equal(true);
        expect(backend.get('k', call)).to.equal(3);
      });

      it('tells falsy values from misses', () => {
        const backend = build();
        for (const value of [null, 0, '', false]) {
          backend.set('k', value, undefined);
          expect(backend.get('k', call)).to.equal(value);
          expect(backend.exists('k')).to.equal(true);
          expect(backend.delete(['k'])).to.equal(1);
        }
      });

      it('reads text as bytes and bytes as text', () => {
        const backend = build();
        backend.set('text', 'grün', undefined);
        backend.set('bytes', Buffer.from('grün'), undefined);
        expect(backend.get('text', as('bytes'))).to.deep.equal(Buffer.from('grün'));
        expect(backend.get('bytes', as('text'))).to.equal('grün');
        expect(backend.get('bytes', as('reference'))).to.deep.equal(Buffer.from('grün'));
      });

      it('takes __proto__ as a key like any other', () => {
        const backend = build();
        backend.set('__proto__', { polluted: true }, undefined);
        expect(backend.get('__proto__', call)).to.deep.equal({ polluted: true });
        expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
      });
    });

    describe('lifetimes', () => {
      it('is there until its last instant, and gone at it', () => {
        const backend = build();
        backend.set('k', 1, 0.5);
        time += 0.4;
        expect(backend.get('k', call)).to.equal(1);
        expect(backend.ttl('k')).to.equal(1);
        time += 0.1;
        expect(backend.get('k', call)).to.equal(undefined);
        expect(sizeOf(backend)).to.equal(0);
      });

      it('is absent for every command once expired', () => {
        const backend = build();
        const fresh = (): void => {
          backend.set('k', 1, 10);
          time += 10;
        };
        fresh();
        expect(backend.exists('k')).to.equal(false);
        fresh();
        expect(backend.delete(['k'])).to.equal(0);
        fresh();
        expect(backend.ttl('k')).to.equal(undefined);
        fresh();
        expect(backend.expire('k', 1_000)).to.equal(false);
        fresh();
        expect(backend.multiGet(['k'], call)).to.deep.equal([undefined]);
        fresh();
        expect(keysOf(backend)).to.deep.equal([]);
        fresh();
        expect(backend.increment('k', 5, undefined, call)).to.equal(5);
        fresh();
        expect(backend.add('k', 2, undefined)).to.equal(true);
      });

      it('sets, lifts and tells the lifetime', () => {
        const backend = build();
        backend.set('k', 1, undefined);
        expect(backend.ttl('k')).to.equal(null);
        expect(backend.expire('k', 100)).to.equal(true);
        time += 40;
        expect(backend.ttl('k')).to.equal(60);
        expect(backend.expire('k', undefined)).to.equal(true);
        time += 1_000_000;
        expect(backend.get('k', call)).to.equal(1);
      });

      it('replaces the lifetime when overwritten: an old one never hits the new value', () => {
        const backend = build();
        backend.set('k', 'old', 10);
        backend.set('k', 'new', undefined);
        backend.clear('');
        backend.set('k', 'newer', 20);
        time += 15;
        expect(backend.get('k', call)).to.equal('newer');
      });

      it('reads no clock for what never expires', () => {
        const backend = build();
        backend.set('k', 1, undefined);
        backend.get('k', call);
        backend.exists('k');
        backend.delete(['k']);
        expect(clockReads).to.equal(0);
      });

      it('leaves no timer behind', () => {
        const backend = build();
        const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
        const before = timers();
        for (let n = 0; n < 100; n++) backend.set(`k${n}`, n, 1_000_000);
        expect(timers()).to.equal(before);
      });
    });

    describe('bounds', () => {
      it('drops what was used least recently', function () {
        if (policy !== 'lru') this.skip();
        const backend = build({ maxEntries: 3 });
        for (const key of ['a', 'b', 'c']) backend.set(key, key, undefined);
        backend.get('a', call);
        backend.set('b', 'again', undefined);
        backend.set('d', 'd', undefined);
        expect(keysOf(backend)).to.have.members(['a', 'b', 'd']);
      });

      it('drops what has expired before what is alive', () => {
        const backend = build({ maxEntries: 3 });
        backend.set('oldest', 1, undefined);
        backend.set('expired', 1, 5);
        backend.set('young', 1, undefined);
        time += 5;
        backend.set('new', 1, undefined);
        expect(keysOf(backend)).to.have.members(['oldest', 'young', 'new']);
      });

      it('lets neither add, increment nor multiSet past them', () => {
        const backend = build({ maxEntries: 2 });
        for (let n = 0; n < 10; n++) {
          backend.add(`a${n}`, n, undefined);
          backend.increment(`i${n}`, 1, undefined, call);
          backend.multiSet(
            [
              [`m${n}`, 1],
              [`n${n}`, 1],
              [`o${n}`, 1],
            ],
            undefined,
          );
          expect(sizeOf(backend)).to.equal(2);
        }
      });

      it('works with room for one', () => {
        const backend = build({ maxEntries: 1 });
        backend.set('a', 1, undefined);
        backend.set('b', 2, undefined);
        backend.set('b', 3, undefined);
        expect(keysOf(backend)).to.deep.equal(['b']);
        expect(backend.get('b', call)).to.equal(3);
      });

      it('keeps 10,000 entries by default', () => {
        const backend = build();
        for (let n = 0; n < 10_001; n++) backend.set(`${n}`, n, undefined);
        expect(sizeOf(backend)).to.equal(10_000);
        expect(backend.exists('10000')).to.equal(true);
      });

      it('keeps the bytes within maxBytes, also when an entry grows in place', () => {
        const backend = build({ maxBytes: 10_000 });
        for (let n = 0; n < 20; n++) backend.set(`k${n}`, 'x'.repeat(100), undefined);
        expect(backend.raw('bytes', [])).to.be.within(5_000, 10_000);
        const before = sizeOf(backend) as number;
        backend.set('k19', 'x'.repeat(3_000), undefined);
        expect(backend.raw('bytes', [])).to.be.at.most(10_000);
        expect(sizeOf(backend)).to.be.below(before);
        expect(backend.exists('k19')).to.equal(true);
        backend.clear('');
        expect(backend.raw('bytes', [])).to.equal(0);
      });

      it('does not store what is too heavy alone, and leaves no older value to be read', () => {
        const backend = build({ maxBytes: 1_000 });
        backend.set('other', 1, undefined);
        backend.set('k', 'small', undefined);
        backend.set('k', 'x'.repeat(1_000), undefined);
        expect(backend.get('k', call)).to.equal(undefined);
        expect(backend.get('other', call)).to.equal(1);
        expect(backend.add('k', 'x'.repeat(1_000), undefined)).to.equal(false);
        expect(backend.exists('k')).to.equal(false);
      });

      it('refuses a policy that is none, and names the nearest', () => {
        const read = (name: unknown) => () => readMemoryOptions({ policy: name as 'lru' });
        expect(read('adaptve')).to.throw(ConfigError, /^policy .*did you mean adaptive\?.*adaptive or lru/);
        for (const none of [1, null, '', 'constructor']) expect(read(none)).to.throw(ConfigError, /^policy /);
      });

      it('refuses bounds that are none', () => {
        for (const bound of [0, -1, 1.5, Number.NaN, Infinity, '5', null]) {
          expect(() => readMemoryOptions({ maxEntries: bound as number })).to.throw(ConfigError, /^maxEntries /);
          expect(() => readMemoryOptions({ maxBytes: bound as number })).to.throw(ConfigError, /^maxBytes /);
        }
      });
    });

    describe('increment', () => {
      it('starts at delta, keeps the lifetime afterwards', () => {
        const backend = build();
        expect(backend.increment('n', -2, 100, call)).to.equal(-2);
        time += 40;
        expect(backend.increment('n', 5, 1_000, call)).to.equal(3);
        expect(backend.ttl('n')).to.equal(60);
        expect(backend.get('n', call)).to.equal(3);
      });

      it('stores a number, text or bytes, as the serializer at work wants to read it', () => {
        for (const [wire, one, two] of [
          ['reference', 1, 2],
          ['text', '1', '2'],
          ['bytes', Buffer.from('1'), Buffer.from('2')],
        ] as const) {
          const backend = build();
          backend.increment('n', 1, undefined, as(wire));
          expect(backend.get('n', as('reference'))).to.deep.equal(one);
          backend.increment('n', 1, undefined, as(wire));
          expect(backend.get('n', as('reference'))).to.deep.equal(two);
        }
      });

      it('counts on in decimal text, whichever kind wrote it', () => {
        const backend = build();
        backend.set('n', '41', undefined);
        expect(backend.increment('n', 1, undefined, as('bytes'))).to.equal(42);
        expect(backend.increment('n', 1, undefined, as('text'))).to.equal(43);
      });

      it('refuses what is no safe integer, and leaves it', () => {
        const cases: [WireKind, unknown][] = [
          ...['text', '5', null, 1.5, 2 ** 53, Number.NaN, { n: 1 }].map((value): [WireKind, unknown] => [
            'reference',
            value,
          ]),
          ...['', ' 1', '1 ', '+1', '-0', '007', '1.5', '1e3', '0x1', '9007199254740992', 'x', 5].map(
            (value): [WireKind, unknown] => ['text', value],
          ),
          ['bytes', Buffer.from('5a')],
          ['bytes', Buffer.from([0xff, 0x35])],
        ];
        for (const [wire, value] of cases) {
          const backend = build();
          backend.set('k', value, 50);
          expect(() => backend.increment('k', 1, undefined, as(wire)), `${wire} ${String(value)}`).to.throw(
            NotANumberError,
          );
          expect(backend.get('k', call)).to.deep.equal(value);
          expect(backend.ttl('k')).to.equal(50);
        }
      });

      it('refuses a sum that would not be exact', () => {
        for (const wire of ['reference', 'text', 'bytes'] as const) {
          const backend = build();
          backend.increment('n', Number.MAX_SAFE_INTEGER, undefined, as(wire));
          expect(() => backend.increment('n', 1, undefined, as(wire))).to.throw(NotANumberError);
          expect(backend.increment('n', -1, undefined, as(wire))).to.equal(Number.MAX_SAFE_INTEGER - 1);
        }
      });
    });

    describe('clear', () => {
      it('takes the prefix literally', () => {
        const backend = build();
        const keys = ['t*:a', 'tenant:a', 't*b', 'c[ab]:x', 'ca:x', 't'];
        for (const key of keys) backend.set(key, 1, undefined);
        backend.clear('t*:');
        expect(keysOf(backend)).to.have.members(keys.slice(1));
        backend.clear('c[ab]');
        expect(keysOf(backend)).to.have.members(['tenant:a', 't*b', 'ca:x', 't']);
        backend.clear('');
        expect(keysOf(backend)).to.deep.equal([]);
      });

      it('empties itself on close, which may be repeated', async () => {
        const backend = build();
        backend.set('k', 1, undefined);
        await backend.close();
        await backend.close();
        expect(sizeOf(backend)).to.equal(0);
      });
    });

    describe('raw', () => {
      it('answers its own commands without counting as a use', function () {
        if (policy !== 'lru') this.skip();
        const backend = build({ maxEntries: 2 });
        backend.set('ns:a', 1, undefined);
        backend.set('b', 2, undefined);
        expect(backend.raw('keys', ['ns:'])).to.deep.equal(['ns:a']);
        expect(backend.raw('has', ['ns:a'])).to.equal(true);
        expect(backend.raw('peek', ['ns:a'])).to.equal(1);
        expect(backend.raw('bytes', [])).to.be.above(100);
        backend.set('c', 3, undefined);
        expect(backend.raw('has', ['ns:a'])).to.equal(false);
      });

      it('purges what has expired', () => {
        const backend = build();
        backend.set('a', 1, 5);
        backend.set('b', 1, 5);
        backend.set('c', 1, undefined);
        time += 5;
        expect(backend.raw('size', [])).to.equal(3);
        expect(backend.raw('purge', [])).to.equal(2);
        expect(keysOf(backend)).to.deep.equal(['c']);
      });

      it('names the commands there are when it is asked for another', () => {
        expect(() => build().raw('key', [])).to.throw(
          UnsupportedCommandError,
          /did you mean keys\?.*size, bytes, keys, has, peek, purge, stats/,
        );
        expect(() => build().raw('constructor', [])).to.throw(UnsupportedCommandError);
        expect(() => build().raw('has', [])).to.throw(InvalidKeyError);
      });
    });

    describe('entries held on to', () => {
      const hold = (backend: MemoryBackend, key: string, table = new Map<unknown, NearEntry>()): NearEntry => {
        const entry = backend.near.find(key)!;
        entry.alias = { table, key: `alias of ${key}` };
        table.set(entry.alias.key, entry);
        return entry;
      };
      const expectDead = (entry: NearEntry, table: Map<unknown, NearEntry>): void => {
        expect(entry.expiresAt).to.equal(-Infinity);
        expect(entry.value).to.equal(undefined);
        expect(entry.alias).to.equal(undefined);
        expect(table.size).to.equal(0);
      };

      it('change in place when overwritten, and keep their alias', () => {
        const backend = build();
        backend.set('k', 1, 10);
        const table = new Map<unknown, NearEntry>();
        const entry = hold(backend, 'k', table);
        backend.set('k', 2, undefined);
        expect(entry).to.include({ value: 2, expiresAt: Infinity });
        backend.increment('k', 1, undefined, call);
        expect(entry.value).to.equal(3);
        backend.expire('k', 5);
        expect(entry.expiresAt).to.equal(time + 5);
        expect(table.get('alias of k')).to.equal(entry);
      });

      const ends: Record<string, (backend: MemoryBackend) => void> = {
        deleted: (backend) => backend.delete(['k']),
        cleared: (backend) => backend.clear('k'),
        evicted: (backend) => {
          // Two uses of each, so that no policy can go on preferring the first entry.
          for (let n = 0; n < 100; n++) ['x', 'y', 'z'].forEach((key) => backend.set(`${key}${n >> 1}`, 1, undefined));
        },
        'found expired': (backend) => {
          backend.expire('k', 5);
          time += 5;
          backend.get('k', call);
        },
        'replaced by something too heavy': (backend) => backend.set('k', 'x'.repeat(5_000), undefined),
      };
      for (const [how, end] of Object.entries(ends)) {
        it(`are dead for good when ${how}`, () => {
          const backend = build({ maxEntries: 3, maxBytes: 5_000 });
          backend.set('k', { a: 1 }, undefined);
          const table = new Map<unknown, NearEntry>();
          const entry = hold(backend, 'k', table);
          end(backend);
          expectDead(entry, table);
          backend.set('k', 'next', undefined);
          expect(entry.expiresAt).to.equal(-Infinity);
          expect(backend.near.find('k')).to.not.equal(entry);
        });
      }

      it('take no place any more when they are touched after their end', function () {
        if (policy !== 'lru') this.skip();
        const backend = build({ maxEntries: 3 });
        backend.set('k', 'first', undefined);
        const dead = backend.near.find('k')!;
        backend.delete(['k']);
        backend.near.touch(dead);
        for (const key of ['k', 'p']) backend.set(key, 'next', undefined);
        backend.get('k', call);
        for (const key of ['q', 'r']) backend.set(key, 'next', undefined);
        expect(keysOf(backend)).to.have.members(['k', 'q', 'r']);
      });

      it('are dead when the backend was closed', async () => {
        const backend = build();
        backend.set('k', 1, undefined);
        const table = new Map<unknown, NearEntry>();
        const entry = hold(backend, 'k', table);
        await backend.close();
        expectDead(entry, table);
      });

      it('leave an alias alone that another entry has taken over', () => {
        const backend = build();
        backend.set('a', 1, undefined);
        backend.set('b', 2, undefined);
        const a = backend.near.find('a')!;
        const b = backend.near.find('b')!;
        const table = new Map<unknown, NearEntry>([['id', b]]);
        a.alias = { table, key: 'id' };
        b.alias = { table, key: 'id' };
        backend.delete(['a']);
        expect(table.get('id')).to.equal(b);
      });

      it('count as used when touched, not when found', function () {
        if (policy !== 'lru') this.skip();
        const backend = build({ maxEntries: 2 });
        backend.set('a', 1, undefined);
        backend.set('b', 1, undefined);
        backend.near.find('a');
        backend.set('c', 1, undefined);
        expect(keysOf(backend)).to.have.members(['b', 'c']);
        backend.near.touch(backend.near.find('b')!);
        backend.set('d', 1, undefined);
        expect(keysOf(backend)).to.have.members(['b', 'd']);
      });
    });
  });
