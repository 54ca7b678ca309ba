import type { Backend, BackendCall, BackendCapabilities, BackendContext, Wire } from '../../contracts/backend.js';
import { BackendUnavailableError, type CacheError, NotANumberError } from '../../errors.js';
import { batchesOf, type SlotOf } from './batches.js';
import { clearPrefix } from './clear.js';
import { type RedisClient, backlogBytes, isRedisClient } from './client.js';
import type { Connection } from './connection.js';
import { dial, dialLike } from './dial.js';
import { GivenConnection } from './given-connection.js';
import { type AwaitedGet, GatheredGets, type GetSender } from './gathered-gets.js';
import { identityOf } from './identity.js';
import { RedisLocks } from './locks.js';
import { ownConnection } from './own-connection.js';
import { type RedisOptions, readRedisOptions } from './redis-options.js';
import { commandError, replyCode } from './replies.js';
import { INCREMENT, PERSIST, runScript, SET_ALL } from './scripts.js';
import { Subscriber } from './subscriber.js';
import { RedisVersions } from './versions.js';
import { Traffic } from '../../util/traffic.js';
import { lifetime, orUndefined, read, toTtl, toWire } from './wire.js';

/** More unanswered commands than this are refused at once: a frozen server must not fill this process's memory. */
const MAX_PENDING = 50_000;
/** Likewise for bytes that the server does not take. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;

/**
 * Entries on one Redis server. Connects with the first command.
 * @throws ConfigError when the options are wrong
 */
export function redisBackend(options: RedisOptions, context: BackendContext): Backend {
  const store = readRedisOptions(options);
  const traffic = new Traffic();
  const connection = isRedisClient(store)
    ? new GivenConnection(store, context.cache)
    : ownConnection(store, context.cache, traffic);
  const subscriber = new Subscriber(() => (isRedisClient(store) ? dialLike(store) : dial(store)));
  return new RedisBackend(connection, subscriber, traffic, identityOf(store), context.cache);
}

class RedisBackend implements Backend {
  readonly name = 'redis';
  readonly capabilities: BackendCapabilities = { wire: 'bytes', ttlResolutionMs: 1, shared: true };
  readonly identity: string;
  readonly locks: RedisLocks;
  readonly versions: RedisVersions;
  readonly #connection: Connection;
  readonly #subscriber: Subscriber;
  readonly #traffic: Traffic;
  readonly #cache: string;
  readonly #slotOf: SlotOf = undefined;
  readonly #gets: GatheredGets;
  /** The server's ACL lets us GET, but not MGET. */
  #getsAlone = false;
  /** Likewise for scripts. */
  #scriptsForbidden = false;

  constructor(connection: Connection, subscriber: Subscriber, traffic: Traffic, identity: string, cache: string) {
    this.#connection = connection;
    this.#traffic = traffic;
    this.identity = identity;
    this.#cache = cache;
    this.#gets = new GatheredGets(this.#sender(), this.#slotOf);
    this.#subscriber = subscriber;
    const send = <T>(ask: Ask, answer: (reply: unknown) => T): Promise<T> => this.#send(ask, answer);
    this.locks = new RedisLocks(send, subscriber);
    this.versions = new RedisVersions(send);
  }

  async connect(): Promise<void> {
    await this.#connection.connect();
    await this.#send((client) => client.call('ping', []), nothing, PING);
  }

  async close(): Promise<void> {
    await Promise.all([this.#connection.close(), this.#subscriber.close()]);
  }

  get(key: string, { wire }: BackendCall): Promise<Wire | undefined> {
    return this.#gets.get(key, wire);
  }

  async multiGet(keys: readonly string[], { wire }: BackendCall): Promise<(Wire | undefined)[]> {
    const wires = new Array<Wire | undefined>(keys.length);
    const positions = Array.from(keys, (_, position) => position);
    await this.#batched(
      positions,
      (position) => keys[position]!,
      async (batch) => {
        const found = await this.#send(
          (client) =>
            read(
              client,
              wire,
              'mget',
              batch.map((position) => keys[position]!),
            ),
          (reply) => reply as unknown[],
        );
        batch.forEach((position, index) => (wires[position] = orUndefined(found[index])));
      },
    );
    return wires;
  }

  set(key: string, wire: Wire, ttlMs: number | undefined): Promise<void> {
    return this.#send((client) => client.call('set', [key, toWire(wire), ...lifetime(ttlMs)]), nothing);
  }

