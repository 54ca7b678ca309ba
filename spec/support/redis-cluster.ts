import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificates } from './certificates.js';
import { eventually } from './eventually.js';
import { RedisServer, type RedisServerOptions } from './redis-server.js';

const SLOTS = 16_384;
const NODE_ARGS = [
  '--cluster-enabled yes',
  '--cluster-node-timeout 1000',
  '--cluster-replica-validity-factor 0',
  '--cluster-require-full-coverage no',
  '--repl-diskless-sync-delay 0',
].flatMap((argument) => argument.split(' '));

export interface RedisClusterOptions {
  /** Clients and nodes speak TLS only. */
  readonly tls?: Certificates;
  readonly password?: string;
  /** ACL rules of each node, one user a line. */
  readonly acl?: readonly string[];
  /** More arguments of each node. */
  readonly args?: readonly string[];
}

/** A real Redis Cluster: three masters, each with a replica. */
export class RedisCluster {
  readonly nodes: readonly RedisServer[];

  constructor({ tls, args = [], password, acl }: RedisClusterOptions = {}) {
    const options: RedisServerOptions = {
      args: [
        ...NODE_ARGS,
        ...((tls && ['--tls-cluster', 'yes']) ?? []),
        ...(password ? ['--masterauth', password] : []),
        ...args,
      ],
      ...(tls && { tls }),
      ...(password && { password }),
      ...(acl && { acl }),
    };
    this.nodes = Array.from({ length: 6 }, () => new RedisServer(options));
  }

  /** Those of the beginning. */
  get masters(): readonly RedisServer[] {
    return this.nodes.slice(0, 3);
  }

  get addresses(): { host: string; port: number }[] {
    return this.nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
  }

  async start(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.start()));
    const clients = this.nodes.map((node) => node.client());
    for (const [index, client] of clients.entries()) {
      await client.cluster('SET-CONFIG-EPOCH', index + 1);
      if (index >= 3) continue;
      const from = Math.floor((SLOTS * index) / 3);
      await client.cluster('ADDSLOTSRANGE', from, Math.floor((SLOTS * (index + 1)) / 3) - 1);
    }
    for (const node of this.nodes.slice(1)) await clients[0]!.cluster('MEET', '127.0.0.1', node.port);
    const ids = await Promise.all(clients.map((client) => client.cluster('MYID')));
    await eventually(async () => {
      for (const client of clients) {
        const known = String(await client.cluster('NODES'));
        if (ids.some((id) => !known.includes(id))) throw new Error('the nodes do not know each other yet');
      }
    });
    await Promise.all(clients.slice(3).map((client, index) => client.cluster('REPLICATE', ids[index]!)));
    await eventually(async () => {
      for (const client of clients) {
        if (!String(await client.cluster('INFO')).includes('cluster_state:ok')) throw new Error('the cluster is down');
      }
      for (const replica of clients.slice(3)) {
        if (!(await replica.info('replication')).includes('master_link_status:up')) throw new Error('not in sync yet');
      }
    }, 15_000);
    await sleep(50);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.dispose()));
  }
}

/** A running cluster for the specs of this suite. */
export function useRedisCluster(options?: RedisClusterOptions): RedisCluster {
  const cluster = new RedisCluster(options);
  before('start the cluster', function () {
    this.timeout(30_000);
    return cluster.start();
  });
  after('stop the cluster', () => cluster.dispose());
  return cluster;
}
