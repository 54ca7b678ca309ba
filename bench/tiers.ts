import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisDriver } from 'bentocache/drivers/redis';
import { Cached, createCache, type Cache } from 'cachewright';
import { Redis } from 'ioredis';
import { measure, type Contestant, type Result } from './measure.js';
import { startRedis } from './servers.js';
import { catalogue, catalogueOfThree } from './tiers-cache.js';

const IDS = 1_000;

interface Item {
  readonly id: number;
  readonly name: string;
}

type Finder = (id: number) => Promise<Item>;

function finder(cache: Cache): Finder {
  class Service {
    @Cached({ cache, ttl: '1h' })
    async find(id: number): Promise<Item> {
      return { id, name: `item ${id}` };
    }
  }
  const service = new Service();
  return (id) => service.find(id);
}

/** The same, of which a stale value may be answered when the origin fails. */
function resilientFinder(cache: Cache): Finder {
  class Resilient {
    @Cached({ cache, ttl: '1h', staleIfError: '1d' })
    async find(id: number): Promise<Item> {
      return { id, name: `item ${id}` };
    }
  }
  const service = new Resilient();
  return (id) => service.find(id);
}

export interface TierCase {
  readonly title: string;
  readonly results: readonly Result[];
  /** Commands that reached Redis meanwhile, whichever. */
  readonly sent: number;
}

/** CPU per hit of a method whose result lies in the near tier, against the same method on memory. */
export async function measureTierHits(quick: boolean): Promise<TierCase> {
  const servers = [await startRedis(), await startRedis()];
  const [url, middleUrl] = servers.map(({ port }) => `redis://127.0.0.1:${port}`) as [string, string];
  const watchers = [url, middleUrl].map((each) => new Redis(each));
  const memory = createCache({ backend: 'memory', maxEntries: 100_000 });
  const tiered = catalogue(url, '1h');
  const three = catalogueOfThree(middleUrl, url, '1h');
  const connection = new Redis(url);
  const bento = new BentoCache({
    default: 'tiers',
    stores: {
      tiers: bentostore()
        .useL1Layer(memoryDriver({ maxItems: 100_000 }))
        .useL2Layer(redisDriver({ connection: connection as never })),
    },
  });
  const finders: Record<string, Finder> = {
    'cachewright, memory': finder(memory),
    'cachewright, memory, staleIfError': resilientFinder(memory),
    'cachewright, memory over Redis': finder(tiered),
    'cachewright, memory over Redis, staleIfError': resilientFinder(tiered),
    'cachewright, memory over two Redis': finder(three),
    'BentoCache 1, memory over Redis': (id) =>
      bento.getOrSet({ key: `item:${id}`, ttl: '1h', factory: () => ({ id, name: `item ${id}` }) }),
  };
  try {
    for (const find of Object.values(finders)) for (let id = 0; id < IDS; id++) await find(id);
    const before = await commands(watchers);
    const contestants = Object.entries(finders).map(([name, find]): Contestant => ({
      name,
      async run(count, from) {
        for (let index = from; index < from + count; index++) await find(index % IDS);
      },
    }));
    const results = await measure(contestants, { rounds: quick ? 5 : 11, count: quick ? 20_000 : 50_000 });
    return { title: 'hit, `(id: number)`', results, sent: (await commands(watchers)) - before - 2 };
  } finally {
    for (const watcher of watchers) watcher.disconnect();
    await Promise.all([memory.close(), tiered.close(), three.close(), bento.disconnectAll()]);
    connection.disconnect();
    for (const server of servers) server.stop();
  }
}

async function commands(servers: readonly Redis[]): Promise<number> {
  const stats = await Promise.all(servers.map((redis) => redis.info('stats')));
  return stats.reduce((sum, text) => sum + Number(/total_commands_processed:(\d+)/.exec(text)![1]), 0);
}

export interface Staleness {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** How long after a write of another process was answered the near copy of this one still is. */
export async function measureStaleness(quick: boolean): Promise<Staleness> {
  const server = await startRedis();
  const url = `redis://127.0.0.1:${server.port}` as const;
  const cache = catalogue(url, '1h');
  const writer = fork(fileURLToPath(new URL('./tiers-process.js', import.meta.url)), [url]);
  try {
    await once(writer, 'message');
    await cache.connect();
    await cache.set('k', 0);
    const late: number[] = [];
    for (let version = 1; version <= (quick ? 200 : 1_000); version++) {
      // A copy of the version before has to be there.
      while ((await cache.get('k')) !== version - 1) await turn();
      const answered = once(writer, 'message') as Promise<[{ readonly at: string }]>;
      writer.send(version);
      while ((await cache.get('k')) !== version) await turn();
      const seen = process.hrtime.bigint();
      const [{ at }] = await answered;
      late.push(Math.max(0, Number(seen - BigInt(at)) / 1e6));
    }
    late.sort((a, b) => a - b);
    const at = (share: number): number => late[Math.min(late.length - 1, Math.floor(share * late.length))]!;
    return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  } finally {
    writer.kill();
    await cache.close();
    server.stop();
  }
}
