import { expect } from 'chai';
import type { Redis } from 'ioredis';
import { redisBus } from '#lib/bus/redis-bus.js';
import type { Bus } from '#lib/contracts/bus.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { useRedis } from '../support/redis-server.js';
import { keys, listener, type Recorder } from './recorder.js';

describe('redis bus with tracking', () => {
  const server = useRedis();
  forbidUnhandledRejections();
  let redis: Redis;
  let bus: Bus;
  let heard: Recorder;

  beforeEach(async () => {
    redis = server.client();
    bus = redisBus({ url: server.url, tracking: true }, { cache: 'specs', prefix: 'shop:' });
    heard = await listener(bus);
  });
  afterEach(() => bus.close());

  it('hears what any program writes under the prefix', async () => {
    await redis.set('shop:a,b', '1');
    await redis.set('other:k', '1');
    await redis.del('shop:a,b');
    await redis.mset('shop:x', '1', 'shop:größe', '2');
    await heard.until('four keys', () => heard.keys.length === 4);
    expect(heard.keys.slice(0, 2)).to.deep.equal(['shop:a,b', 'shop:a,b']);
    expect(heard.keys.slice(2)).to.have.members(['shop:x', 'shop:größe']);
  });

  it('hears what expires', async () => {
    await redis.set('shop:brief', '1', 'PX', 10);
    await heard.until('expiry', () => heard.keys.length === 2);
  });

  it('hears that everything was flushed', async () => {
    await redis.flushall();
    await heard.until('flush', () => heard.messages.length === 1);
    expect(heard.messages).to.deep.equal([{ kind: 'prefix', prefix: '' }]);
  });

  it('hears messages of other caches, too', async () => {
    const other = redisBus({ url: server.url });
    const from = await listener(other);
    await other.publish({ kind: 'tags', prefix: 'shop:', tags: ['t'] }, from);
    await heard.until('tags', () => heard.messages.length === 1);
    expect(heard.messages).to.deep.equal([{ kind: 'tags', prefix: 'shop:', tags: ['t'] }]);
    await other.close();
  });

  it('does not take text on the channel of the server for an invalidation', async () => {
    await redis.publish('__redis__:invalidate', 'shop:k');
    await redis.set('shop:real', '1');
    await heard.until('the real one', () => heard.messages.length > 0);
    expect(heard.messages).to.deep.equal([keys('shop:real')]);
    expect(bus.ignored).to.equal(1);
  });

  it('tracks again after its connection was lost', async () => {
    await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await heard.until('listening again', () => heard.count('listening') === 2);
    await redis.set('shop:k', '1');
    await heard.until('k', () => heard.keys.includes('shop:k'));
    expect(heard.events.slice(0, 3)).to.deep.equal(['listening', 'deaf', 'listening']);
  });

  it('follows all keys where there is no prefix', async () => {
    const all = redisBus({ url: server.url, tracking: true });
    const recorder = await listener(all);
    await redis.set('anything', '1');
    await recorder.until('it', () => recorder.keys.includes('anything'));
    await all.close();
    expect(heard.keys).to.deep.equal([]);
  });
});
