/** A process of its own for the specs of locks: does what its arguments say, and reports by messages. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createCache, withLock, type CacheConfig } from 'cachewright';

export type LockJob =
  /** Reads a counter, waits, writes it, again and again: only a lock keeps the numbers from being lost. */
  | { readonly kind: 'count'; readonly times: number }
  /** Takes the lock, reports its token, and works for so long. */
  | { readonly kind: 'hold'; readonly lease: number; readonly forMs: number }
  /** So many callers ask for one key that is loaded under a lease. */
  | { readonly kind: 'load'; readonly callers: number; readonly lease: number; readonly loadMs: number };

/** What a process has to say. */
export interface LockReport {
  readonly step: 'ready' | 'held' | 'lost' | 'loading' | 'done';
  readonly tokens?: readonly number[];
  readonly loads?: number;
  readonly values?: readonly unknown[];
  readonly slowestMs?: number;
}

const [config, job] = process.argv.slice(2).map((text) => JSON.parse(text) as unknown) as [CacheConfig, LockJob];
const cache = createCache(config);
const report = (message: LockReport): void => void process.send!(message);

async function count(times: number): Promise<void> {
  const tokens: number[] = [];
  for (let time = 0; time < times; time++) {
    await withLock(cache, 'counter', { lease: '5s', wait: '60s' }, async ({ token }) => {
      tokens.push(token);
      const seen = (await cache.get<number>('count')) ?? 0;
      await sleep(1);
      await cache.set('count', seen + 1);
    });
  }
  report({ step: 'done', tokens });
}

async function hold(lease: number, forMs: number): Promise<void> {
  await withLock(cache, 'held', { lease, wait: '30s' }, async ({ token, signal }) => {
    report({ step: 'held', tokens: [token] });
    await sleep(forMs, undefined, { signal }).catch(() => report({ step: 'lost', tokens: [token] }));
  });
  report({ step: 'done' });
}

async function load(callers: number, lease: number, loadMs: number): Promise<void> {
  let loads = 0;
  const startedAt = performance.now();
  const values = await Promise.all(
    Array.from({ length: callers }, () =>
      cache.getOrSet(
        'cold',
        async () => {
          loads += 1;
          report({ step: 'loading' });
          await sleep(loadMs);
          return { by: process.pid };
        },
        { lease, ttl: '1m' },
      ),
    ),
  );
  report({ step: 'done', loads, values, slowestMs: performance.now() - startedAt });
}

await cache.connect();
report({ step: 'ready' });
await new Promise((resolve) => process.once('message', resolve));
if (job.kind === 'count') await count(job.times);
else if (job.kind === 'hold') await hold(job.lease, job.forMs);
else await load(job.callers, job.lease, job.loadMs);
await cache.close();
process.disconnect();
