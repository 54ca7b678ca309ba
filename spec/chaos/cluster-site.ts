import { eventually } from '../support/eventually.js';
import { RedisCluster } from '../support/redis-cluster.js';
import type { RedisServer } from '../support/redis-server.js';
import type { Random } from './random.js';
import { type Ask, DURABLE, PASSWORD, type Site } from './site.js';

const SETTLED_WITHIN_MS = 60_000;

/** A node as the cluster sees it. */
export interface Node {
  readonly server: RedisServer;
  readonly id: string;
  readonly replicaOf: string | undefined;
}

/** Three masters with a replica each, whoever is which at the moment. */
export class ClusterSite implements Site {
  readonly aimedAt = 'all';
  readonly holdsEntries = true;
  readonly #cluster = new RedisCluster({ password: PASSWORD, args: DURABLE });
  readonly #ask: Ask;
  #masters = new Set<string>();
  #aimedAt: RedisServer;

  constructor(ask: Ask) {
    this.#ask = ask;
    this.#aimedAt = this.#cluster.nodes[0]!;
  }

  get redis(): RedisServer {
    return this.#aimedAt;
  }

  get targets(): readonly RedisServer[] {
    return this.#cluster.nodes;
  }

  async start(): Promise<void> {
    await this.#cluster.start();
    await this.agree();
  }

  async aim(random: Random): Promise<void> {
    const masters = await this.masters();
    this.#aimedAt = masters[random.between(0, masters.length - 1)]!.server;
  }

  /** By their ports, so that the same one is the first one every time. */
  async nodes(): Promise<readonly Node[]> {
    const lines = String(
      await this.#ask(
        this.#cluster.nodes.find(({ running }) => running)!,
        'CLUSTER',
        'NODES',
      ),
    );
    return lines
      .trim()
      .split('\n')
      .map((line) => {
        const [id, address, flags, master] = line.split(' ') as [string, string, string, string];
        const port = Number(/:(\d+)@/.exec(address)![1]);
        const server = this.#cluster.nodes.find((node) => node.port === port)!;
        return { server, id, replicaOf: flags.includes('slave') ? master : undefined };
      })
      .sort((one, other) => one.server.port - other.server.port);
  }

  async masters(): Promise<readonly Node[]> {
    return (await this.nodes()).filter(({ replicaOf }) => replicaOf === undefined);
  }

  /** The replica of the server that the present fault concerns. */
  async replica(): Promise<RedisServer> {
    const nodes = await this.nodes();
    const { id } = nodes.find(({ server }) => server === this.redis)!;
    return nodes.find(({ replicaOf }) => replicaOf === id)!.server;
  }

  /** What the masters are at the moment is as it was meant. */
  async agree(): Promise<void> {
    this.#masters = new Set((await this.masters()).map(({ id }) => id));
  }

  async settle(): Promise<boolean> {
    await eventually(() => this.#sound(), SETTLED_WITHIN_MS);
    const before = this.#masters;
    await this.agree();
    return [...this.#masters].some((id) => !before.has(id));
  }

  async dispose(): Promise<void> {
    await this.#cluster.dispose();
  }

  /** All slots are served, all nodes agree on that, every master has a replica in sync, and nothing is still being written down. */
  async #sound(): Promise<void> {
    for (const server of this.#cluster.nodes) {
      const say = (what: string): never => {
        throw new Error(`the cluster is not sound yet: ${what}`);
      };
      const cluster = String(await this.#ask(server, 'CLUSTER', 'INFO'));
      if (!cluster.includes('cluster_state:ok')) say('a node does not see all slots');
      if (!cluster.includes('cluster_slots_ok:16384')) say('a node misses somebody');
      const view = String(await this.#ask(server, 'CLUSTER', 'NODES'));
      if (/fail|handshake|disconnected/.test(view)) say('a node takes another one for dead');
      if (view.split('slave').length !== 4) say('a node does not know three replicas');
      const info = String(await this.#ask(server, 'INFO'));
      if (info.includes('role:slave') && !info.includes('master_link_status:up')) say('a replica is not in sync');
      if (info.includes('role:master') && !info.includes('state=online')) say('a master has no replica');
      if (!/aof_rewrite_in_progress:0/.test(info) || !/aof_rewrite_scheduled:0/.test(info)) say('a log is incomplete');
    }
  }
}
