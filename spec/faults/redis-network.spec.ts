import { expect } from 'chai';
import type { Redis } from 'ioredis';
import sinon from 'sinon';
import type { Backend } from '#lib/contracts/backend.js';
import { redisBackend } from '#lib/backends/redis/redis.js';
import { isCacheError } from '#lib/errors.js';
import { context, failureOf, text } from '../support/backend-calls.js';
import { eventually } from '../support/eventually.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { useRedis } from '../support/redis-server.js';

const UNAVAILABLE = 'ERR_CACHE_BACKEND_UNAVAILABLE';

describe('redis backend: network faults', () => {
  const server = useRedis();
  forbidUnhandledRejections();
  let redis: Redis;
  let proxy: FaultProxy;
  let backend: Backend;
  const healed = (): Promise<unknown> => eventually(() => backend.get('k', text));

  before(() => {
    redis = server.client();
  });
  beforeEach(async () => {
    await redis.flushall();
    await redis.set('k', 'v');
    proxy = await FaultProxy.start(() => server.port);
    backend = redisBackend({ url: proxy.url, connectTimeout: 200 }, context);
  });
  afterEach(async () => {
    sinon.restore();
    await backend.close();
    await proxy.stop();
  });

  for (const kind of ['rst', 'fin'] as const) {
    it(`settles what was on its way when the connection ends by ${kind}, and heals`, async () => {
      await backend.connect!();
      proxy.fault = { kind };
      const outcomes = await Promise.allSettled([
        backend.get('k', text),
        backend.set('k', 'w', 1_000, text),
        backend.multiGet(['k'], text),
      ]);
      for (const outcome of outcomes) {
        expect(outcome.status).to.equal('rejected');
        expect(isCacheError((outcome as PromiseRejectedResult).reason, 'ERR_CACHE_BACKEND')).to.equal(true);
      }
      proxy.heal();
      expect(await healed()).to.equal('v');
    });
  }

  it('sends nothing twice when an answer is lost', async () => {
    await backend.increment('n', 0, undefined, text);
    let acknowledged = 0;
    for (let round = 0; round < 20; round++) {
      await eventually(() => backend.connect!());
      if (round % 2 === 0) proxy.fault = { kind: 'drop-reply-once' };
      try {
        await backend.increment('n', 1, undefined, text);
        acknowledged += 1;
      } catch (error) {
        expect(error).to.be.an('error').with.property('message').that.contains('may have happened');
      }
    }
    const stored = Number(await redis.get('n'));
    expect(acknowledged).to.equal(10);
    expect(stored).to.equal(20);
  });

  it('never answers with the wrong value when replies are cut anywhere', async () => {
    const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
    await redis.mset(...keys.flatMap((key) => [key, `value of ${key}`]));
    let right = 0;
    for (let cut = 1; cut <= 25; cut += 1) {
      proxy.heal();
      await eventually(() => backend.connect!());
      proxy.fault = { kind: 'cut-after', bytes: cut * 15 };
      const outcomes = await Promise.allSettled(keys.map((key) => backend.get(key, text)));
      outcomes.forEach((outcome, index) => {
        if (outcome.status === 'fulfilled') expect(outcome.value).to.equal(`value of key-${index}`);
        right += outcome.status === 'fulfilled' ? 1 : 0;
      });
    }
    expect(right).to.be.within(1, 25 * keys.length - 1);
  });

  it('gives up on a server that accepts and never answers, within connectTimeout', async () => {
    proxy.fault = { kind: 'blackhole-after-connect' };
    const started = performance.now();
    const error = await failureOf(() => backend.get('k', text), UNAVAILABLE);
    expect(error.message).to.contain('ETIMEDOUT');
    expect(performance.now() - started).to.be.within(190, 1_000);
    await failureOf(() => backend.get('k', text), UNAVAILABLE);
    await eventually(() => expect(proxy.accepted).to.be.at.least(2));
    proxy.heal();
    expect(await healed()).to.equal('v');
  });

  it('does not keep a half-open connection', async () => {
    const clock = sinon.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    await backend.connect!();
    proxy.fault = { kind: 'half-open' };
    const lost = failureOf(() => backend.get('k', text), 'ERR_CACHE_BACKEND');
    // Gets go out at the end of the turn.
    await new Promise(setImmediate);
    clock.tick(10_000);
    await lost;
    proxy.heal();
    expect(await healed()).to.equal('v');
  });

  it('keeps a slow connection that answers', async () => {
    const clock = sinon.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    await backend.connect!();
    proxy.fault = { kind: 'delay', ms: 30 };
    for (let round = 0; round < 4; round++) {
      const answers = [backend.get('k', text), backend.get('k', text)];
      clock.tick(5_000);
      expect(await Promise.all(answers)).to.deep.equal(['v', 'v']);
    }
    proxy.fault = { kind: 'drip', bytes: 1, everyMs: 2 };
    expect(await backend.multiGet(['k', 'k'], text)).to.deep.equal(['v', 'v']);
    expect(proxy.accepted).to.equal(1);
  });

  it('does not take a long clear for silence', async () => {
    const clock = sinon.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const keys = Array.from({ length: 10_000 }, (_, index) => [`many:${index}`, 'v']);
    await redis.mset(...keys.flat());
    await backend.connect!();
    proxy.fault = { kind: 'delay', ms: 15 };
    let cleared = false;
    const clearing = Promise.resolve(backend.clear('many:', text)).then(() => (cleared = true));
    let periods = 0;
    while (!cleared) {
      // Some pages take this long: each period sees answers, but never the end of the command.
      await Promise.race([clearing, new Promise((resolve) => setTimeout(resolve, 100))]);
      clock.tick(5_000);
      periods += 1;
    }
    expect(periods).to.be.above(2);
    expect(await redis.dbsize()).to.equal(1);
  });

  it('does not dial ever faster when each connection dies young', async () => {
    const until = performance.now() + 1_500;
    while (performance.now() < until) {
      await Promise.resolve(backend.get('k', text)).then(
        () => proxy.cutAll(),
        () => undefined,
      );
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    // Waits of 50 ms at least and 50 ms at most would be about 25 connections.
    expect(proxy.accepted).to.be.within(3, 14);
  });

  it('heals when every connection is reset', async () => {
    await backend.connect!();
    proxy.cutAll();
    expect(await healed()).to.equal('v');
  });
});
