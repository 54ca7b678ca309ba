import { expect } from 'chai';
import type { Redis } from 'ioredis';
import type { Backend } from '#lib/contracts/backend.js';
import { redisBackend } from '#lib/backends/redis/redis.js';
import { context, text } from '../support/backend-calls.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { useRedis } from '../support/redis-server.js';

/** Prefixes that a careless pattern would misread, each with neighbours that it would hit. */
const PREFIXES: [prefix: string, neighbours: string[]][] = [
  ['t*', ['t', 'tenant:secret', 't:1', 'ta*']],
  ['t*:', ['tenant:secret', 't:1', 'tx:']],
  ['c[ab]', ['ca', 'cb', 'ca1', 'c[', 'c[a', 'cab']],
  ['c[^a]', ['cb', 'cbx', 'c^']],
  ['c[a-z]', ['cb', 'cm1']],
  ['a?', ['ab', 'abc', 'a', 'a/']],
  ['\\', ['*', '\\'.slice(1), 'x\\']],
  ['\\*', ['\\', '\\x', '*', '*x']],
  ['a\\?b', ['a?b', 'axb', 'a\\xb']],
  ['größe:', ['grosse:1', 'gr', 'größ', 'größe']],
  ['日本', ['日', '日木', '本']],
  ['😀', ['😁1', '\ud83d'.toWellFormed()]],
  ['100%', ['100', '100x', '100%25'.slice(0, 3)]],
  ['a%3Ab:', ['a:b:', 'a%3A', 'a%3Ac:1']],
  ['ns:', ['ns', 'ns2:1', 'NS:1', 'xns:1']],
  [' ', ['', 'x ']],
  ['new\nline', ['new', 'new line', 'newline']],
];

describe('redis backend: clear', () => {
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

  for (const [prefix, neighbours] of PREFIXES) {
    it(`deletes what begins with ${JSON.stringify(prefix)} and nothing else`, async () => {
      const strangers = neighbours.filter((key) => !key.startsWith(prefix));
      for (const key of [prefix, `${prefix}1`, `${prefix}*`, `${prefix}日本`, ...strangers]) await redis.set(key, 'v');
      await backend.clear(prefix, text);
      expect((await redis.keys('*')).sort()).to.deep.equal([...new Set(strangers)].sort());
    });
  }

  it("leaves other programs' keys alone that are no text", async () => {
    const foreign = Buffer.from([0x6e, 0x73, 0xff, 0x3a]);
    await redis.set(foreign, 'v');
    await redis.set('ns\ufffd:1', 'v');
    await backend.clear('ns\ufffd', text);
    expect(await redis.keysBuffer('*')).to.deep.equal([foreign]);
    const inside = Buffer.concat([Buffer.from('mine:'), Buffer.from([0xff, 0xfe])]);
    await redis.set(inside, 'v');
    await backend.clear('mine:', text);
    expect(await redis.exists(inside)).to.equal(0);
  });

  it('clears 10,000 keys among as many others', async () => {
    const mine = Array.from({ length: 10_000 }, (_, index) => [`mine:${index}`, 'v'] as const);
    const theirs = Array.from({ length: 10_000 }, (_, index) => [`mine${index}`, 'v'] as const);
    await backend.multiSet([...mine, ...theirs], undefined, text);
    await redis.lpush('mine:list', 'x');
    await backend.clear('mine:', text);
    expect(await redis.dbsize()).to.equal(10_000);
    expect(await redis.exists('mine0', 'mine9999')).to.equal(2);
  });

  it('empties its own database for an empty prefix, not the others', async () => {
    await redis.set('k', 'v');
    const other = redisBackend({ url: `${server.url}/3` }, context);
    await other.set('k', 'v', undefined, text);
    await backend.clear('', text);
    expect(await redis.dbsize()).to.equal(0);
    expect(await other.get('k', text)).to.equal('v');
    await other.close();
  });

  it('has nothing to do where nothing is', async () => {
    await backend.clear('none:', text);
    expect(await redis.dbsize()).to.equal(0);
  });
});
