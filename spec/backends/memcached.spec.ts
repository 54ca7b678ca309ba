import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { inspect } from 'node:util';
import { expect } from 'chai';
import memjs from 'memjs';
import { createCache, type Cache } from 'cachewright';
import { memcachedBackend } from '#lib/backends/memcached/memcached.js';
import { Ring } from '#lib/backends/memcached/ring.js';
import { wireKey } from '#lib/backends/memcached/wire-key.js';
import type { Backend } from '#lib/contracts/backend.js';
import { context, failureOf, text } from '../support/backend-calls.js';
import { MemcachedServer, useMemcached } from '../support/memcached-server.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

const shop = { ...text, namespace: 'shop:' };

describe('memcached backend', () => {
  const server = useMemcached();
  forbidUnhandledRejections();
  let backend: Backend;

  beforeEach(async () => {
    backend = memcachedBackend({ url: server.url }, context);
    await backend.clear('', text);
  });
  afterEach(() => backend.close());

  it('says what it can do and which servers it is on', () => {
    expect(backend.capabilities).to.deep.equal({
      wire: 'bytes',
      ttlResolutionMs: 1_000,
      shared: true,
      maxValueBytes: 1024 * 1024 - 1024,
      clears: 'namespace',
    });
    expect(backend.identity).to.equal(`memcached:${server.address}`);
  });

  describe('keys on the wire', () => {
    it('are printable, short, and different for different keys', () => {
      const keys = ['a', 'a b', 'a\r\nb', 'ä', '\0', '%hash:x', 'x'.repeat(250), 'x'.repeat(251), 'y'.repeat(70_000)];
      for (let length = 1; length < 70_000; length = length * 2 + 1) keys.push('k'.repeat(length), 'ü'.repeat(length));
      const unique = new Set(keys);
      for (const generation of ['', 'abc123']) {
        const wires = [...unique].map((key) => wireKey(key, generation));
        for (const wire of wires) expect(wire).to.match(/^[!-~]{1,250}$/);
        expect(new Set(wires).size).to.equal(unique.size);
      }
      // What a hashed key looks like is hashed itself.
      const hashed = wireKey('a b', '');
      expect(wireKey(hashed, '')).to.not.equal(hashed);
    });

    it('are the keys themselves where nothing speaks against it', async () => {
      await backend.set('plain', 'value', undefined, text);
      expect(String(await backend.raw('get', ['plain'], text))).to.equal('value');
    });

    it('never disturb others on the same connection', async () => {
      const odd = ['x'.repeat(300), 'a b', 'a\r\nflush_all\r\n', 'ü'.repeat(40_000)];
      const calls = [...odd, ...Array.from({ length: 50 }, (_, index) => `healthy-${index}`)];
      await Promise.all(calls.map((key) => backend.set(key, `of ${key}`, undefined, shop)));
      expect(await Promise.all(calls.map((key) => backend.get(key, shop)))).to.deep.equal(
        calls.map((key) => `of ${key}`),
      );
    });
  });

  describe('namespaces', () => {
    it('are cleared for every process, and stay cleared when the server forgets the generation', async () => {
      const other = memcachedBackend({ url: server.url }, context);
      await backend.set('k', 'old', undefined, shop);
      expect(await other.get('k', shop)).to.equal('old');
      await backend.clear('shop:', shop);
      expect(await other.get('k', shop)).to.equal(undefined);
      await other.set('k', 'new', undefined, shop);
      expect(await backend.get('k', shop)).to.equal('new');
      const hash = createHash('sha256').update('shop:').digest('base64url');
      expect(await backend.raw('delete', [`%generation:${hash}`], text)).to.equal(true);
      expect(await other.get('k', shop)).to.equal(undefined);
      expect(await backend.get('k', shop)).to.equal(undefined);
      await other.close();
    });

    it('a write under a dead generation is repeated under the living one', async () => {
      const other = memcachedBackend({ url: server.url }, context);
      await backend.increment('n', 5, undefined, shop);
      await other.clear('shop:', shop);
      expect(await backend.add('n', '1', undefined, shop)).to.equal(true);
      expect(await other.increment('n', 2, undefined, shop)).to.equal(3);
      await other.close();
    });
  });

  describe('lifetimes', () => {
    it('beyond thirty days are no dates', async () => {
      const year = 365 * 24 * 3_600_000;
      await backend.set('k', 'v', year, text);
      expect(await backend.get('k', text)).to.equal('v');
      expect(await backend.ttl('k', text)).to.be.within(year - 1_000, year + 1_000);
      expect(await backend.expire('k', 2 * year, text)).to.equal(true);
      expect(await backend.ttl('k', text)).to.be.within(2 * year - 1_000, 2 * year + 1_000);
      expect(await backend.increment('n', 1, year, text)).to.equal(1);
      expect(await backend.increment('n', 1, undefined, text)).to.equal(2);
      expect(await backend.ttl('n', text)).to.be.within(year - 1_000, year + 1_000);
    });

    it('beyond the last date of the protocol end with it', async () => {
      const untilThen = 2 ** 32 * 1_000 - Date.now();
      for (const ttl of [200 * 365 * 24 * 3_600_000, Number.MAX_SAFE_INTEGER]) {
        await backend.set('k', 'v', ttl, text);
        await backend.multiSet([['m', 'v']], ttl, text);
        expect(await backend.add('a', 'v', ttl, text)).to.equal(true);
        expect(await backend.increment('n', 1, ttl, text)).to.equal(1);
        expect(await backend.expire('k', ttl, text)).to.equal(true);
        for (const key of ['k', 'm', 'a', 'n']) {
          expect(await backend.ttl(key, text), key).to.be.within(untilThen - 60_000, untilThen);
        }
        expect(await backend.delete(['a', 'n'], text)).to.equal(2);
      }
    });

    it('of locks are no dates either', async () => {
      for (const lease of [30 * 24 * 3_600_000, 200 * 365 * 24 * 3_600_000]) {
        const { locks } = backend;
        expect(await locks!.acquire(`lock-${lease}`, 'first', lease, text)).to.have.property('token');
        expect(await locks!.acquire(`lock-${lease}`, 'second', lease, text)).to.have.property('heldForMs');
        expect(await locks!.renew(`lock-${lease}`, 'first', lease, text)).to.equal(true);
        expect(await locks!.release(`lock-${lease}`, 'first', text)).to.equal(true);
      }
    });

    describe('of other programs, which only the server knows', () => {
      const spoken = async (line: string): Promise<string> => {
        const socket = connect(server.port, '127.0.0.1');
        socket.end(`${line}\r\n`);
        return (await socket.toArray()).join('');
      };
      /** Value, flags and what is left in s, as the server itself has them. */
      const held = (key: string): Promise<string> => spoken(`mg ${key} v f t`);

      it('outlive counting', async () => {
        expect(await spoken('set n 5 1000 1\r\n9')).to.equal('STORED\r\n');
        expect(await backend.increment('n', 3, undefined, text)).to.equal(12);
        expect(await held('n')).to.match(/^VA 2 f5 t(1000|99\d)\r\n12\r\n$/);
        expect(await backend.increment('n', 0, 1, text)).to.equal(12);
        expect(await backend.increment('n', -10, undefined, text)).to.equal(2);
        expect(await backend.increment('n', -2, undefined, text)).to.equal(0);
        expect(await held('n')).to.match(/^VA [12] f5 t(1000|99\d)\r\n0 ?\r\n$/);
        expect(await backend.increment('n', 2 ** 53 - 1, undefined, text)).to.equal(2 ** 53 - 1);
        await failureOf(() => backend.increment('n', 1, undefined, text), 'ERR_CACHE_NOT_A_NUMBER');
        expect(await held('n')).to.match(/^VA 16 f5 t(1000|99\d)\r\n9007199254740991\r\n$/);
      });

      it('outlive counting where memcached has padded the number, as it does when one gets shorter', async () => {
        await spoken('set n 0 1000 3\r\n9  ');
        expect(await backend.increment('n', 2, undefined, text)).to.equal(11);
        expect(await held('n')).to.match(/^VA \d f0 t(1000|99\d)\r\n11 ?\r\n$/);
        await spoken('set n 0 1000 3\r\n9  ');
        expect(await backend.expire('n', 500_000, text)).to.equal(true);
        expect(await backend.increment('n', -10, undefined, text)).to.equal(-1);
        await spoken('set n 0 1000 3\r\nx  ');
        await failureOf(() => backend.increment('n', 1, undefined, text), 'ERR_CACHE_NOT_A_NUMBER');
        expect(await backend.expire('n', 500_000, text)).to.equal(true);
        expect(await backend.get('n', text)).to.equal('x  ');
      });

      it('would not outlive counting below 0, which is refused; expire() makes the entry ours', async () => {
        await spoken('set n 0 1000 1\r\n1');
        const error = await failureOf(
          () => backend.increment('n', -2, undefined, text),
          'ERR_CACHE_UNSUPPORTED_COMMAND',
        );
        expect(error.message).to.contain('expire()');
        expect(await held('n')).to.match(/^VA 1 f0 t(1000|99\d)\r\n1\r\n$/);
        expect(await backend.expire('n', 500_000, text)).to.equal(true);
        expect(await backend.increment('n', -2, undefined, text)).to.equal(-1);
        expect(await held('n')).to.match(/^VA 2 f\d{10} t(50\d|49\d)\r\n-1\r\n$/);
      });

      it('are not taken from entries of ours that never end', async () => {
        await backend.set('n', '10', undefined, text);
        expect(await backend.increment('n', -1, undefined, text)).to.equal(9);
        expect(await backend.increment('n', -10, undefined, text)).to.equal(-1);
        expect(await backend.increment('m', -1, undefined, text)).to.equal(-1);
        expect(await held('n')).to.match(/^VA 2 f\d+ t-1\r\n-1\r\n$/);
        expect(await backend.ttl('n', text)).to.equal(null);
        expect(await backend.get('m', text)).to.equal('-1');
      });

      it('many count them at once', async () => {
        await spoken('set n 0 1000 1\r\n0');
        const other = memcachedBackend({ url: server.url }, context);
        const backends = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? backend : other));
        const counts = await Promise.all(backends.map((each) => each.increment('n', 1, undefined, text)));
        expect(counts.toSorted((a, b) => a - b)).to.deep.equal(counts.map((_, index) => index + 1));
        await other.close();
      });
    });

    it('of other programs, whose flags mean something else, are unknown', async () => {
      const client = memjs.Client.create(server.address);
      await client.set('foreign', 'value', { expires: 100 });
      client.close();
      expect(await backend.get('foreign', text)).to.equal('value');
      expect(await backend.ttl('foreign', text)).to.equal(null);
    });
  });

  it('refuses values the server does not take, and carries on', async () => {
    const generous = memcachedBackend({ url: server.url, maxValueBytes: 4 * 1024 * 1024 }, context);
    const huge = 'x'.repeat(2 * 1024 * 1024);
    await failureOf(() => generous.set('huge', huge, undefined, text), 'ERR_CACHE_SERIALIZATION');
    await failureOf(
      () =>
        generous.multiSet(
          [
            ['small', '1'],
            ['huge', huge],
          ],
          undefined,
          text,
        ),
      'ERR_CACHE_SERIALIZATION',
    );
    expect(await generous.get('small', text)).to.equal('1');
    await generous.close();
    const cache = createCache({ backend: 'memcached', url: server.url, namespace: 'n' });
    expect(await failureOf(() => cache.set('huge', huge), 'ERR_CACHE_SERIALIZATION')).to.match(/1047552 bytes/);
    await cache.close();
  });

  it('runs raw commands on keys as they are', async () => {
    const raw = (command: string, ...args: unknown[]): unknown => backend.raw(command, args, text);
    expect(await raw('set', 'k', '5')).to.equal(true);
    expect(await raw('add', 'k', '6')).to.equal(false);
    expect(await raw('replace', 'k', '7')).to.equal(true);
    expect(await raw('incr', 'k', 3)).to.equal(10);
    expect(await raw('decr', 'k')).to.equal(9);
    expect(await raw('incr', 'missing')).to.equal(undefined);
    expect(await raw('set', 'text', 'x')).to.equal(true);
    expect(await raw('touch', 'k', 100)).to.equal(true);
    expect(await raw('get', 'missing')).to.equal(undefined);
    expect(await raw('version'))
      .to.have.property(server.address)
      .that.matches(/^1\./);
    expect(await raw('stats')).to.have.nested.property(`${server.address.replaceAll('.', '\\.')}.curr_items`);
    expect(await raw('stats', 'settings')).to.have.nested.property(`${server.address.replaceAll('.', '\\.')}.maxconns`);
    for (const group of ['x'.repeat(251), 'a b', 5, ['a']]) {
      await failureOf(() => raw('stats', group), 'ERR_CACHE_INVALID_KEY');
    }
    expect(await raw('delete', 'k')).to.equal(true);
    await failureOf(() => raw('cas', 'k'), 'ERR_CACHE_UNSUPPORTED_COMMAND');
    await failureOf(() => raw('incr', 'k'.repeat(251)), 'ERR_CACHE_INVALID_KEY');
    await failureOf(() => raw('incr', 'text'), 'ERR_CACHE_BACKEND');
    expect(await raw('flush_all')).to.deep.equal({ [server.address]: true });
  });

  it('goes on asking after raw commands that fit into no request', async () => {
    const cache = createCache({ backend: 'memcached', url: server.url, namespace: 'n' });
    const wrong = [
      ['set', 'k'],
      ['set', 'k', 'v', -1],
      ['set', 'k', 'v', 2 ** 32],
      ['incr', 'k', -1],
      ['incr', 'k', 1.5],
      ['decr', 'k', 'CANARY'],
    ] as const;
    for (const [command, ...args] of wrong) {
      const error = await failureOf(() => cache.raw(command, ...args), 'ERR_CACHE_CONFIG');
      expect(inspect(error, { depth: 9, showHidden: true })).not.to.contain('CANARY');
    }
    expect(await cache.get('k')).to.equal(undefined);
    await cache.close();
  });

  it('takes its servers and raw commands from a memjs client', async () => {
    const client = memjs.Client.create(server.address);
    const cache: Cache = createCache({ backend: 'memcached', client, namespace: 'given' });
    await cache.set('k', { a: 1 });
    expect(await cache.get('k')).to.deep.equal({ a: 1 });
    const answer = await cache.raw<{ value: Buffer | null }>('get', 'missing');
    expect(answer.value).to.equal(null);
    await failureOf(() => cache.raw('nothing'), 'ERR_CACHE_UNSUPPORTED_COMMAND');
    await cache.close();
    await client.set('still', 'open', {});
    client.close();
  });

  describe('several servers', () => {
    const two = new MemcachedServer();
    const three = new MemcachedServer();
    before(() => Promise.all([two.start(), three.start()]));
    after(() => Promise.all([two.dispose(), three.dispose()]));

    it('share the keys, and a dead one keeps its own', async () => {
      const many = memcachedBackend({ servers: [server.address, two.address, three.address] }, context);
      await many.clear('', text);
      const keys = Array.from({ length: 300 }, (_, index) => `key-${index}`);
      await many.multiSet(
        keys.map((key) => [key, key]),
        undefined,
        text,
      );
      expect(await many.multiGet(keys, text)).to.deep.equal(keys);
      expect(await Promise.all(keys.map((key) => many.get(key, text)))).to.deep.equal(keys);
      const stats = (await many.raw('stats', [], text)) as Record<string, Record<string, string>>;
      for (const { curr_items: items } of Object.values(stats)) expect(Number(items)).to.be.within(50, 150);
      await three.kill();
      const outcomes = await Promise.allSettled(keys.map((key) => many.get(key, text)));
      const alive = outcomes.filter(({ status }) => status === 'fulfilled');
      expect(alive.length).to.be.within(150, 250);

      await many.close();
    });

    it('move about their share of the keys when one more comes', () => {
      const names = Array.from({ length: 5 }, (_, index) => `10.0.0.${index}:11211`);
      const ring = new Ring(names.slice(0, 4), (name) => name);
      const larger = new Ring(names, (name) => name);
      const keys = Array.from({ length: 20_000 }, (_, index) => `key:${index}`);
      const moved = keys.filter((key) => ring.ownerOf(key) !== larger.ownerOf(key));
      expect(moved.length / keys.length).to.be.within(0.15, 0.25);
      for (const key of moved) expect(larger.ownerOf(key)).to.equal(names[4]);
    });
  });

  describe('configuration', () => {
    const wrong: Readonly<Record<string, [options: object, message: RegExp]>> = {
      'no list of servers': [{ servers: 'a:1' }, /servers is no list/],
      'no server in the list': [{ servers: ['a:b'] }, /servers\[0\] is no server/],
      'a port out of range': [{ servers: ['a:70000'] }, /servers\[0\] is no server/],
      'one server twice': [{ servers: ['a', 'a:11211'] }, /names one server twice/],
      'two places': [{ url: 'memcached://a', servers: ['b'] }, /url and servers exclude each other/],
      'two users': [{ url: 'memcached://u:p@a', username: 'x' }, /url and username exclude each other/],
      'half a login': [{ password: 'CANARY' }, /password is given without username/],
      'the other half': [{ username: 'CANARY' }, /username is given without password/],
      'no url': [{ url: 'memcached://user:CANARY@' }, /url is no Memcached URL/],
      'a client that is none': [{ client: {} }, /client is no memjs client/],
      'a client and servers': [{ client: memjs.Client.create('a'), servers: ['a'] }, /client and servers exclude/],
      'no time to connect': [{ connectTimeout: 0 }, /connectTimeout is 0/],
      'no bytes': [{ maxValueBytes: 0.5 }, /maxValueBytes is no whole number/],
      'no tls': [{ tls: 'yes' }, /tls is neither boolean nor object/],
      'a misspelt option': [{ server: ['a'] }, /did you mean "servers"/],
    };
    for (const [what, [options, message]] of Object.entries(wrong)) {
      it(`refuses ${what}`, async () => {
        const error = await failureOf(() => createCache({ backend: 'memcached', ...options }), 'ERR_CACHE_CONFIG');
        expect(error.message).to.match(message);
        expect(inspect(error, { depth: Infinity })).to.not.include('CANARY');
      });
    }

    it('takes a URL with several servers and options', async () => {
      const cache = createCache(`memcached://${server.address},[::1]:11999?ttl=60000&connectTimeout=100`);
      expect(cache.name).to.be.a('string');
      await cache.close();
    });
  });
});
