import { inspect } from 'node:util';
import { expect } from 'chai';
import type { Redis } from 'ioredis';
import type { Backend } from '#lib/contracts/backend.js';
import { redisBackend } from '#lib/backends/redis/redis.js';
import { bytes, context, failureOf, text } from '../support/backend-calls.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { useRedis } from '../support/redis-server.js';

const BINARY = Uint8Array.from({ length: 256 }, (_, index) => index);

describe('redis backend', () => {
  const server = useRedis();
  forbidUnhandledRejections();
  let redis: Redis;
  let backend: Backend;

  before(() => {
    redis = server.client();
    backend = redisBackend({ url: server.url }, context);
  });
  after(() => backend.close());
  beforeEach(() => redis.flushall());

  it('declares what it can do and which store it is on', () => {
    expect(backend.name).to.equal('redis');
    expect(backend.capabilities).to.deep.equal({ wire: 'bytes', ttlResolutionMs: 1, shared: true });
    expect(backend.identity).to.equal(`redis:127.0.0.1:${server.port}/0`);
    expect(redisBackend({ host: '127.0.0.1', port: server.port }, context).identity).to.equal(backend.identity);
    expect(redisBackend({ client: redis }, context).identity).to.equal(backend.identity);
    expect(redisBackend({ url: server.url, db: 1 }, context).identity).not.to.equal(backend.identity);
  });

  describe('get and set', () => {
    it('stores text as it is and reads it as text or bytes', async () => {
      await backend.set('k', 'größe ✓', undefined, text);
      expect(await redis.get('k')).to.equal('größe ✓');
      expect(await backend.get('k', text)).to.equal('größe ✓');
      expect(await backend.get('k', bytes)).to.deep.equal(Buffer.from('größe ✓'));
    });

    it('stores every byte as it is, from any view', async () => {
      const inside = new Uint8Array(BINARY.buffer, 100, 50);
      await backend.set('all', BINARY, undefined, bytes);
      await backend.set('inside', inside, undefined, bytes);
      await backend.set('empty', new Uint8Array(), undefined, bytes);
      expect(await redis.getBuffer('all')).to.deep.equal(Buffer.from(BINARY));
      expect(await backend.get('all', bytes)).to.deep.equal(Buffer.from(BINARY));
      expect(await backend.get('inside', bytes)).to.deep.equal(Buffer.from(inside));
      expect(await backend.get('empty', bytes)).to.deep.equal(Buffer.alloc(0));
    });

    it('tells an empty string from a miss', async () => {
      await backend.set('empty', '', undefined, text);
      expect(await backend.get('empty', text)).to.equal('');
      expect(await backend.get('missing', text)).to.equal(undefined);
      expect(await backend.get('missing', bytes)).to.equal(undefined);
    });

    it('replaces value and lifetime', async () => {
      await backend.set('k', 'a', 60_000, text);
      expect(await redis.pttl('k')).to.be.within(1, 60_000);
      await backend.set('k', 'b', undefined, text);
      expect(await redis.pttl('k')).to.equal(-1);
      expect(await backend.get('k', text)).to.equal('b');
    });

    it('takes what is no string of ours for a miss, and overwrites it', async () => {
      await redis.lpush('list', 'x');
      expect(await backend.get('list', text)).to.equal(undefined);
      expect(await backend.get('list', bytes)).to.equal(undefined);
      expect(await backend.multiGet(['list'], text)).to.deep.equal([undefined]);
      await backend.set('list', 'mine', undefined, text);
      expect(await backend.get('list', text)).to.equal('mine');
    });

    it('refuses what a serializer must not answer with', async () => {
      await failureOf(() => backend.set('k', { a: 1 }, undefined, text), 'ERR_CACHE_SERIALIZATION');
      await failureOf(() => backend.multiSet([['k', 5]], undefined, text), 'ERR_CACHE_SERIALIZATION');
      expect(await redis.exists('k')).to.equal(0);
    });
  });

  describe('multiGet and multiSet', () => {
    it('answers by position, duplicates too', async () => {
      await backend.multiSet(
        [
          ['a', '1'],
          ['b', BINARY],
          ['a', '2'],
        ],
        undefined,
        bytes,
      );
      expect(await backend.multiGet(['a', 'x', 'a'], text)).to.deep.equal(['2', undefined, '2']);
      expect(await backend.multiGet(['b', 'x'], bytes)).to.deep.equal([Buffer.from(BINARY), undefined]);
      expect(await redis.pttl('a')).to.equal(-1);
    });

    it('gives every entry the lifetime', async () => {
      await backend.multiSet(
        [
          ['a', '1'],
          ['b', '2'],
          ['a', '3'],
        ],
        5_000.4,
        text,
      );
      expect(await redis.pttl('a')).to.be.within(4_000, 5_001);
      expect(await redis.pttl('b')).to.be.within(4_000, 5_001);
      expect(await redis.mget('a', 'b')).to.deep.equal(['3', '2']);
    });

    it('handles more keys than fit one command', async () => {
      const keys = Array.from({ length: 2_500 }, (_, index) => `k${index}`);
      await backend.multiSet(
        keys.map((key) => [key, key]),
        60_000,
        text,
      );
      expect(await backend.multiGet([...keys, 'x'], text)).to.deep.equal([...keys, undefined]);
      expect(await backend.delete([...keys, 'x'], text)).to.equal(2_500);
      await backend.multiSet(
        keys.map((key) => [key, key]),
        undefined,
        text,
      );
      expect(await redis.dbsize()).to.equal(2_500);
    });
  });

  it('adds only what is absent', async () => {
    expect(await backend.add('k', 'first', 60_000, text)).to.equal(true);
    expect(await backend.add('k', 'second', undefined, text)).to.equal(false);
    expect(await redis.get('k')).to.equal('first');
    expect(await redis.pttl('k')).to.be.within(1, 60_000);
    expect(await backend.add('bytes', BINARY, undefined, bytes)).to.equal(true);
    expect(await redis.pttl('bytes')).to.equal(-1);
    const winners = await Promise.all(Array.from({ length: 50 }, () => backend.add('race', 'x', undefined, text)));
    expect(winners.filter(Boolean)).to.have.lengthOf(1);
  });

  it('counts what it deletes', async () => {
    await backend.multiSet(
      [
        ['a', '1'],
        ['b', '2'],
      ],
      undefined,
      text,
    );
    expect(await backend.delete(['a', 'b', 'c', 'a'], text)).to.equal(2);
    expect(await redis.dbsize()).to.equal(0);
  });

  it('knows what exists', async () => {
    await backend.set('k', '', undefined, text);
    expect(await backend.exists('k', text)).to.equal(true);
    expect(await backend.exists('x', text)).to.equal(false);
  });

  describe('lifetimes', () => {
    it('rounds up to whole milliseconds, never to none', async () => {
      await backend.set('k', 'v', 59_999.2, text);
      expect(await redis.pttl('k')).to.be.within(50_000, 60_000);
      await backend.set('short', 'v', 0.4, text);
      expect(await redis.pttl('short')).to.be.within(-2, 1);
    });

    it('answers what remains, null for ever, undefined for nothing', async () => {
      await backend.set('k', 'v', 60_000, text);
      await backend.set('ever', 'v', undefined, text);
      expect(await backend.ttl('k', text)).to.be.within(50_000, 60_000);
      expect(await backend.ttl('ever', text)).to.equal(null);
      expect(await backend.ttl('x', text)).to.equal(undefined);
    });

    it('sets and lifts them, and says whether the key is there', async () => {
      await backend.set('k', 'v', undefined, text);
      expect(await backend.expire('k', 60_000, text)).to.equal(true);
      expect(await redis.pttl('k')).to.be.within(50_000, 60_000);
      expect(await backend.expire('k', undefined, text)).to.equal(true);
      expect(await redis.pttl('k')).to.equal(-1);
      expect(await backend.expire('k', undefined, text)).to.equal(true);
      expect(await backend.expire('x', undefined, text)).to.equal(false);
      expect(await backend.expire('x', 60_000, text)).to.equal(false);
    });

    it('treats an expired entry as absent everywhere', async () => {
      await backend.set('k', '7', 1, text);
      while ((await redis.pttl('k')) !== -2) await new Promise(setImmediate);
      expect(await backend.get('k', text)).to.equal(undefined);
      expect(await backend.exists('k', text)).to.equal(false);
      expect(await backend.delete(['k'], text)).to.equal(0);
      expect(await backend.expire('k', 1_000, text)).to.equal(false);
      expect(await backend.add('k', 'new', undefined, text)).to.equal(true);
    });
  });

  it('hands raw commands to the client', async () => {
    await backend.set('k', 'v', undefined, text);
    expect(await backend.raw('GET', ['k'], text)).to.equal('v');
    expect(await backend.raw('hset', ['h', 'f', 1], text)).to.equal(1);
    const error = await failureOf(() => backend.raw('nonsense', ['TOPSECRET'], text), 'ERR_CACHE_BACKEND');
    expect(inspect(error, { depth: 9, showHidden: true })).not.to.contain('TOPSECRET');
    expect(error.cause).to.be.an('error').with.property('message').that.contains('unknown command');
  });

  it('takes a multiSet of any size', async () => {
    const keys = Array.from({ length: 60_000 }, (_, index) => `k${index}`);
    for (const [value, ttl] of [
      ['v', undefined],
      ['x'.repeat(2_000), 60_000],
    ] as const) {
      await backend.multiSet(
        keys.map((key) => [key, value]),
        ttl,
        text,
      );
      expect(await redis.dbsize()).to.equal(keys.length);
      expect(await redis.get('k59999')).to.equal(value);
    }
  });

  it('refuses raw commands that change the connection, and names that ioredis stumbles over', async () => {
    await backend.set('k', 'v', undefined, text);
    const connection = ['select', 'SELECT', 'multi', 'MONITOR', 'subscribe', 'RESET', 'quit', 'auth', 'hello', 'watch'];
    for (const command of connection) {
      const error = await failureOf(() => backend.raw(command, [1], text), 'ERR_CACHE_UNSUPPORTED_COMMAND');
      expect(error.message).to.match(/use a client of your own/);
    }
    await failureOf(() => backend.raw('CLIENT', ['reply', 'off'], text), 'ERR_CACHE_UNSUPPORTED_COMMAND');
    for (const command of ['', '__proto__', '__PROTO__', 'hasOwnProperty', 'constructor', 'toString']) {
      await failureOf(() => backend.raw(command, [], text), 'ERR_CACHE_UNSUPPORTED_COMMAND');
    }
    expect(await backend.raw('client', ['getname'], text)).to.equal(null);
    expect(await backend.get('k', text)).to.equal('v');
  });

  it('keeps values and keys out of the errors of writes', async () => {
    await redis.config('SET', 'maxmemory', '1');
    try {
      for (const write of [
        () => backend.set('TOPSECRET', 'TOPSECRET', undefined, text),
        () => backend.add('TOPSECRET', 'TOPSECRET', undefined, text),
        () => backend.multiSet([['TOPSECRET', 'TOPSECRET']], undefined, text),
        () => backend.multiSet([['TOPSECRET', 'TOPSECRET']], 1_000, text),
        () => backend.increment('TOPSECRET', 1, undefined, text),
      ]) {
        const error = await failureOf(write, 'ERR_CACHE_BACKEND');
        expect(error.message).to.contain('OOM');
        expect(error.cache).to.equal('specs');
        expect(inspect(error, { depth: 9, showHidden: true })).not.to.contain('TOPSECRET');
      }
      expect(await backend.get('TOPSECRET', text)).to.equal(undefined);
    } finally {
      await redis.config('SET', 'maxmemory', '0');
    }
  });
});
