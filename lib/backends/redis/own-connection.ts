import { BackendUnavailableError, CacheClosedError, type CacheError } from '../../errors.js';
import { BackOff } from './back-off.js';
import type { RedisClient } from './client.js';
import type { Connection } from './connection.js';
import { type Dial, dial } from './dial.js';
import type { RedisAddress } from './redis-options.js';
import { describeFailure, needsOperator } from './replies.js';
import { type Traffic, watchSilence } from './traffic.js';

/** With commands waiting, this long without any answer (at most twice) ends a connection. */
const SILENCE_MS = 5_000;
/** A server that cannot help being a replica must not cost a connection for each write. */
const RENEW_EVERY_MS = 2_000;
/** A connection that did not live this long is one more failure: a flapping server is not dialled ever faster. */
const STABLE_MS = 2_000;

/**
 * A connection that this library opened. Each attempt is a client of its own with one life, dialling, ready, gone,
 * so nothing of an old socket (queued commands, selected database, late answers) reaches the next one.
 */
export class OwnConnection implements Connection {
  readonly #address: RedisAddress;
  readonly #cache: string;
  readonly #traffic: Traffic;
  readonly #backOff = new BackOff();
  #dial: Dial | undefined;
  #ready: RedisClient | undefined;
  #attempt: Promise<RedisClient> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failure: unknown;
  #tried = false;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #closing: Promise<void> | undefined;

  constructor(address: RedisAddress, cache: string, traffic: Traffic) {
    this.#address = address;
    this.#cache = cache;
    this.#traffic = traffic;
  }

  get client(): RedisClient | undefined {
    return this.#ready?.status === 'ready' ? this.#ready : undefined;
  }

  async open(): Promise<RedisClient> {
    if (this.#closing !== undefined || this.#tried) throw this.#unavailable();
    return (this.#attempt ??= this.#connect(dial(this.#address)));
  }

  async connect(): Promise<RedisClient> {
    if (this.#closing !== undefined) throw this.#unavailable();
    return this.client ?? (this.#attempt ??= this.#connect(dial(this.#address)));
  }

  renew(): void {
    const now = performance.now();
    if (now - this.#renewedAt < RENEW_EVERY_MS) return;
    this.#renewedAt = now;
    void this.#end();
  }

  close(): Promise<void> {
    clearTimeout(this.#retry);
    return (this.#closing ??= this.#end());
  }

  #end(reason?: unknown): Promise<void> {
    this.#ready = undefined;
    return this.#dial?.end(reason) ?? Promise.resolve();
  }

  async #connect(current: Dial): Promise<RedisClient> {
    clearTimeout(this.#retry);
    this.#dial = current;
    try {
      const client = await current.ready;
      if (this.#closing !== undefined) throw this.#unavailable();
      this.#ready = client;
      this.#accompany(current);
      return client;
    } catch (error) {
      this.#lost(error);
      throw this.#unavailable();
    } finally {
      this.#tried = true;
      this.#attempt = undefined;
    }
  }

  /** From ready to gone. */
  #accompany(current: Dial): void {
    const since = performance.now();
    const unwatch = watchSilence(this.#traffic, SILENCE_MS, () => void this.#end(silence()));
    void current.ended.then((reason) => {
      unwatch();
      if (performance.now() - since > STABLE_MS) this.#backOff.reset();
      // `connect()` may have dialled anew since this one was told to end.
      if (this.#dial === current) this.#lost(reason);
    });
  }

  #lost(reason: unknown): void {
    this.#dial = undefined;
    this.#ready = undefined;
    this.#failure = reason;
    if (this.#closing !== undefined) return;
    // Not kept alive by it: nobody waits for this attempt.
    this.#retry = setTimeout(
      () => {
        this.#attempt ??= this.#connect(dial(this.#address));
        this.#attempt.catch(() => undefined);
      },
      this.#backOff.nextMs(needsOperator(reason)),
    ).unref();
  }

  #unavailable(): CacheError {
    const { host, port } = this.#address;
    if (this.#closing !== undefined)
      return new CacheClosedError('the connection to redis is closed', { cache: this.#cache });
    const message = `redis at ${host}:${port} is not available: ${describeFailure(this.#failure)}; reconnecting`;
    return new BackendUnavailableError(message, { cache: this.#cache, cause: this.#failure });
  }
}

function silence(): Error {
  return Object.assign(new Error('commands are waiting and nothing was answered'), { code: 'ETIMEDOUT' });
}
