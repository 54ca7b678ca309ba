import { expect } from 'chai';
import type { Redis } from 'ioredis';
import type { Backend } from '#lib/contracts/backend.js';
import { redisBackend } from '#lib/backends/redis/redis.js';
import { context, failureOf, text } from '../support/backend-calls.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { useRedis } from '../support/redis-server.js';

const MAX = Number.MAX_SAFE_INTEGER;

describe('redis backend: increment', () => {
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

  it('starts a missing key at delta, with the lifetime', async () => {
    expect(await backend.increment('a', 1, undefined, text)).to.equal(1);
    expect(await backend.increment('b', -7, 60_000, text)).to.equal(-7);
    expect(await backend.increment('c', 0, undefined, text)).to.equal(0);
    expect(await backend.increment('d', -0, undefined, text)).to.equal(0);
    expect(await redis.mget('a', 'b', 'c', 'd')).to.deep.equal(['1', '-7', '0', '0']);
    expect(await redis.pttl('a')).to.equal(-1);
    expect(await redis.pttl('b')).to.be.within(50_000, 60_000);
  });

  it('keeps the lifetime of an existing key', async () => {
    await redis.set('k', '10', 'PX', 60_000);
    expect(await backend.increment('k', 5, 1_000, text)).to.equal(15);
    expect(await redis.pttl('k')).to.be.within(50_000, 60_000);
    await redis.set('k', '10');
    expect(await backend.increment('k', -20, 1_000, text)).to.equal(-10);
    expect(await redis.pttl('k')).to.equal(-1);
  });

  it('is exact up to the last safe integer on both sides', async () => {
    expect(await backend.increment('max', MAX, undefined, text)).to.equal(MAX);
    expect(await redis.get('max')).to.equal('9007199254740991');
    expect(await backend.increment('max', -1, undefined, text)).to.equal(MAX - 1);
    expect(await backend.increment('max', 1, undefined, text)).to.equal(MAX);
    expect(await backend.increment('min', -MAX, undefined, text)).to.equal(-MAX);
    expect(await backend.increment('max', -MAX, undefined, text)).to.equal(0);
  });

  const REFUSED: [stored: string, delta: number][] = [
    [`${MAX}`, 1],
    [`-${MAX}`, -1],
    [`${MAX}`, MAX],
    [`-${MAX}`, -MAX],
    ['9007199254740992', 0],
    ['9007199254740992', -1],
    ['9007199254740993', -5],
    ['-9007199254740992', 1],
    ['9999999999999999', -9],
    ['9223372036854775807', 0],
    ['123456789012345678901234567890', 1],
    ['', 1],
    ['text', 1],
    ['"5"', 1],
    ['1.5', 1],
    ['1e3', 1],
    ['0x10', 1],
    ['007', 1],
    ['-0', 1],
    ['+5', 1],
    [' 5', 1],
    ['5 ', 1],
    ['5\n', 1],
    ['-', 1],
    ['nan', 1],
    ['inf', 1],
  ];
  for (const [stored, delta] of REFUSED) {
    it(`refuses ${JSON.stringify(stored)} + ${delta} and leaves the entry alone`, async () => {
      await redis.set('k', stored, 'PX', 60_000);
      await failureOf(() => backend.increment('k', delta, 5, text), 'ERR_CACHE_NOT_A_NUMBER');
      expect(await redis.get('k')).to.equal(stored);
      expect(await redis.pttl('k')).to.be.within(50_000, 60_000);
    });
  }

  it('refuses a key that holds something else', async () => {
    await redis.lpush('list', '5');
    await failureOf(() => backend.increment('list', 1, undefined, text), 'ERR_CACHE_NOT_A_NUMBER');
    expect(await redis.lrange('list', 0, -1)).to.deep.equal(['5']);
  });

  it('loses none of 1,000 concurrent increments', async () => {
    const other = redisBackend({ url: server.url }, context);
    const sums = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => (index % 2 ? backend : other).increment('k', 3, 60_000, text)),
    );
    expect(new Set(sums).size).to.equal(1_000);
    expect(await redis.get('k')).to.equal('3000');
    await other.close();
  });

  it('survives a server that forgot the scripts', async () => {
    await backend.increment('k', 1, undefined, text);
    await redis.script('FLUSH');
    expect(await backend.increment('k', 1, undefined, text)).to.equal(2);
    await redis.script('FLUSH');
    const sums = await Promise.all(Array.from({ length: 100 }, () => backend.increment('k', 1, undefined, text)));
    expect(Math.max(...sums)).to.equal(102);
    await redis.script('FLUSH');
    expect(await backend.expire('k', undefined, text)).to.equal(true);
  });
});
