import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { eventually } from '../support/eventually.js';
import type { Fault } from '../support/fault-proxy.js';
import type { RedisServer } from '../support/redis-server.js';
import type { Fleet } from './fleet.js';
import type { Judge } from './judge.js';
import type { FromNet, ToNet } from './net-process.js';
import type { Origin } from './origin.js';
import { ClusterSite } from './cluster-site.js';
import { ChaosProcess } from './process.js';
import { SingleSite } from './single-site.js';
import { PASSWORD, type Site } from './site.js';
import type { Places, StackName } from './stack.js';
import { TiersSite } from './tiers-site.js';

/** The longest that an operator waits for a server. */
const ADMIN_MS = 20_000;

/** Where it all happens: servers, networks, workers and the origin, and what faults do to them. */
export class Arena {
  readonly site: Site;
  password = PASSWORD;
  fleet!: Fleet;
  #net!: ChaosProcess<ToNet, FromNet>;
  #done: (() => void)[] = [];

  constructor(
    readonly origin: Origin,
    readonly judge: Judge,
    stack: StackName,
  ) {
    if (stack === 'cluster') this.site = new ClusterSite((...ask) => this.ask(...ask));
    else this.site = stack === 'three-tiers' ? new TiersSite() : new SingleSite();
  }

  /** The server that the present fault concerns. */
  get redis(): RedisServer {
    return this.site.redis;
  }

  /** Of faults that only a server on its own can have. */
  get single(): SingleSite {
    if (this.site instanceof TiersSite) return this.site.aimed;
    if (this.site instanceof SingleSite) return this.site;
    throw new Error('no server is on its own');
  }

  /** Of faults that only a cluster can have. */
  get cluster(): ClusterSite {
    if (this.site instanceof ClusterSite) return this.site;
    throw new Error('there is no cluster');
  }

  /** @returns for each worker where it finds each server */
  async start(workers: number): Promise<readonly Places[]> {
    await this.site.start();
    const targets = this.site.targets.map(({ port }) => port);
    return new Promise((resolve) => {
      const script = new URL('./net-process.js', import.meta.url);
      this.#net = new ChaosProcess<ToNet, FromNet>(script, [workers, targets], (message) => {
        if (message.step === 'ready') resolve(message.ports.map((ports) => placesOf(targets, ports)));
        else this.#done.shift()?.();
      });
    });
  }

  /** One command, on a connection of its own that goes through no proxy. */
  async admin(command: string, ...args: (string | number)[]): Promise<unknown> {
    return this.ask(this.redis, command, ...args);
  }

  async ask(server: RedisServer, command: string, ...args: (string | number)[]): Promise<unknown> {
    const client = this.connect(server);
    try {
      return await client.call(command, ...args);
    } finally {
      client.disconnect();
    }
  }

  connect(server: RedisServer): Redis {
    const { password } = this;
    // A server that is busy with a script answers no INFO, but can be told to stop it.
    const options = { enableReadyCheck: false, maxRetriesPerRequest: 2, commandTimeout: ADMIN_MS };
    const client = new Redis({ host: '127.0.0.1', port: server.port, password, ...options });
    client.on('error', () => undefined);
    return client;
  }

  net(line: number | 'all', fault: Fault): Promise<void> {
    return this.#tell({ step: 'fault', line, target: this.site.aimedAt, fault });
  }

  heal(line: number | 'all'): Promise<void> {
    return this.#tell({ step: 'heal', line, target: this.site.aimedAt });
  }

  cut(line: number | 'all'): Promise<void> {
    return this.#tell({ step: 'cut', line, target: this.site.aimedAt });
  }

  /** The spare becomes the server that the workers use, and the other one its spare. */
  async swap(): Promise<void> {
    this.single.swap();
    const { aimedAt } = this.site;
    await this.#tell({ step: 'target', target: aimedAt === 'all' ? 0 : aimedAt, port: this.redis.port });
  }

  /** From now on the server may lose what it has. @returns what ends that */
  loses(): () => void {
    // Locks and counters are where the entries are.
    return this.site.holdsEntries ? this.judge.loses() : () => undefined;
  }

  /** Ready, with everything loaded. */
  async answering(server = this.redis): Promise<void> {
    await eventually(async () => {
      if ((await this.ask(server, 'PING')) !== 'PONG') throw new Error('no answer');
    }, 20_000);
  }

  sleep(ms: number): Promise<void> {
    return sleep(ms);
  }

  async dispose(): Promise<void> {
    await this.#net?.kill();
    await this.site.dispose();
  }

  #tell(message: ToNet): Promise<void> {
    return new Promise((resolve) => {
      this.#done.push(resolve);
      this.#net.tell(message);
    });
  }
}

function placesOf(targets: readonly number[], ports: readonly number[]): Places {
  return targets.map((announced, index) => ({ announced, port: ports[index]! }));
}
