import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { createCache, withLock } from 'cachewright';
import ioredis from 'ioredis';

// The package through the ioredis of this folder, against a real server that dies and comes back.
const port = await freePort();
const url = `redis://127.0.0.1:${port}`;
let server = await start();
const client = new ioredis.Redis(port, '127.0.0.1', { lazyConnect: true });
client.on('error', () => undefined); // it is ours, so are its errors
const caches = {
  own: createCache({ backend: 'redis', url, namespace: 'own', timeout: '1s' }),
  given: createCache({ backend: 'redis', client, namespace: 'given' }),
  bytes: createCache({ backend: 'redis', url, namespace: 'bytes', serializer: 'v8' }),
  tiers: createCache({
    tiers: [
      { backend: 'memory', ttl: '30s' },
      { backend: 'redis', url },
    ],
    namespace: 'tiers',
    bus: { backend: 'redis', url },
  }),
};

await assertAllWork();
server.kill('SIGKILL');
await once(server, 'exit');
for (const cache of Object.values(caches)) {
  assert.equal(await cache.getOrSet('while it is away', () => 1, { ttl: '1m' }), 1);
}
await assert.rejects(caches.own.get('a'), { code: 'ERR_CACHE_BACKEND_UNAVAILABLE' });
server = await start();
for (const cache of Object.values(caches)) await cameBack(cache);
await assertAllWork();

await Promise.all(Object.values(caches).map((cache) => cache.close()));
client.disconnect();
server.kill('SIGKILL');

async function assertAllWork() {
  for (const [name, cache] of Object.entries(caches)) {
    await cache.set('a', { n: [1] }, { ttl: '1m' });
    assert.deepEqual(await cache.get('a'), { n: [1] }, name);
    await cache.multiSet(
      [
        ['b', 2],
        ['c', 3],
      ],
      { ttl: '1m' },
    );
    assert.deepEqual(await cache.multiGet(['b', 'missing', 'c']), [2, undefined, 3], name);
    assert.deepEqual(await Promise.all(['b', 'c'].map((key) => cache.get(key))), [2, 3], name);
    assert.equal(await cache.add('a', 1), false, name);
    assert.equal(await cache.increment('n'), await cache.get('n'), name);
    assert.equal(await withLock(cache, 'job', { lease: '5s' }, async () => 'done'), 'done', name);
    assert.equal(await cache.getOrSet('tagged', () => 7, { ttl: '1m', tags: ['t'], lease: '1s' }), 7, name);
    await cache.invalidateTags(['t']);
    assert.equal(await cache.get('tagged'), undefined, name);
    await cache.clear();
    assert.equal(await cache.get('a'), undefined, name);
  }
}

async function start() {
  const started = spawn(
    process.env.REDIS_SERVER_BIN ?? 'redis-server',
    ['--port', `${port}`, '--bind', '127.0.0.1', '--save', ''],
    {
      stdio: 'ignore',
    },
  );
  while (!(await answers())) await new Promise((done) => setTimeout(done, 20));
  return started;
}

async function answers() {
  const socket = connect(port, '127.0.0.1');
  const [answer] = await Promise.allSettled([once(socket, 'connect')]);
  socket.destroy();
  return answer.status === 'fulfilled';
}

async function freePort() {
  const listening = createServer().listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address();
  listening.close();
  return port;
}

async function cameBack(cache) {
  while ((await cache.get('a').catch(() => 'not yet')) === 'not yet') await new Promise((done) => setTimeout(done, 20));
}
