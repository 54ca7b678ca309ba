import { expect } from 'chai';
import { Cluster } from 'ioredis';
import { createCache, withLock, type Cache } from 'cachewright';
import { backendConformance, cacheConformance } from 'cachewright/testing';
import { keySlot } from '#lib/backends/redis/key-slot.js';
import { redisBackend } from '#lib/backends/redis/redis.js';
import { context, text } from '../support/backend-calls.js';
import { caught } from '../support/caught.js';
import { eventually } from '../support/eventually.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { useRedisCluster } from '../support/redis-cluster.js';

describe('redis cluster', () => {
  const cluster = useRedisCluster();
  forbidUnhandledRejections();
  const makeCache = (): Cache =>
    createCache({ backend: 'redis', cluster: cluster.addresses.slice(0, 2), namespace: 'n', budget: '100ms' });

  backendConformance('backend', {
    create: (own) => redisBackend({ cluster: cluster.addresses }, own),
    exclusive: true,
  });

  cacheConformance('cache', {
    create: (overrides) => createCache({ backend: 'redis', cluster: cluster.addresses, ...overrides }),
  });

  it('finds the slot of a key as the server does', async () => {
    const redis = cluster.nodes[0]!.client();
    for (const key of ['a', 'foo', '{user}:1', 'a{b}c{d}', '{}x', 'a{', '}{', 'grüße {ä}', '{a}}', '%lock:{n:k}', '']) {
      expect(keySlot(key), key).to.equal(await redis.cluster('KEYSLOT', key));
    }
  });

  it('spreads what it holds over all masters, and clears all of them', async () => {
    const cache = makeCache();
    const keys = Array.from({ length: 500 }, (_, index) => `key-${index}`);
    await cache.multiSet(
      keys.map((key) => [key, key] as const),
      { ttl: '1m' },
    );
    const sizes = await Promise.all(cluster.masters.map((node) => node.client().dbsize()));
    for (const size of sizes) expect(size).to.be.greaterThan(100);
    expect(await cache.multiGet(keys)).to.deep.equal(keys);
    expect(await Promise.all(keys.map((key) => cache.get(key)))).to.deep.equal(keys);
    expect(await cache.multiDelete(keys.slice(0, 100))).to.equal(100);
    await cache.clear();
    expect(await Promise.all(cluster.masters.map((node) => node.client().dbsize()))).to.deep.equal([0, 0, 0]);
    await cache.close();
  });

  it('takes a Cluster of the user, and leaves it open', async () => {
    const client = new Cluster(cluster.addresses);
    client.on('error', () => undefined);
    const cache = createCache({ backend: 'redis', client, namespace: 'given' });
    await cache.multiSet({ a: 1, b: 2, c: 3 });
    expect(await cache.multiGet(['a', 'b', 'c'])).to.deep.equal([1, 2, 3]);
    expect(await withLock(cache, 'k', { lease: '1s' }, async ({ token }) => typeof token)).to.equal('number');
    await cache.close();
    expect(await client.ping()).to.equal('PONG');
    client.disconnect();
  });

  it('reaches nodes where natMap says they are', async () => {
    const proxies = await Promise.all(cluster.nodes.map(({ port }) => FaultProxy.start(() => port)));
    const natMap = Object.fromEntries(
      cluster.nodes.map(({ port }, index) => [`127.0.0.1:${port}`, `127.0.0.1:${proxies[index]!.port}`]),
    );
    const cache = createCache({
      backend: 'redis',
      // As in a map for the whole of it: the first node, by a name that leads nowhere from here.
      cluster: ['inside.invalid:6379'],
      natMap: { ...natMap, 'inside.invalid:6379': `127.0.0.1:${proxies[0]!.port}` },
      namespace: 'n',
      timeout: '300ms',
    });
    const keys = Array.from({ length: 30 }, (_, index) => `key-${index}`);
    await cache.multiSet(keys.map((key) => [key, key] as const));
    expect(await cache.multiGet(keys)).to.deep.equal(keys);
    await cache.clear();
    expect(await cache.multiGet(keys)).to.deep.equal(keys.map(() => undefined));
    for (const proxy of proxies) proxy.fault = { kind: 'hang' };
    // Nobody is asked elsewhere.
    const answers = await Promise.allSettled(keys.map((key) => cache.get(key)));
    expect(answers.map(({ status }) => status)).to.not.include('fulfilled');
    for (const proxy of proxies) proxy.heal();
    await cache.close();
    await Promise.all(proxies.map((proxy) => proxy.stop()));
  });

  it('wakes those who wait for a lock, whichever node they listen on', async () => {
    const caches = [makeCache(), makeCache()] as const;
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const order: string[] = [];
    const first = withLock(caches[0], 'k', { lease: '30s' }, async () => {
      order.push('first');
      await held;
    });
    await eventually(() => expect(order).to.deep.equal(['first']));
    const second = withLock(caches[1], 'k', { lease: '30s' }, () => void order.push('second'));
    setTimeout(release, 100);
    await Promise.all([first, second]);
    expect(order).to.deep.equal(['first', 'second']);
    for (const cache of caches) await cache.close();
  });

  it('follows slots that move, also half-way', async () => {
    const cache = makeCache();
    const backend = redisBackend({ cluster: cluster.addresses }, context);
    const keys = Array.from({ length: 30 }, (_, index) => `{moving}:${index}`);
    await backend.multiSet(
      keys.map((key) => [key, key] as const),
      undefined,
      text,
    );
    const slot = keySlot('{moving}');
    const masters = cluster.masters.map((node) => node.client());
    const ids = await Promise.all(masters.map((master) => master.cluster('MYID')));
    const held = await Promise.all(masters.map((master) => master.dbsize()));
    const from = held.indexOf(Math.max(...held));
    const to = (from + 1) % 3;
    await masters[to]!.cluster('SETSLOT', slot, 'IMPORTING', ids[from]!);
    await masters[from]!.cluster('SETSLOT', slot, 'MIGRATING', ids[to]!);
    const half = await masters[from]!.cluster('GETKEYSINSLOT', slot, 15);
    const port = cluster.masters[to]!.port;
    await masters[from]!.call('migrate', '127.0.0.1', port, '', 0, 5_000, 'KEYS', ...half);
    // ASK for those that have gone, nothing special for the others; many at once are in both places.
    expect(await Promise.all(keys.map((key) => backend.get(key, text)))).to.deep.equal(keys);
    expect(await backend.multiGet(keys, text)).to.deep.equal(keys);
    await backend.multiSet(
      keys.map((key) => [key, 'new'] as const),
      60_000,
      text,
    );
    const rest = await masters[from]!.cluster('GETKEYSINSLOT', slot, 30);
    if (rest.length > 0) await masters[from]!.call('migrate', '127.0.0.1', port, '', 0, 5_000, 'KEYS', ...rest);
    for (const master of masters) await master.cluster('SETSLOT', slot, 'NODE', ids[to]!);
    expect(new Set(await backend.multiGet(keys, text))).to.deep.equal(new Set(['new']));
    expect(await backend.delete(keys, text)).to.equal(30);
    await backend.close();
    await cache.close();
  });

  it('serves callers while a master dies and its replica takes over', async function () {
    this.timeout(30_000);
    const cache = makeCache();
    const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`);
    await cache.multiSet(keys.map((key) => [key, key] as const));
    await cluster.masters[1]!.client().wait(1, 1_000);
    const cpu = process.cpuUsage();
    await cluster.masters[1]!.kill();
    const startedAt = performance.now();
    const answers: unknown[] = [];
    await eventually(async () => {
      answers.push(...(await Promise.all(keys.map((key) => cache.getOrSet(key, () => key)))));
      const alive = await Promise.allSettled(keys.map((key) => cache.set(key, key)));
      if (alive.some(({ status }) => status === 'rejected')) throw new Error('not all of it is back');
    }, 20_000);
    expect(answers).to.have.length.greaterThan(0);
    for (const [index, answer] of answers.entries()) expect(answer).to.equal(keys[index % keys.length]);
    const { user, system } = process.cpuUsage(cpu);
    expect((user + system) / 1_000).to.be.lessThan((performance.now() - startedAt) * 0.9);
    expect(await cache.increment('counter', 2)).to.equal(2);
    await cache.close();
  });

  it('does not say that it cleared what a dead master held, and its replica will hold', async function () {
    this.timeout(60_000);
    const cache = makeCache();
    const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`);
    await cache.multiSet(keys.map((key) => [key, key] as const));
    await cluster.masters[2]!.client().wait(1, 1_000);
    await cluster.masters[2]!.kill();
    const { message } = (await caught(cache.clear())) as Error;
    expect(message).to.match(/cannot be reached|connection to redis/);
    await eventually(() => cache.clear(), 20_000);
    await eventually(async () => {
      expect(await cache.multiGet(keys)).to.deep.equal(keys.map(() => undefined));
    }, 10_000);
    await cache.close();
  });
});
