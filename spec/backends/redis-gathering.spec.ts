import { expect } from 'chai';
import sinon from 'sinon';
import { createCache, type Cache } from 'cachewright';
import { redisBackend } from '#lib/backends/redis/redis.js';
import type { Backend } from '#lib/contracts/backend.js';
import { caught } from '../support/caught.js';
import { bytes, context, failureOf, text } from '../support/backend-calls.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { useRedis } from '../support/redis-server.js';

describe('gets of one turn', () => {
  const server = useRedis({
    acl: ['user default on nopass ~* &* +@all', 'user plain on >pw ~* +@all -mget -evalsha -eval'],
  });
  forbidUnhandledRejections();
  let backend: Backend;

  before(async () => {
    backend = redisBackend({ url: server.url }, context);
    await backend.connect!();
  });
  after(() => backend.close());
  beforeEach(async () => {
    const redis = server.client();
    await redis.flushall();
    await redis.mset('a', '1', 'b', '2', 'c', '3');
    await redis.config('RESETSTAT');
  });

  /** How often the server ran a command since the spec began. */
  async function calls(command: string): Promise<number> {
    const stats = await server.client().info('commandstats');
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  }

  it('travel as one MGET, and a lone one as a GET', async () => {
    const found = await Promise.all(['a', 'missing', 'b', 'a'].map((key) => backend.get(key, text)));
    expect(found).to.deep.equal(['1', undefined, '2', '1']);
    expect([await calls('mget'), await calls('get')]).to.deep.equal([1, 0]);
    expect(await backend.get('c', text)).to.equal('3');
    expect([await calls('mget'), await calls('get')]).to.deep.equal([1, 1]);
  });

  it('are gathered across the microtasks of a turn', async () => {
    const later = async (turns: number): Promise<unknown> => {
      for (let turn = 0; turn < turns; turn++) await undefined;
      return backend.get('a', text);
    };
    expect(await Promise.all([later(0), later(3), later(10)])).to.deep.equal(['1', '1', '1']);
    expect([await calls('mget'), await calls('get')]).to.deep.equal([1, 0]);
  });

  it('answer each as it asked: text, or bytes', async () => {
    const [asText, asBytes, more] = await Promise.all([
      backend.get('a', text),
      backend.get('b', bytes),
      backend.get('c', bytes),
    ]);
    expect(asText).to.equal('1');
    expect(asBytes).to.deep.equal(Buffer.from('2'));
    expect(more).to.deep.equal(Buffer.from('3'));
  });

  it('take what is no string of ours for a miss', async () => {
    await server.client().lpush('list', 'x');
    expect(await Promise.all([backend.get('list', text), backend.get('a', text)])).to.deep.equal([undefined, '1']);
  });

  it('go in several commands where an idle server would otherwise wait for us, and in thousands', async () => {
    const keys = Array.from({ length: 2_500 }, (_, index) => `key:${index}`);
    await backend.multiSet(
      keys.map((key) => [key, key]),
      undefined,
      text,
    );
    expect(await Promise.all(keys.slice(0, 40).map((key) => backend.get(key, text)))).to.deep.equal(keys.slice(0, 40));
    expect(await calls('mget')).to.equal(4);
    expect(await Promise.all(keys.map((key) => backend.get(key, text)))).to.deep.equal(keys);
  });

  it('are not overtaken by what is asked for after them', async () => {
    const before = Promise.all([backend.get('a', text), backend.get('b', text)]);
    const changed = backend.set('a', 'new', undefined, text);
    const after = backend.get('a', text);
    expect(await before).to.deep.equal(['1', '2']);
    await changed;
    expect(await after).to.equal('new');
  });

  it('go one by one where the server forbids MGET', async () => {
    const url = server.url.replace('redis://', 'redis://plain:pw@');
    const restricted = redisBackend({ url }, context);
    try {
      for (let round = 0; round < 2; round++) {
        expect(await Promise.all(['a', 'b', 'x'].map((key) => restricted.get(key, text)))).to.deep.equal([
          '1',
          '2',
          undefined,
        ]);
      }
      expect(await calls('get')).to.equal(6);
      await restricted.multiSet(
        [
          ['x', '8'],
          ['y', '9'],
        ],
        60_000,
        text,
      );
      expect(await server.client().mget('x', 'y')).to.deep.equal(['8', '9']);
      expect(await server.client().pttl('y')).to.be.within(1, 60_000);
      expect(await restricted.expireUnless!('y', 600_000, '8', text)).to.equal(true);
      expect(await restricted.expireUnless!('y', 1, '9', text)).to.equal(undefined);
      expect(await restricted.expireUnless!('missing', 1, '9', text)).to.equal(false);
      expect(await server.client().pttl('y')).to.be.within(60_001, 600_000);
    } finally {
      await restricted.close();
    }
  });

  it('go together, and by scripts, a minute after that was allowed', async () => {
    const admin = server.client();
    const clock = sinon.useFakeTimers({ toFake: ['performance'] });
    const user = redisBackend({ url: server.url.replace('redis://', 'redis://plain:pw@') }, context);
    const pair = () => Promise.all(['a', 'b'].map((key) => user.get(key, text)));
    const entries = [['a', '1'] as const, ['b', '2'] as const];
    try {
      await pair();
      await user.multiSet(entries, 60_000, text);
      await admin.call('ACL', 'SETUSER', 'plain', '+mget', '+evalsha', '+eval');
      await admin.config('RESETSTAT');
      clock.tick(59_000);
      await pair();
      await user.multiSet(entries, 60_000, text);
      expect([await calls('mget'), await calls('evalsha')]).to.deep.equal([0, 0]);
      clock.tick(2_000);
      await pair();
      await user.multiSet(entries, 60_000, text);
      expect([await calls('mget'), await calls('evalsha')]).to.deep.equal([1, 1]);
    } finally {
      clock.restore();
      await admin.call('ACL', 'SETUSER', 'plain', '-mget', '-evalsha', '-eval');
      await user.close();
    }
  });

  it('fail each for itself when the connection breaks under them', async () => {
    const proxy = await FaultProxy.start(() => server.port);
    const broken = redisBackend({ url: proxy.url }, context);
    await broken.connect!();
    proxy.fault = { kind: 'rst' };
    const errors = await Promise.all(
      ['a', 'b', 'c'].map((key) => failureOf(() => broken.get(key, text), 'ERR_CACHE_BACKEND')),
    );
    expect(new Set(errors).size).to.equal(3);
    await broken.close();
    await proxy.stop();
  });

  it('keep their own timeouts and signals', async () => {
    const cache: Cache = createCache({ backend: 'redis', url: server.url, namespace: 'n', breaker: false });
    await cache.multiSet({ a: 1, b: 2, c: 3 });
    server.freeze();
    // The signal takes its time.
    await new Promise((resolve) => setTimeout(resolve, 20));
    const leaves = new AbortController();
    const hasty = failureOf(() => cache.get('a', { timeout: 20 }), 'ERR_CACHE_COMMAND_TIMEOUT');
    const aborted = caught(cache.get('b', { signal: leaves.signal }));
    const patient = cache.get('c');
    await hasty;
    leaves.abort('gone');
    expect(await aborted).to.equal('gone');
    server.thaw();
    expect(await patient).to.equal(3);
    await cache.close();
  });
});
