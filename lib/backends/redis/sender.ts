import { BackendUnavailableError, type CacheError, isCacheError } from '../../errors.js';
import type { Traffic } from '../../util/traffic.js';
import { type RedisClient, backlogBytes } from './client.js';
import type { Connection } from './connection.js';
import { commandError, replyCode } from './replies.js';

/** More unanswered commands than this are refused at once: a frozen server must not fill this process's memory. */
const MAX_PENDING = 50_000;
/** Likewise for bytes that the server does not take. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;

export type Ask = (client: RedisClient) => Promise<unknown>;

export interface Sending {
  /** How many commands it counts for. */
  readonly weight?: number;
  /** An error that means the same as nil. */
  readonly recover?: string;
}

const PLAIN: Sending = {};

/** The way of every command to the server and of its answer back. */
export class Sender {
  readonly cache: string;
  /** Called before anything is sent: what was only collected so far must not be overtaken. */
  beforeSending: () => void = () => undefined;
  readonly #connection: Connection;
  readonly #traffic: Traffic;

  constructor(connection: Connection, traffic: Traffic, cache: string) {
    this.#connection = connection;
    this.#traffic = traffic;
    this.cache = cache;
  }

  /** Nothing is on its way. */
  get idle(): boolean {
    return this.#traffic.pending === 0;
  }

  send<T>(ask: Ask, answer: (reply: unknown) => T, { weight = 1, recover }: Sending = PLAIN): Promise<T> {
    return this.post(ask, weight, answer, (error) => {
      const code = replyCode(error);
      if (code !== undefined && code === recover) return answer(null);
      throw commandError(error, this.cache);
    });
  }

  /**
   * One promise beyond the client's own, no timer: what a command costs here.
   * @param answer throws when the reply does not fit the command
   * @param failed gets what the client, or `answer`, failed with, which may hold what was sent
   */
  post<T>(ask: Ask, weight: number, answer: (reply: unknown) => T, failed: (error: unknown) => T): Promise<T> {
    this.beforeSending();
    const traffic = this.#traffic;
    const { client } = this.#connection;
    if (traffic.pending >= MAX_PENDING || (client !== undefined && backlogBytes(client) > MAX_BACKLOG_BYTES)) {
      return Promise.reject(this.#overloaded()).catch(failed);
    }
    const reply = client === undefined ? this.#connection.open().then(ask) : ask(client);
    traffic.pending += weight;
    return reply.then(
      (value) => {
        traffic.settle(weight);
        try {
          return answer(value);
        } catch (error) {
          if (!isCacheError(error)) this.#connection.mistrust(error);
          return failed(error);
        }
      },
      (error: unknown) => {
        traffic.settle(weight);
        if (replyCode(error) === 'READONLY') this.#connection.renew();
        return failed(error);
      },
    );
  }

  /** A long walk is no silence. */
  readonly progress = (): void => this.#traffic.settle(0);

  #overloaded(): CacheError {
    return new BackendUnavailableError('too much is waiting for redis to answer; nothing was sent', {
      cache: this.cache,
    });
  }
}
