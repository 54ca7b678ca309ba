import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificates } from './certificates.js';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { RedisServer } from './redis-server.js';
import { ServerProcess } from './server-process.js';

const SYNC_AT_ONCE = ['--repl-diskless-sync-delay', '0'];

/** A real master with a replica, and three sentinels that watch over them. */
export class RedisSentinels {
  readonly name = 'mymaster';
  readonly servers: readonly RedisServer[];
  readonly #tls: Certificates | undefined;
  readonly #sentinels: ServerProcess[] = [];
  readonly #ports: number[] = [];

  /** @param tls everybody speaks TLS only */
  constructor(tls?: Certificates) {
    this.#tls = tls;
    this.servers = [1, 2].map(() => new RedisServer({ args: SYNC_AT_ONCE, ...(tls && { tls }) }));
  }

  get addresses(): { host: string; port: number }[] {
    return this.#ports.map((port) => ({ host: '127.0.0.1', port }));
  }

  get replica(): RedisServer {
    return this.servers[1]!;
  }

  get master(): RedisServer {
    return this.servers[0]!;
  }

  async start(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.start()));
    const client = this.replica.client();
    await client.replicaof('127.0.0.1', this.master.port);
    await eventually(async () => {
      if (!(await client.info('replication')).includes('master_link_status:up')) throw new Error('not in sync yet');
    });
    for (let number = 0; number < 3; number++) await this.#startSentinel();
    await eventually(async () => {
      for (const port of this.#ports) {
        const info = await new RedisServerAt(port, this.#tls).ask('info', 'sentinel');
        if (!info.includes('slaves=1,sentinels=3')) throw new Error('the sentinels do not know each other yet');
      }
    }, 15_000);
  }

  /** A `SENTINEL` command. @throws what the sentinel answers with */
  ask(...args: string[]): Promise<string> {
    return new RedisServerAt(this.#ports[0]!, this.#tls).ask('sentinel', ...args);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#sentinels.map((sentinel) => sentinel.dispose()));
    await Promise.all(this.servers.map((server) => server.dispose()));
  }

  #listen(port: number): string[] {
    if (this.#tls === undefined) return [`port ${port}`];
    const { caFile, certFile, keyFile } = this.#tls;
    const files = [`tls-ca-cert-file ${caFile}`, `tls-cert-file ${certFile}`, `tls-key-file ${keyFile}`];
    return ['port 0', `tls-port ${port}`, ...files, 'tls-auth-clients no', 'tls-replication yes'];
  }

  async #startSentinel(): Promise<void> {
    const sentinel = new ServerProcess('sentinel');
    const port = await freePort();
    const file = join(sentinel.directory, 'sentinel.conf');
    const { name } = this;
    writeFileSync(
      file,
      [
        ...this.#listen(port),
        'bind 127.0.0.1',
        `sentinel monitor ${name} 127.0.0.1 ${this.master.port} 2`,
        `sentinel down-after-milliseconds ${name} 1000`,
        `sentinel failover-timeout ${name} 5000`,
        '',
      ].join('\n'),
    );
    await sentinel.start({
      binary: process.env['REDIS_SERVER_BIN'] ?? 'redis-server',
      args: [file, '--sentinel'],
      started: /Sentinel ID is/,
    });
    this.#sentinels.push(sentinel);
    this.#ports.push(port);
  }
}

/** One question to a server, on a connection of its own. */
class RedisServerAt {
  constructor(
    readonly port: number,
    readonly tls: Certificates | undefined,
  ) {}

  async ask(command: string, ...args: string[]): Promise<string> {
    const { Redis } = await import('ioredis');
    const client = new Redis({
      host: '127.0.0.1',
      port: this.port,
      ...(this.tls && { tls: { ca: this.tls.ca } }),
    });
    try {
      return String(await client.call(command, ...args));
    } finally {
      client.disconnect();
    }
  }
}

/** Running sentinels for the specs of this suite. */
export function useRedisSentinels(tls?: Certificates): RedisSentinels {
  const sentinels = new RedisSentinels(tls);
  before('start master, replica and sentinels', function () {
    this.timeout(30_000);
    return sentinels.start();
  });
  after('stop them', () => sentinels.dispose());
  return sentinels;
}
