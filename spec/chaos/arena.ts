import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { eventually } from '../support/eventually.js';
import type { Fault } from '../support/fault-proxy.js';
import { RedisServer } from '../support/redis-server.js';
import type { Fleet } from './fleet.js';
import type { Judge } from './judge.js';
import type { FromNet, ToNet } from './net-process.js';
import type { Origin } from './origin.js';
import { ChaosProcess } from './process.js';

/** Written before the reply goes out, so that a killed server comes back with everything it had acknowledged. */
const DURABLE = [
  '--appendonly',
  'yes',
  '--appendfsync',
  'no',
  '--repl-diskless-sync-delay',
  '0',
  '--enable-debug-command',
  'yes',
];
/** Must never be seen in anything that a process prints or says. */
export const PASSWORD = 'canary-7f3a-not-to-be-seen';

/** Where it all happens: servers, networks, workers and the origin, and what faults do to them. */
export class Arena {
  readonly servers = [1, 2].map(
    () => new RedisServer({ password: PASSWORD, args: [...DURABLE, '--masterauth', PASSWORD] }),
  );
  password = PASSWORD;
  fleet!: Fleet;
  #main = 0;
  #net!: ChaosProcess<ToNet, FromNet>;
  #done: (() => void)[] = [];

  constructor(
    readonly origin: Origin,
    readonly judge: Judge,
  ) {}

  /** The server that the workers use. */
  get redis(): RedisServer {
    return this.servers[this.#main]!;
  }

  get spare(): RedisServer {
    return this.servers[1 - this.#main]!;
  }

  /** @returns a port for each worker */
  async start(workers: number): Promise<readonly number[]> {
    await this.redis.start();
    return new Promise((resolve) => {
      const script = new URL('./net-process.js', import.meta.url);
      this.#net = new ChaosProcess<ToNet, FromNet>(script, [workers, this.redis.port], (message) => {
        if (message.step === 'ready') resolve(message.ports);
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
    const options = { enableReadyCheck: false, maxRetriesPerRequest: 2 };
    const client = new Redis({ host: '127.0.0.1', port: server.port, password, ...options });
    client.on('error', () => undefined);
    return client;
  }

  net(line: number | 'all', fault: Fault): Promise<void> {
    return this.#tell({ step: 'fault', line, fault });
  }

  heal(line: number | 'all'): Promise<void> {
    return this.#tell({ step: 'heal', line });
  }

  cut(line: number | 'all'): Promise<void> {
    return this.#tell({ step: 'cut', line });
  }

  /** The spare becomes the server that the workers use, and the other one its spare. */
  async swap(): Promise<void> {
    this.#main = 1 - this.#main;
    await this.#tell({ step: 'target', port: this.redis.port });
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
    await Promise.all(this.servers.map((server) => server.dispose()));
  }

  #tell(message: ToNet): Promise<void> {
    return new Promise((resolve) => {
      this.#done.push(resolve);
      this.#net.tell(message);
    });
  }
}
