import { Socket } from 'node:net';
import { expect } from 'chai';
import { restore, spy, useFakeTimers } from 'sinon';
import { memcachedBackend } from '#lib/backends/memcached/memcached.js';
import { redisBackend } from '#lib/backends/redis/redis.js';
import type { Backend } from '#lib/contracts/backend.js';
import { context, failureOf, text } from '../support/backend-calls.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { useMemcached } from '../support/memcached-server.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { useRedis } from '../support/redis-server.js';

const VALUE = 'v'.repeat(500_000);
const KEYS = ['a', 'b', 'c'];

/** Longer than a connection is left alone that answers nothing. */
const PERIOD_MS = 5_000;

describe('answers that take longer than a connection may be silent', () => {
  const servers = { redis: useRedis(), memcached: useMemcached() };
  const make = {
    redis: (port: number) => redisBackend({ host: '127.0.0.1', port }, context),
    memcached: (port: number) => memcachedBackend({ servers: [`127.0.0.1:${port}`] }, context),
  };
  forbidUnhandledRejections();

  for (const name of ['redis', 'memcached'] as const) {
    describe(`of ${name}`, () => {
      let proxy: FaultProxy;
      let backend: Backend;
      let timers: ReturnType<typeof useFakeTimers>;
      /** Bytes that came through the proxy. */
      let read = (): number => 0;

      beforeEach(async () => {
        proxy = await FaultProxy.start(() => servers[name].port);
        const push = spy(Socket.prototype, 'push');
        read = () =>
          push.args
            .filter((_, call) => (push.thisValues[call] as Socket).remotePort === proxy.port)
            .reduce((sum, [chunk]) => sum + ((chunk as Buffer | null)?.length ?? 0), 0);
        timers = useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
        backend = make[name](proxy.port);
        await backend.connect!();
        for (const key of KEYS) await backend.set(key, VALUE, undefined, text);
        await backend.get('a', text);
        timers.tick(PERIOD_MS);
      });
      afterEach(async () => {
        restore();
        timers.restore();
        await backend.close();
        await proxy.stop();
      });

      /** A period passes with every so many bytes. */
      async function passWith<T>(bytes: number, answer: Promise<T>): Promise<T> {
        let done = false;
        const ended = (): void => void (done = true);
        answer.then(ended, ended);
        for (let seen = read(); !done; await new Promise((resolve) => setImmediate(resolve))) {
          if (read() - seen < bytes) continue;
          seen = read();
          timers.tick(PERIOD_MS);
        }
        return answer;
      }

      it('are waited for while they come', async () => {
        proxy.fault = { kind: 'drip', bytes: 70_000, everyMs: 2 };
        expect(await passWith(65_536, Promise.resolve(backend.multiGet(KEYS, text)))).to.deep.equal([
          VALUE,
          VALUE,
          VALUE,
        ]);
        expect(proxy.accepted).to.equal(1);
      });

      it('are given up when nearly nothing comes', async () => {
        proxy.fault = { kind: 'drip', bytes: 500, everyMs: 2 };
        await failureOf(() => passWith(500, Promise.resolve(backend.multiGet(KEYS, text))), 'ERR_CACHE_BACKEND');
      });
    });
  }
});