  async multiSet(entries: readonly (readonly [string, Wire])[], ttlMs: number | undefined): Promise<void> {
    await this.#batched(
      entries,
      ([key]) => key,
      (batch) => {
        const pairs = batch.map(([key, wire]) => [key, toWire(wire)] as const);
        const ask: Ask =
          ttlMs === undefined
            ? (client) => client.call('mset', pairs.flat())
            : (client) => this.#setAll(client, pairs, Math.ceil(ttlMs));
        return this.#send(ask, nothing, { weight: batch.length });
      },
    );
  }

  add(key: string, wire: Wire, ttlMs: number | undefined): Promise<boolean> {
    const ask: Ask = (client) => client.call('set', [key, toWire(wire), ...lifetime(ttlMs), 'NX']);
    return this.#send(ask, (reply) => reply !== null);
  }

  async delete(keys: readonly string[]): Promise<number> {
    const counts = await this.#batched(
      keys,
      (key) => key,
      (batch) => this.#send((client) => client.call('unlink', batch), Number),
    );
    return counts.reduce((sum, count) => sum + count);
  }

  exists(key: string): Promise<boolean> {
    return this.#send((client) => client.call('exists', [key]), isOne);
  }

  increment(key: string, delta: number, ttlMs: number | undefined): Promise<number> {
    const ttl = ttlMs === undefined ? '' : `${Math.ceil(ttlMs)}`;
    return this.#send(
      (client) => runScript(client, INCREMENT, [key], [`${delta}`, ttl]),
      (reply) => {
        if (reply !== null) return Number(reply);
        throw new NotANumberError('the stored value, or the sum, is no safe integer; nothing was changed', {
          cache: this.#cache,
        });
      },
    );
  }

  expire(key: string, ttlMs: number | undefined): Promise<boolean> {
    const ask: Ask =
      ttlMs === undefined
        ? (client) => runScript(client, PERSIST, [key])
        : (client) => client.call('pexpire', [key, Math.ceil(ttlMs)]);
    return this.#send(ask, isOne);
  }

  ttl(key: string): Promise<number | null | undefined> {
    return this.#send((client) => client.call('pttl', [key]), toTtl);
  }

  clear(prefix: string): Promise<void> {
    const progress = (): void => this.#traffic.settle(0);
    return this.#send((client) => clearPrefix(client, prefix, progress), nothing);
  }

  raw(command: string, args: readonly unknown[]): Promise<unknown> {
    return this.#send(
      (client) => client.call(command, args as readonly (string | Buffer | number)[]),
      (reply) => reply,
    );
  }

  #batched<T, R>(
    items: readonly T[],
    keyOf: (item: T) => string,
    work: (batch: readonly T[]) => Promise<R>,
  ): Promise<R[]> {
    return Promise.all(batchesOf(items, keyOf, this.#slotOf).map(work));
  }

  /** One script is twice as fast as a SET for each; where scripts are forbidden it is a SET for each. */
  async #setAll(
    client: RedisClient,
    pairs: readonly (readonly [string, string | Buffer])[],
    ttlMs: number,
  ): Promise<void> {
    if (!this.#scriptsForbidden) {
      const keys = pairs.map(([key]) => key);
      try {
        await runScript(client, SET_ALL, keys, [ttlMs, ...pairs.map(([, wire]) => wire)]);
        return;
      } catch (error) {
        if (replyCode(error) !== 'NOPERM') throw error;
        this.#scriptsForbidden = true;
      }
    }
    await pipelined(
      client,
      pairs.map((pair) => ['set', ...pair, 'PX', ttlMs]),
    );
  }

  #sender(): GetSender {
    const traffic = this.#traffic;
    return {
      get idle() {
        return traffic.pending === 0;
      },
      one: (get) => this.#getOne(get),
      many: (gets) => this.#getMany(gets),
    };
  }

  #getOne({ key, wire, resolve, reject }: AwaitedGet): void {
    this.#send((client) => read(client, wire, 'get', [key]), orUndefined, GET).then(resolve, reject);
  }

  #getMany(gets: readonly AwaitedGet[]): void {
    if (this.#getsAlone) return gets.forEach((get) => this.#getOne(get));
    const { wire } = gets[0]!;
    const keys = gets.map((get) => get.key);
    void this.#post(
      (client) => read(client, wire, 'mget', keys),
      gets.length,
      (reply) => gets.forEach((get, index) => get.resolve(orUndefined((reply as unknown[])[index]))),
      (error) => {
        this.#getsAlone = replyCode(error) === 'NOPERM';
        if (this.#getsAlone) gets.forEach((get) => this.#getOne(get));
        else gets.forEach((get) => get.reject(commandError(error, this.#cache)));
      },
    );
  }

  #send<T>(ask: Ask, answer: (reply: unknown) => T, { weight = 1, recover }: Sending = PLAIN): Promise<T> {
    return this.#post(ask, weight, answer, (error) => {
      const code = replyCode(error);
      if (code !== undefined && code === recover) return answer(null);
      throw commandError(error, this.#cache);
    });
  }

  /** One promise beyond the client's own, no timer: what a command costs here. */
  #post<T>(ask: Ask, weight: number, answer: (reply: unknown) => T, failed: (error: unknown) => T): Promise<T> {
    this.#gets.flush();
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
        return answer(value);
      },
      (error: unknown) => {
        traffic.settle(weight);
        if (replyCode(error) === 'READONLY') this.#connection.renew();
        return failed(error);
      },
    );
  }

  #overloaded(): CacheError {
    return new BackendUnavailableError('too much is waiting for redis to answer; nothing was sent', {
      cache: this.#cache,
    });
  }
}

type Ask = (client: RedisClient) => Promise<unknown>;

interface Sending {
  /** How many commands it counts for. */
  readonly weight?: number;
  /** An error that means the same as nil. */
  readonly recover?: string;
}

const PLAIN: Sending = {};
/** Under our key somebody keeps a list, say: no value of ours. */
const GET: Sending = { recover: 'WRONGTYPE' };
/** The server answered and knows us, which is all that a ping asks. */
const PING: Sending = { recover: 'NOPERM' };

function nothing(): void {}

function isOne(reply: unknown): boolean {
  return Number(reply) === 1;
}

/** All in one go; rejects with the first failure after all were answered. */
async function pipelined(client: RedisClient, commands: unknown[][]): Promise<void> {
  for (const [error] of (await client.pipeline(commands).exec()) ?? []) if (error !== null) throw error;
}
