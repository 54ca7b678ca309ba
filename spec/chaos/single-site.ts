import { RedisServer } from '../support/redis-server.js';
import { DURABLE, PASSWORD, type Site } from './site.js';

/** One server that all use, and another one that can take over. */
export class SingleSite implements Site {
  readonly #servers = [1, 2].map(
    () => new RedisServer({ password: PASSWORD, args: [...DURABLE, '--masterauth', PASSWORD] }),
  );
  readonly aimedAt = 'all';
  readonly holdsEntries = true;
  #main = 0;

  get redis(): RedisServer {
    return this.#servers[this.#main]!;
  }

  get spare(): RedisServer {
    return this.#servers[1 - this.#main]!;
  }

  get targets(): readonly RedisServer[] {
    return [this.redis];
  }

  start(): Promise<void> {
    return this.redis.start();
  }

  /** The spare is the server that all use, and the other one its spare. */
  swap(): void {
    this.#main = 1 - this.#main;
  }

  aim(): Promise<void> {
    return Promise.resolve();
  }

  settle(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.dispose()));
  }
}
