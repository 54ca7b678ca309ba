import { inspect } from 'node:util';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import sinon from 'sinon';
import type { Backend } from '#lib/contracts/backend.js';
import type { RedisOptions } from '#lib/backends/redis/redis-options.js';
import { redisBackend } from '#lib/backends/redis/redis.js';
import { isCacheError } from '#lib/errors.js';
import { context, failureOf, text } from '../support/backend-calls.js';
import { eventually } from '../support/eventually.js';
import { forbidUnhandledRejections, printedDuring } from '../support/process-watch.js';
import { RedisServer } from '../support/redis-server.js';

const SECRET = 's3cr3t-of-the-spec';
const UNAVAILABLE = 'ERR_CACHE_BACKEND_UNAVAILABLE';

describe('redis backend: outages', () => {
  forbidUnhandledRejections();
  let server: RedisServer;
  let backend: Backend;
  const open = (options: RedisOptions = {}): Backend => redisBackend({ url: server.url, ...options }, context);
  const healed = (): Promise<unknown> => eventually(() => backend.get('k', text));

  beforeEach(async () => {
    server = new RedisServer();
    await server.start();
    backend = open();
  });
  afterEach(async () => {
    sinon.restore();
    await backend.close();
    await server.dispose();
  });

  it('starts without a server and heals when there is one', async () => {
    await server.stop();
    const first = await failureOf(() => backend.get('k', text), UNAVAILABLE);
    expect(first.message).to.contain('ECONNREFUSED').and.to.contain(`127.0.0.1:${server.port}`);
    await failureOf(() => backend.connect!(), UNAVAILABLE);
    await server.start();
    await healed();
    expect(await backend.add('k', 'v', undefined, text)).to.equal(true);
  });

  it('connects on demand without waiting for the next attempt', async () => {
    await server.stop();
    for (let attempt = 0; attempt < 5; attempt++) await failureOf(() => backend.connect!(), UNAVAILABLE);
    await server.start();
    await backend.connect!();
    expect(await backend.get('k', text)).to.equal(undefined);
  });

  it('shares one connection among the first commands', async () => {
    await Promise.all(Array.from({ length: 100 }, (_, index) => backend.set(`k${index}`, 'v', undefined, text)));
    const stats = await server.client().info('stats');
    expect(stats).to.match(/total_connections_received:[12]\r/);
  });

  it('fails at once while the server is known to be dead', async () => {
    await backend.set('k', 'v', undefined, text);
    await server.kill();
    await eventually(() => failureOf(() => backend.get('k', text), UNAVAILABLE));
    let rejected = 0;
    for (let call = 0; call < 1_000; call++) {
      const answered = failureOf(() => backend.get('k', text), UNAVAILABLE).then(() => void (rejected += 1));
      // Settled within the microtasks of this very turn: nothing was sent, nothing was waited for.
      const turn = new Promise((resolve) => setImmediate(resolve, 'late'));
      expect(await Promise.race([answered, turn])).to.equal(undefined);
    }
    expect(rejected).to.equal(1_000);
    await server.start();
    await healed();
  });

  it('survives restarts under load with errors of ours only, and heals each time', async () => {
    let running = true;
    const codes = new Set<string>();
    const load = async (): Promise<void> => {
      while (running) {
        try {
          await backend.set('k', 'v', 60_000, text);
        } catch (error) {
          if (!isCacheError(error)) throw error;
          codes.add(error.code);
        }
        await new Promise(setImmediate);
      }
    };
    const loads = [load(), load(), load()];
    for (let round = 0; round < 5; round++) {
      await server.restart();
      await healed();
    }
    running = false;
    await Promise.all(loads);
    expect([...codes]).to.include(UNAVAILABLE);
    for (const code of codes) expect(code).to.be.oneOf([UNAVAILABLE, 'ERR_CACHE_BACKEND']);
  });

  it('waits for a server that hangs for a moment', async () => {
    await backend.set('k', 'v', undefined, text);
    server.freeze();
    const answer = backend.get('k', text);
    expect(await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 100, 'hangs'))])).to.equal('hangs');
    server.thaw();
    expect(await answer).to.equal('v');
  });

  it('drops a connection on which commands wait and nothing is answered, and heals', async () => {
    const clock = sinon.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    await backend.set('k', 'v', undefined, text);
    clock.tick(60_000);
    expect(await backend.get('k', text)).to.equal('v');
    server.freeze();
    const hanging = failureOf(() => backend.set('k', 'w', undefined, text), 'ERR_CACHE_BACKEND');
    clock.tick(5_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await Promise.race([hanging, Promise.resolve('still waiting')])).to.equal('still waiting');
    clock.tick(5_000);
    expect((await hanging).message).to.contain('may have happened');
    expect((await failureOf(() => backend.get('k', text), UNAVAILABLE)).message).to.contain('ETIMEDOUT');
    server.thaw();
    await healed();
  });

  it('does not take a stall of its own for silence of the server', async () => {
    const clock = sinon.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    await backend.set('k', 'v', undefined, text);
    server.freeze();
    const answer = backend.get('k', text);
    clock.tick(5_000);
    await new Promise(setImmediate);
    server.thaw();
    const until = performance.now() + 100;
    while (performance.now() < until);
    clock.tick(5_000);
    expect(await answer).to.equal('v');
    expect(await backend.get('k', text)).to.equal('v');
  });

  it('bounds what waits for a frozen server', async () => {
    await backend.set('k', 'v', undefined, text);
    server.freeze();
    const waiting = Array.from({ length: 50_000 }, () => backend.get('k', text));
    const error = await failureOf(() => backend.get('k', text), UNAVAILABLE);
    expect(error.message).to.contain('too much is waiting');
    server.thaw();
    expect(new Set(await Promise.all(waiting))).to.deep.equal(new Set(['v']));
    expect(await backend.get('k', text)).to.equal('v');
  });

  it('bounds the bytes that a frozen server does not take', async () => {
    await backend.connect!();
    server.freeze();
    const value = Buffer.alloc(4 * 1024 * 1024);
    const writes: Promise<unknown>[] = [];
    for (let write = 0; write < 40; write++) {
      writes.push(
        Promise.resolve(backend.set(`k${write}`, value, undefined, text)).then(
          () => 'stored',
          () => 'refused',
        ),
      );
    }
    server.thaw();
    const outcomes = await Promise.all(writes);
    expect(outcomes.filter((outcome) => outcome === 'stored').length).to.be.within(15, 20);
    expect(outcomes.at(-1)).to.equal('refused');
  });

  it('heals when its connection is killed', async () => {
    await backend.set('k', 'v', undefined, text);
    await server.client().call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    expect(await healed()).to.equal('v');
  });

  it('keeps quiet and goes on trying when the password changes', async () => {
    await backend.close();
    const admin = server.client();
    await admin.config('SET', 'requirepass', SECRET);
    backend = open({ password: SECRET });
    await backend.set('k', 'v', undefined, text);
    const printed = await printedDuring(async () => {
      await admin.config('SET', 'requirepass', 'another');
      await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      const error = await eventually(async () => {
        const found = await failureOf(() => backend.get('k', text), UNAVAILABLE);
        expect(found.message).to.contain('check username and password');
        return found;
      });
      expect(inspect([error, backend], { depth: 20, showHidden: true })).not.to.contain(SECRET);
      const before = await connections(admin);
      await new Promise((resolve) => setTimeout(resolve, 900));
      expect((await connections(admin)) - before).to.be.at.most(1);
      await admin.config('SET', 'requirepass', SECRET);
      expect(await healed()).to.equal('v');
    });
    expect(printed).to.equal('');
  });

  it('looks for a new master when writes are refused, but not once per write', async () => {
    await backend.set('k', 'v', undefined, text);
    const admin = server.client();
    await admin.call('REPLICAOF', '127.0.0.1', '1');
    const before = await connections(admin);
    const error = await failureOf(() => backend.set('k', 'w', undefined, text), 'ERR_CACHE_BACKEND');
    expect(error.message).to.contain('READONLY');
    expect(await healed()).to.equal('v');
    for (let write = 0; write < 50; write++) {
      await failureOf(() => backend.increment('n', 1, undefined, text), 'ERR_CACHE_BACKEND');
    }
    expect((await connections(admin)) - before).to.equal(1);
    await admin.call('REPLICAOF', 'NO', 'ONE');
    await backend.set('k', 'w', undefined, text);
  });

  it('is unavailable while there are too many clients', async () => {
    const admin = server.client();
    await admin.config('SET', 'maxclients', '1');
    await failureOf(() => backend.get('k', text), UNAVAILABLE);
    await admin.config('SET', 'maxclients', '100');
    await healed();
  });

  it('is unavailable while the server loads its data', async () => {
    await backend.multiSet(
      Array.from({ length: 3_000 }, (_, index) => [`k${index}`, 'v'.repeat(100)]),
      undefined,
      text,
    );
    await server.client().save();
    await server.kill();
    await eventually(() => failureOf(() => backend.get('k1', text), UNAVAILABLE));
    const slowly = ['--key-load-delay', '500', '--loading-process-events-interval-bytes', '1024'];
    await server.start({ args: slowly, started: /Server initialized/ });
    await eventually(async () => {
      expect((await failureOf(() => backend.connect!(), UNAVAILABLE)).message).to.contain('LOADING');
    });
    const unsent = await failureOf(() => backend.get('k1', text), UNAVAILABLE);
    expect(unsent.message).to.contain('reconnecting').and.to.contain('LOADING');
    const unaware = new Redis({ port: server.port, host: '127.0.0.1', enableReadyCheck: false });
    const refused = await failureOf(() => redisBackend({ client: unaware }, context).get('k1', text), UNAVAILABLE);
    expect(refused.message).to.contain('LOADING');
    unaware.disconnect();
    expect(await eventually(() => backend.get('k1', text))).to.equal('v'.repeat(100));
  });
});

async function connections(admin: Redis): Promise<number> {
  return Number(/total_connections_received:(\d+)/.exec(await admin.info('stats'))![1]);
}
