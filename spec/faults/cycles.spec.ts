import { once } from 'node:events';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { CacheConfig } from 'cachewright';
import { DynamoDbServer } from '../support/dynamodb-server.js';
import { MemcachedServer } from '../support/memcached-server.js';
import { RedisServer } from '../support/redis-server.js';

/** `CACHEWRIGHT_CYCLES=200` and `CACHEWRIGHT_SETS=1000000` for the long run. */
const CYCLES = Number(process.env['CACHEWRIGHT_CYCLES'] ?? 10);
const SETS = Number(process.env['CACHEWRIGHT_SETS'] ?? 20_000);
const MAX_GROWTH_BYTES = 20 * 1024 * 1024;

interface Report {
  readonly grownBy: number;
  readonly leftOver: readonly string[];
}

/** Runs the program to its end. It has to end by itself. */
async function run(config: CacheConfig, sets: number): Promise<Report> {
  const script = fileURLToPath(new URL('./cycles-child.js', import.meta.url));
  const args = [config, CYCLES, sets].map((argument) => JSON.stringify(argument));
  const child = fork(script, args, { execArgv: ['--expose-gc'], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const report = once(child, 'message').then(([message]) => message as Report);
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).to.equal(0);
  return report;
}

describe('opening, using and closing again and again', function () {
  this.timeout(120_000 + CYCLES * 2_000 + SETS);

  const servers = {
    redis: [new RedisServer(), (server: RedisServer): CacheConfig => ({ backend: 'redis', url: server.url })],
    memcached: [
      new MemcachedServer(),
      (server: MemcachedServer): CacheConfig => ({ backend: 'memcached', url: server.url }),
    ],
    dynamodb: [new DynamoDbServer(), (server: DynamoDbServer): CacheConfig => server.table('cycles')],
  } as const;

  for (const [name, [server, configOf]] of Object.entries(servers)) {
    describe(name, () => {
      before(() => server.start());
      after(() => server.dispose());
      const config = (): CacheConfig => configOf(server as never);

      it('leaves nothing behind while the server is up', async () => {
        expect((await run(config(), 500)).leftOver).to.deep.equal([]);
      });

      it('leaves nothing behind while the server is frozen', async () => {
        server.freeze();
        const { leftOver, grownBy } = await run(config(), Math.min(SETS, 2_000));
        server.thaw();
        expect(leftOver).to.deep.equal([]);
        expect(grownBy).to.be.lessThan(MAX_GROWTH_BYTES);
      });

      it('leaves nothing behind when the server is gone, and does not fill the memory', async () => {
        await server.kill();
        const { leftOver, grownBy } = await run(config(), SETS);
        expect(leftOver).to.deep.equal([]);
        expect(grownBy).to.be.lessThan(MAX_GROWTH_BYTES);
      });
    });
  }
});
