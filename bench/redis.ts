import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCache } from 'cachewright';
import { Redis } from 'ioredis';
import { measure, type Contestant, type Result } from './measure.js';

export interface RedisCase {
  readonly title: string;
  readonly results: readonly Result[];
}

const KEYS = 1_000;
const value = { id: 1, name: 'somebody', tags: ['a', 'b', 'c'], active: true, score: 12.5 };

/** Elapsed time of reads through a cache on Redis, against ioredis and `JSON.parse` on the same server. */
export async function measureRedis(quick: boolean): Promise<RedisCase[]> {
  const server = await startRedis();
  const raw = new Redis(server.url);
  const cache = createCache({ backend: 'redis', url: server.url, namespace: 'bench' });
  try {
    const keys = Array.from({ length: KEYS }, (_, index) => `key:${index}`);
    await cache.multiSet(keys.map((key) => [key, value] as const));
    const how = { rounds: quick ? 5 : 11, clock: 'wall' as const };
    const results: RedisCase[] = [];
    for (const inFlight of [1, 64, 1_024]) {
      const count = inFlight === 1 ? (quick ? 2_000 : 5_000) : quick ? 20_000 : 50_000;
      const contestants: Contestant[] = [
        pooled('raw ioredis', inFlight, async (index) => JSON.parse((await raw.get(`bench:${keys[index % KEYS]!}`))!)),
        pooled('cachewright', inFlight, (index) => cache.get(keys[index % KEYS]!)),
      ];
      results.push({
        title: `get, ${inFlight.toLocaleString('en')} in flight`,
        results: await measure(contestants, { ...how, count }),
      });
    }
    for (const inFlight of [1, 64]) {
      const batch = keys.slice(0, 100);
      const finals = batch.map((key) => `bench:${key}`);
      const contestants: Contestant[] = [
        pooled('raw ioredis', inFlight, async () =>
          (await raw.mget(finals)).map((text) => JSON.parse(text!) as unknown),
        ),
        pooled('cachewright', inFlight, () => cache.multiGet(batch)),
      ];
      const count = quick ? 500 : 1_000;
      results.push({
        title: `multiGet of 100, ${inFlight} in flight`,
        results: await measure(contestants, { ...how, count }),
      });
    }
    return results;
  } finally {
    raw.disconnect();
    await cache.close();
    server.stop();
  }
}

/** Keeps `inFlight` operations under way at all times. */
function pooled(name: string, inFlight: number, operation: (index: number) => Promise<unknown>): Contestant {
  return {
    name,
    async run(count) {
      let next = 0;
      const worker = async (): Promise<void> => {
        while (next < count) await operation(next++);
      };
      await Promise.all(Array.from({ length: inFlight }, worker));
    },
  };
}

async function startRedis(): Promise<{ url: string; stop(): void }> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'cachewright-bench-'));
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory];
  const server: ChildProcess = spawn(process.env['REDIS_SERVER_BIN'] ?? 'redis-server', flags, {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of server.stdout!) if (String(line).includes('Ready to accept')) break;
  return {
    url: `redis://127.0.0.1:${port}`,
    stop() {
      server.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
