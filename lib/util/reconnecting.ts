import type { CacheError } from '../errors.js';
import { BackOff } from './back-off.js';
import { type Traffic, watchSilence } from './traffic.js';

/** One connection from dialling to its end. */
export interface Dial<Client> {
  /** Logged in and taking commands. */
  readonly ready: Promise<Client>;
  /** Answers why it ended; never rejects. */
  readonly ended: Promise<unknown>;
  /** Ends it now: unanswered commands reject. Answers when the socket is gone. The first reason counts. */
  end(reason?: unknown): Promise<void>;
}

/** What a kind of connection has of its own. */
export interface Line<Client> {
  dial(): Dial<Client>;
  /** Whether a command can go out at once. */
  usable(client: Client): boolean;
  /** How many bytes came in so far. Absent = answers are short. */
  bytesRead?(client: Client): number;
  /** Whether trying again soon is pointless: somebody has to change the configuration, here or there. */
  needsOperator(failure: unknown): boolean;
  /** What commands reject with while there is no connection. */
  unavailable(failure: unknown): CacheError;
  closed(): CacheError;
}

/** With commands waiting, this long without any answer (at most twice) ends a connection. */
export const SILENCE_MS = 5_000;
/** A server that cannot help being the wrong one must not cost a connection for each command. */
const RENEW_EVERY_MS = 2_000;
/** A connection that did not live this long is one more failure: a flapping server is not dialled ever faster. */
const STABLE_MS = 2_000;

/**
 * A connection that this library opened, and opens again. Each attempt has one life, dialling, ready, gone,
 * so nothing of an old socket (queued commands, state, late answers) reaches the next one.
 */
export class Reconnecting<Client> {
  readonly #line: Line<Client>;
  readonly #traffic: Traffic;
  readonly #backOff = new BackOff();
  #dial: Dial<Client> | undefined;
  #ready: Client | undefined;
  #attempt: Promise<Client> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failure: unknown;
  #tried = false;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #closing: Promise<void> | undefined;

  constructor(line: Line<Client>, traffic: Traffic) {
    this.#line = line;
    this.#traffic = traffic;
  }

  /** The client, while a command can go out at once. */
  get client(): Client | undefined {
    return this.#ready !== undefined && this.#line.usable(this.#ready) ? this.#ready : undefined;
  }

  /**
   * The client, for the first commands: they wait until it is ready.
   * @throws BackendUnavailableError at once when the first attempt failed or a connection was lost
   */
  async open(): Promise<Client> {
    if (this.#closing !== undefined || this.#tried) throw this.#unavailable();
    return (this.#attempt ??= this.#connect(this.#line.dial()));
  }

  /** Like {@link open}, but tries now when the connection is down. */
  async connect(): Promise<Client> {
    if (this.#closing !== undefined) throw this.#unavailable();
    return this.client ?? (this.#attempt ??= this.#connect(this.#line.dial()));
  }

  /** An answer said that this is the wrong server: look for the right one. */
  renew(): void {
    const now = performance.now();
    if (now - this.#renewedAt < RENEW_EVERY_MS) return;
    this.#renewedAt = now;
    void this.#end();
  }

  /** Answers are out of step with commands: whatever else is under way has no answer that can be believed. */
  mistrust(reason: unknown): void {
    void this.#end(reason);
  }

  close(): Promise<void> {
    clearTimeout(this.#retry);
    return (this.#closing ??= this.#end());
  }

  #end(reason?: unknown): Promise<void> {
    this.#ready = undefined;
    return this.#dial?.end(reason) ?? Promise.resolve();
  }

  async #connect(current: Dial<Client>): Promise<Client> {
    clearTimeout(this.#retry);
    this.#dial = current;
    try {
      const client = await current.ready;
      if (this.#closing !== undefined) throw this.#unavailable();
      this.#ready = client;
      this.#accompany(current, client);
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
  #accompany(current: Dial<Client>, client: Client): void {
    const since = performance.now();
    const bytesRead = (): number => this.#line.bytesRead?.(client) ?? 0;
    const unwatch = watchSilence(this.#traffic, SILENCE_MS, () => void this.#end(silence()), bytesRead);
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
        this.#attempt ??= this.#connect(this.#line.dial());
        this.#attempt.catch(() => undefined);
      },
      this.#backOff.nextMs(this.#line.needsOperator(reason)),
    ).unref();
  }

  #unavailable(): CacheError {
    return this.#closing === undefined ? this.#line.unavailable(this.#failure) : this.#line.closed();
  }
}

/** Why a connection was ended that nothing was heard from. */
export function silence(): Error {
  return Object.assign(new Error('commands are waiting and nothing was answered'), { code: 'ETIMEDOUT' });
}
