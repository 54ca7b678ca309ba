import type { RedisClient } from '../backends/redis/client.js';
import { type Dial, type Line, Reconnecting } from '../util/reconnecting.js';
import { Traffic, watchSilence } from '../util/traffic.js';

/** A listening connection says nothing of its own accord when its server hangs: so it is asked, this often. */
const HEARTBEAT_MS = 1_000;

/** What an ear does with a connection, and whom it tells. */
export interface EarEvents {
  /** Subscribes. Messages may come from now on. */
  subscribe(client: RedisClient): Promise<void>;
  message(channel: string, payload: unknown): void;
  listening(): void;
  deaf(): void;
}

/**
 * The connection that listens. Lost and opened again by itself; a server that hangs is noticed within three heartbeats.
 */
export class Ear {
  readonly #connection: Reconnecting<RedisClient>;
  readonly #events: EarEvents;
  #started = false;
  #listening = false;
  #closed = false;

  constructor(line: Line<RedisClient>, events: EarEvents) {
    this.#events = events;
    // Its own heartbeat is quicker than what watches a connection for answers otherwise.
    this.#connection = new Reconnecting({ ...line, dial: () => this.#accompany(line.dial()) }, new Traffic());
  }

  get listening(): boolean {
    return this.#listening;
  }

  start(): void {
    if (this.#started || this.#closed) return;
    this.#started = true;
    // From now on it tries for as long as it takes.
    this.#connection.connect().catch(() => undefined);
  }

  async connect(): Promise<void> {
    this.#started = true;
    await this.#connection.connect();
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#listening = false;
    return this.#connection.close();
  }

  /** The same connection, which is only ready when it listens. */
  #accompany(dial: Dial<RedisClient>): Dial<RedisClient> {
    let stop = (): void => undefined;
    const lost = (): void => {
      stop();
      if (!this.#listening) return;
      this.#listening = false;
      this.#events.deaf();
    };
    const end = (reason?: unknown): Promise<void> => {
      lost();
      return dial.end(reason);
    };
    const subscribed = async (): Promise<RedisClient> => {
      const client = await dial.ready;
      const traffic = new Traffic();
      client.on('messageBuffer', (channel, payload) => {
        traffic.settle(0);
        this.#events.message(String(channel), payload);
      });
      stop = beat(client, traffic, () => void end(silence()));
      try {
        await this.#events.subscribe(client);
      } catch (error) {
        await end(error);
        throw await dial.ended;
      }
      if (!this.#closed) {
        this.#listening = true;
        this.#events.listening();
      }
      return client;
    };
    void dial.ended.then(lost);
    return { ready: subscribed(), ended: dial.ended, end };
  }
}

/** Calls `silent` when a question is not answered. Answers how to stop. */
function beat(client: RedisClient, traffic: Traffic, silent: () => void): () => void {
  const settle = (): void => traffic.settle(1);
  const timer = setInterval(() => {
    if (traffic.pending > 0) return;
    traffic.pending += 1;
    client.call('ping', []).then(settle, settle);
  }, HEARTBEAT_MS).unref();
  const unwatch = watchSilence(traffic, HEARTBEAT_MS, silent);
  return () => {
    clearInterval(timer);
    unwatch();
  };
}

function silence(): Error {
  return Object.assign(new Error('the server does not answer'), { code: 'ETIMEDOUT' });
}
