import { BackendUnavailableError, CacheClosedError } from '../../errors.js';
import { type RedisClient } from './client.js';
import type { Connection } from './connection.js';

const GETTING_READY = new Set(['wait', 'connecting', 'connect']);

/** Waits for clients that are still connecting, shared by all caches on one client so that it never collects listeners. */
const waits = new WeakMap<RedisClient, Promise<void>>();

/** A ready client of the user's. Connecting, reconnecting and closing it stay the user's business. */
export class GivenConnection implements Connection {
  readonly #client: RedisClient;
  readonly #cache: string;
  #tried = false;
  #closed = false;

  constructor(client: RedisClient, cache: string) {
    this.#client = client;
    this.#cache = cache;
  }

  get client(): RedisClient | undefined {
    return this.#client.status === 'ready' && !this.#closed ? this.#client : undefined;
  }

  async open(): Promise<RedisClient> {
    if (!this.#tried && !this.#closed && GETTING_READY.has(this.#client.status)) {
      await settled(this.#client);
      this.#tried = true;
    }
    if (this.client !== undefined) return this.client;
    if (this.#closed) throw new CacheClosedError('the cache is closed', { cache: this.#cache });
    this.#tried = true;
    throw new BackendUnavailableError(`the given redis client is not ready (its status is "${this.#client.status}")`, {
      cache: this.#cache,
    });
  }

  connect(): Promise<RedisClient> {
    this.#tried = false;
    return this.open();
  }

  /** Its owner decides when to reconnect, by `reconnectOnError`. */
  renew(): void {}

  mistrust(): void {}

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }
}

/** When a client that is getting ready became so, or failed to. */
function settled(client: RedisClient): Promise<void> {
  let wait = waits.get(client);
  if (wait === undefined) {
    wait = new Promise<void>((resolve) => {
      const done = (): void => {
        waits.delete(client);
        client.off('ready', done);
        client.off('close', done);
        resolve();
      };
      client.once('ready', done);
      client.once('close', done);
      if (client.status === 'wait') client.connect().catch(() => undefined);
    });
    waits.set(client, wait);
  }
  return wait;
}
