import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { createCache, type Cache, type CacheConfig } from 'cachewright';
import { useMemcached } from '../support/memcached-server.js';
import { useRedis } from '../support/redis-server.js';
import { Worker } from '../support/worker.js';
import type { LockJob, LockReport } from './process.js';

/** Longer than the load in the specs; `CACHEWRIGHT_LOAD_MS` makes it 6 s or 40 s. */
const LOAD_MS = Number(process.env['CACHEWRIGHT_LOAD_MS'] ?? 1_500);

describe('locks between processes', () => {
  const redis = useRedis();
  const memcached = useMemcached();
  const stores: Readonly<Record<string, () => CacheConfig>> = {
    redis: () => ({ backend: 'redis', url: redis.url, namespace: 'locks' }),
    memcached: () => ({ backend: 'memcached', url: memcached.url, namespace: 'locks' }),
  };

  for (const [name, configOf] of Object.entries(stores)) {
    describe(name, function () {
      this.timeout(60_000 + 2 * LOAD_MS);
      const workers: Worker<LockReport>[] = [];
      let cache: Cache;

      beforeEach(async () => {
        cache = createCache(configOf());
        await cache.clear();
      });
      afterEach(async () => {
        for (const worker of workers.splice(0)) await worker.dispose();
        await cache.close();
      });

      /** Processes with one job each, connected and waiting for `go`. */
      async function start(...jobs: readonly LockJob[]): Promise<readonly Worker<LockReport>[]> {
        for (const job of jobs) {
          workers.push(new Worker<LockReport>(new URL('./process.js', import.meta.url), configOf(), job));
        }
        for (const worker of workers) await worker.reported('ready');
        return workers;
      }

      it('one holder at a time: no count of four processes is lost, and tokens only grow', async () => {
        const times = 15;
        const four = await start(...Array.from({ length: 4 }, (): LockJob => ({ kind: 'count', times })));
        for (const worker of four) worker.go();
        const reports = await Promise.all(four.map((worker) => worker.reported('done')));
        expect(await cache.get('count')).to.equal(4 * times);
        const tokens = reports.flatMap((report) => report.tokens!);
        expect(new Set(tokens).size).to.equal(4 * times);
        for (const { tokens: own } of reports) expect(own).to.deep.equal([...own!].sort((a, b) => a - b));
      });

      it('a holder that is killed is followed when its lease ends', async () => {
        const [victim, heir] = await start(
          { kind: 'hold', lease: 1_000, forMs: 60_000 },
          { kind: 'hold', lease: 1_000, forMs: 1 },
        );
        victim!.go();
        const { tokens: first } = await victim!.reported('held');
        heir!.go();
        victim!.signal('SIGKILL');
        const { tokens: second } = await heir!.reported('held');
        expect(second![0]).to.be.greaterThan(first![0]!);
        await heir!.reported('done');
      });

      it('a holder that stood still for longer than its lease is told, and does not end the lock of its heir', async () => {
        const [sleeper, heir] = await start(
          { kind: 'hold', lease: 1_000, forMs: 60_000 },
          { kind: 'hold', lease: 5_000, forMs: 60_000 },
        );
        sleeper!.go();
        await sleeper!.reported('held');
        heir!.go();
        sleeper!.signal('SIGSTOP');
        await heir!.reported('held');
        sleeper!.signal('SIGCONT');
        await sleeper!.reported('lost');
        await sleeper!.reported('done');
        const late = new Worker<LockReport>(new URL('./process.js', import.meta.url), configOf(), {
          kind: 'hold',
          lease: 1_000,
          forMs: 1,
        } satisfies LockJob);
        workers.push(late);
        await late.reported('ready');
        late.go();
        await sleep(200);
        expect(late.count('held')).to.equal(0);
      });

      it('a cold key is loaded once by four processes, also when that takes longer than the lease', async () => {
        const job: LockJob = { kind: 'load', callers: 100, lease: 500, loadMs: LOAD_MS };
        const four = await start(job, job, job, job);
        for (const worker of four) worker.go();
        const reports = await Promise.all(four.map((worker) => worker.reported('done')));
        expect(reports.reduce((sum, { loads }) => sum + loads!, 0)).to.equal(1);
        const values = reports.flatMap((report) => report.values!);
        expect(values).to.have.length(400);
        for (const value of values) expect(value).to.deep.equal(values[0]);
      });

      it('a loader that is killed is followed by one other', async () => {
        const job: LockJob = { kind: 'load', callers: 10, lease: 500, loadMs: 300 };
        const [victim, ...others] = await start({ ...job, loadMs: 60_000 }, job, job, job);
        victim!.go();
        await victim!.reported('loading');
        for (const worker of others) worker.go();
        await sleep(100);
        victim!.signal('SIGKILL');
        const reports = await Promise.all(others.map((worker) => worker.reported('done')));
        expect(reports.reduce((sum, { loads }) => sum + loads!, 0)).to.equal(1);
      });
    });
  }
});
