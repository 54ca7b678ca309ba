import { type Dial, SILENCE_MS, silence } from '../../util/reconnecting.js';
import { Traffic, watchSilence } from '../../util/traffic.js';
import type { RedisClient } from './client.js';

/** A connection without listeners is kept this long for the next one. */
const IDLE_MS = 10_000;

/**
 * A connection that only listens: Redis wants one of its own for that. Opened for the first listener. When it is lost
 * everybody is called, because a message may have been missed, and the next listener opens another.
 */
export class Subscriber {
  readonly #dial: () => Dial<RedisClient>;
  readonly #traffic = new Traffic();
  readonly #listeners = new Map<string, Set<() => void>>();
  #current: Dial<RedisClient> | undefined;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(dial: () => Dial<RedisClient>) {
    this.#dial = dial;
  }

  /** Calls `wake` for every message on a channel from now on. Answers how to stop. */
  async listen(channel: string, wake: () => void): Promise<() => void> {
    clearTimeout(this.#idle);
    const client = await this.#open();
    const known = this.#listeners.get(channel);
    const listeners = known ?? new Set();
    this.#listeners.set(channel, listeners.add(wake));
    try {
      // Asked also for a channel that is known: its answer says that listening has begun.
      await this.#ask(client, 'subscribe', channel);
    } catch (error) {
      this.#leave(channel, listeners, wake, client);
      throw error;
    }
    return () => this.#leave(channel, listeners, wake, client);
  }

  async #ask(client: RedisClient, command: string, channel: string): Promise<void> {
    this.#traffic.pending += 1;
    try {
      await client.call(command, [channel]);
    } finally {
      this.#traffic.settle(1);
    }
  }

  close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    return this.#current?.end() ?? Promise.resolve();
  }

  #open(): Promise<RedisClient> {
    if (this.#closed) return Promise.reject(new Error('closed'));
    if (this.#current === undefined) this.#accompany((this.#current = this.#dial()));
    return this.#current.ready;
  }

  #accompany(current: Dial<RedisClient>): void {
    const lost = (): void => {
      if (this.#current === current) this.#current = undefined;
      const everybody = [...this.#listeners.values()];
      this.#listeners.clear();
      for (const listeners of everybody) for (const wake of listeners) wake();
    };
    // A peer that is gone without a word would be asked again and again, and every waiter would wait for its answer.
    const unwatch = watchSilence(this.#traffic, SILENCE_MS, () => void current.end(silence()));
    current.ready.then((client) => client.on('messageBuffer', (channel) => this.#wake(String(channel))), lost);
    void current.ended.then(lost).then(unwatch);
  }

  #wake(channel: string): void {
    for (const wake of this.#listeners.get(channel) ?? []) wake();
  }

  #leave(channel: string, listeners: Set<() => void>, wake: () => void, client: RedisClient): void {
    listeners.delete(wake);
    if (listeners.size > 0 || this.#listeners.get(channel) !== listeners) return;
    this.#listeners.delete(channel);
    this.#ask(client, 'unsubscribe', channel).catch(() => undefined);
    if (this.#listeners.size > 0 || this.#closed) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.#current?.end(), IDLE_MS).unref();
  }
}
