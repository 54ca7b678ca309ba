import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { expect } from 'chai';
import type { Redis } from 'ioredis';
import { redisBus } from '#lib/bus/redis-bus.js';
import type { RedisBusOptions } from '#lib/bus/redis-bus-options.js';
import type { Bus } from '#lib/contracts/bus.js';
import { caught } from '../support/caught.js';
import { eventually } from '../support/eventually.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { freePort } from '../support/free-port.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { RedisServer, useRedis } from '../support/redis-server.js';
import { keys, listener, Recorder } from './recorder.js';

const CHANNEL = 'cachewright:v1';
const nobody = new Recorder();

describe('redis bus', () => {
  const server = useRedis();
  forbidUnhandledRejections();
  const opened: Bus[] = [];
  let redis: Redis;

  before(() => void (redis = server.client()));
  afterEach(() => Promise.all(opened.splice(0).map((bus) => bus.close())));
  const open = (options: RedisBusOptions = { url: server.url }): Bus => {
    const bus = redisBus(options);
    opened.push(bus);
    return bus;
  };

  /** What is published on a channel, as seen by another program. */
  async function overheard(channel: string): Promise<string[]> {
    const seen: string[] = [];
    const spy = server.client();
    spy.on('message', (_channel, text) => void seen.push(text));
    await spy.subscribe(channel);
    return seen;
  }

  describe('what travels', () => {
    it('is one parcel for what is published in one turn', async () => {
      const seen = await overheard(CHANNEL);
      const bus = open();
      await Promise.all([
        bus.publish(keys('a', 'b'), nobody),
        bus.publish({ kind: 'tags', prefix: 'p:', tags: ['t'] }, nobody),
        bus.publish(keys('c'), nobody),
      ]);
      await eventually(() => expect(seen).to.have.length(1));
      expect(JSON.parse(seen[0]!)).to.deep.include.members([
        ['k', 'c', 'b', 'a'],
        ['t', 'p:', 't'],
      ]);
    });

    it('goes to the channel that was named, and to no other', async () => {
      const seen = await overheard('shop:v1');
      const heard = await listener(open());
      const bus = open({ url: server.url, channel: 'shop' });
      const inShop = await listener(open({ url: server.url, channel: 'shop' }));
      await bus.publish(keys('k'), nobody);
      await inShop.until('k', () => inShop.keys.includes('k'));
      expect(seen).to.have.length(1);
      expect(heard.messages).to.deep.equal([]);
    });

    it('is ignored and counted when it is garbage, too large or of another version', async () => {
      const bus = open();
      const heard = await listener(bus);
      const bad = ['', '{', '[2,"x",["p",""]]', '[1,"x",["k",7]]', `[1,"x",["k","${'x'.repeat(2_000_000)}"]]`];
      for (const text of bad) await redis.publish(CHANNEL, text);
      await redis.publish(CHANNEL, Buffer.from([0, 255, 254]));
      await redis.publish(CHANNEL, '[1,"x",["k","good"]]');
      await heard.until('the good one', () => heard.messages.length > 0);
      expect(heard.messages).to.deep.equal([keys('good')]);
      expect(bus.ignored).to.equal(bad.length + 1);
      expect(bus.listening).to.equal(true);
    });
  });

  describe('when connections are lost', () => {
    it('is deaf, then listening, in order, and misses nothing that is published while listening', async function () {
      this.timeout(20_000);
      const bus = open();
      const heard = await listener(bus);
      const publisher = open();
      const sent: string[] = [];
      for (let number = 0; number < 60; number++) {
        if (number % 20 === 10) {
          await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
          await heard.until('deaf', () => heard.count('deaf') === Math.ceil(number / 20));
          await heard.until('listening', () => bus.listening);
        }
        sent.push(`k${number}`);
        await publisher.publish(keys(`k${number}`), nobody);
        await sleep(2);
      }
      await heard.until('the last', () => heard.keys.includes('k59'));
      expect(heard.keys).to.deep.equal(sent);
      expect(heard.events.filter((event) => typeof event === 'string')).to.deep.equal([
        'listening',
        'deaf',
        'listening',
        'deaf',
        'listening',
        'deaf',
        'listening',
      ]);
    });

    it('keeps what it cannot send, at once, and sends it newest first', async () => {
      const seen = await overheard(CHANNEL);
      const proxy = await FaultProxy.start(() => server.port);
      try {
        const bus = open({ url: proxy.url, connectTimeout: '100ms' });
        await bus.connect!();
        proxy.fault = { kind: 'blackhole-after-connect' };
        proxy.cutAll();
        await eventually(async () => {
          await bus.publish(keys('first'), nobody);
          expect(bus.pending).to.equal(1);
        });
        seen.length = 0;
        // If each waited for the server, this would take minutes.
        for (let number = 0; number < 500; number++) await bus.publish(keys(`k${number}`), nobody);
        await bus.publish(keys('k0'), nobody);
        expect(bus.pending).to.equal(501);
        proxy.heal();
        await eventually(() => expect(bus.pending).to.equal(0));
        await eventually(() => expect(seen).to.have.length(1));
        const [, , ...items] = JSON.parse(seen[0]!) as unknown[];
        const order = Array.from({ length: 499 }, (_, index) => `k${499 - index}`);
        expect(items).to.deep.equal([['k', 'k0', ...order, 'first']]);
      } finally {
        await proxy.stop();
      }
    });

    it('says "everything" instead of keeping without bounds', async () => {
      const lost = new RedisServer();
      await lost.start();
      try {
        const bus = open({ url: lost.url });
        await bus.connect!();
        await lost.kill();
        await eventually(async () => {
          await bus.publish(keys('k'), nobody);
          expect(bus.pending).to.be.above(0);
        });
        const many = Array.from({ length: 10_001 }, (_, index) => `k${index}`);
        await bus.publish(keys(...many), nobody);
        expect(bus.pending).to.equal(1);
        await lost.start();
        await eventually(() => expect(bus.pending).to.equal(0));
      } finally {
        await lost.dispose();
      }
    });

    it('is back after the server was killed and started again', async () => {
      const lost = new RedisServer();
      await lost.start();
      try {
        const bus = open({ url: lost.url });
        const heard = await listener(bus);
        const publisher = open({ url: lost.url });
        await publisher.connect!();
        await lost.kill();
        await heard.until('deaf', () => heard.count('deaf') === 1);
        expect(bus.listening).to.equal(false);
        await publisher.publish(keys('meanwhile'), nobody);
        await lost.start();
        await heard.until('listening', () => heard.count('listening') === 2);
        await eventually(() => expect(publisher.pending).to.equal(0));
        await publisher.publish(keys('after'), nobody);
        await heard.until('after', () => heard.keys.includes('after'));
      } finally {
        await lost.dispose();
      }
    });

    it('never makes a caller wait when the server was never there', async () => {
      const bus = open({ url: `redis://127.0.0.1:${await freePort()}` });
      await bus.publish(keys('k'), nobody);
      expect(bus.pending).to.equal(1);
      expect(bus.listening).to.equal(false);
      const error = await caught(bus.connect!());
      expect(error).to.have.property('code', 'ERR_CACHE_BACKEND_UNAVAILABLE');
      expect(error).to.have.property('message').that.contains('ECONNREFUSED');
    });
  });

  describe('when the server is frozen', () => {
    it('knows it, holds nobody up, and says it all when it is thawed', async function () {
      this.timeout(20_000);
      const frozen = new RedisServer();
      await frozen.start();
      try {
        const bus = open({ url: frozen.url });
        const heard = await listener(bus);
        const publisher = open({ url: frozen.url });
        await publisher.connect!();
        frozen.freeze();
        // Answered although the server is still frozen.
        await publisher.publish(keys('held'), nobody);
        await heard.until('deaf', () => heard.count('deaf') === 1, 8_000);
        frozen.thaw();
        await heard.until('listening', () => heard.count('listening') === 2);
        await publisher.publish(keys('after'), nobody);
        await heard.until('after', () => heard.keys.includes('after'));
      } finally {
        await frozen.dispose();
      }
    });
  });

  describe('secrets', () => {
    const guarded = useRedis({ password: 's3cr3t-of-the-spec' });

    it('are in no error and no view of a bus', async () => {
      const right = open({ url: guarded.url, password: 's3cr3t-of-the-spec' });
      const wrong = open({ url: guarded.url, password: 'wr0ng-of-the-spec' });
      await right.connect!();
      const error = await caught(wrong.connect!());
      expect(error).to.have.property('message').that.contains('check username and password');
      expect(inspect([error, right, wrong], { depth: 20, showHidden: true })).not.to.match(/s3cr3t|wr0ng/);
    });
  });
});
