import type { Backend, BackendCall, BackendCapabilities, BackendContext, Wire } from '../../contracts/backend.js';
import { NotANumberError } from '../../errors.js';
import { Traffic } from '../../util/traffic.js';
import { windowed } from '../../util/windowed.js';
import { batchesOf, fitsOneCommand, type SlotOf } from './batches.js';
import { clearPrefix } from './clear.js';
import { type RedisClient, isClusterClient, isRedisClient } from './client.js';
import type { Connection } from './connection.js';
import { dialServer } from './dial-server.js';
import { expire, expireUnless } from './expire.js';
import { callFlat } from './flat-lists.js';
import { GatheredGets } from './gathered-gets.js';
import { GivenConnection } from './given-connection.js';
import { identityOf } from './identity.js';
import { keySlot } from './key-slot.js';
import { RedisLoadTokens } from './load-tokens.js';
import { RedisLocks } from './locks.js';
import { ownConnection } from './own-connection.js';
import { Permission } from './permission.js';
import { checkRaw } from './raw-command.js';
import { type RedisOptions, readRedisOptions } from './redis-options.js';
import { isTornApart, replyCode } from './replies.js';
import { INCREMENT, runScript, SET_ALL } from './scripts.js';
import { type Ask, Sender, type Sending } from './sender.js';
import { Subscriber } from './subscriber.js';
import { tokenKey } from './token-key.js';
import { RedisVersions } from './versions.js';
import { lifetime, read, toAnswer, toTtl, toValues, toWire } from './wire.js';

/**
 * Entries on Redis: one server, the master that sentinels watch over, or a cluster. Connects with the first command.
 * @throws ConfigError when the options are wrong
 */
export function redisBackend(options: RedisOptions, { cache }: BackendContext): Backend {
  const store = readRedisOptions(options);
  const traffic = new Traffic();
  const identity = identityOf(store);
  let turn = 0;
  const subscriber = new Subscriber(() => dialServer(store, turn++, {}));
  if (isRedisClient(store)) {
    const connection = new GivenConnection(store, cache);
    const slotOf = isClusterClient(store) ? keySlot : undefined;
    return new RedisBackend({ connection, subscriber, traffic, identity, slotOf }, cache);
  }
  const connection = ownConnection(store, cache, traffic);
  const slotOf = store.place.kind === 'cluster' ? keySlot : undefined;
  return new RedisBackend({ connection, subscriber, traffic, identity, slotOf }, cache);
}

/** What a backend consists of, whatever the servers behind it. */
interface Parts {
  readonly connection: Connection;
  readonly subscriber: Subscriber;
  readonly traffic: Traffic;
  readonly identity: string;
  readonly slotOf: SlotOf;
}

/** So that one large `multiSet` stays below what is refused as too much waiting, by bytes and by number. */
const WINDOW = 16 * 1024 * 1024;
const WEIGHT_OF_AN_ENTRY = 1_024;
const weightless = (): number => 0;

class RedisBackend implements Backend {
  readonly name = 'redis';
  readonly capabilities: BackendCapabilities = { wire: 'bytes', ttlResolutionMs: 1, shared: true };
  readonly identity: string;
  readonly locks: RedisLocks;
  readonly versions: RedisVersions;
  readonly fences: RedisLoadTokens;
  readonly #connection: Connection;
  readonly #subscriber: Subscriber;
  readonly #sender: Sender;
  readonly #slotOf: SlotOf;
  readonly #gets: GatheredGets;
  /** Some may SET, but run no scripts. */
  readonly #scripts = new Permission();

  constructor({ connection, subscriber, traffic, identity, slotOf }: Parts, cache: string) {
    this.identity = identity;
    this.#connection = connection;
    this.#subscriber = subscriber;
    this.#slotOf = slotOf;
    this.#sender = new Sender(connection, traffic, cache);
    this.#gets = new GatheredGets(this.#sender, slotOf);
    this.#sender.beforeSending = () => this.#gets.flush();
    this.locks = new RedisLocks(this.#sender, subscriber);
    this.versions = new RedisVersions(this.#sender);
    this.fences = new RedisLoadTokens(
      this.#sender,
      (items, keyOf, work) => this.#batched(items, keyOf, work),
      slotOf !== undefined,
    );
  }

  async connect(): Promise<void> {
    await this.#connection.connect();
    await this.#sender.send((client) => client.call('ping', []), nothing, PING);
  }

  async close(): Promise<void> {
    this.#gets.flush();
    await Promise.all([this.#connection.close(), this.#subscriber.close()]);
  }

  get(key: string, { wire }: BackendCall): Promise<Wire | undefined> {
    return this.#gets.get(key, wire);
  }

  async multiGet(keys: readonly string[], { wire }: BackendCall): Promise<(Wire | undefined)[]> {
    const get = (some: readonly string[]): Promise<(Wire | undefined)[]> =>
      this.#sender.send(
        (client) => read(client, wire, 'mget', some),
        (reply) => toValues(reply, some.length),
      );
    if (fitsOneCommand(keys, this.#slotOf)) return get(keys);
    const wires = new Array<Wire | undefined>(keys.length);
    const positions = keys.map((_, position) => position);
    const keyAt = (position: number): string => keys[position]!;
    await this.#batched(positions, keyAt, async (batch) => {
      const found = await get(batch.map(keyAt));
      batch.forEach((position, index) => (wires[position] = found[index]));
    });
    return wires;
  }

  set(key: string, wire: Wire, ttlMs: number | undefined): Promise<void> {
    return this.#sender.send((client) => client.call('set', [key, toWire(wire), ...lifetime(ttlMs)]), nothing);
  }

  async multiSet(entries: readonly (readonly [string, Wire])[], ttlMs: number | undefined): Promise<void> {
    await this.#batched(
      entries.map(([key, wire]) => [key, toWire(wire)] as const),
      ([key]) => key,
      (pairs) => {
        const ask: Ask =
          ttlMs === undefined
            ? (client) => callFlat(client, 'mset', inTurn(pairs))
            : (client) => this.#setAll(client, pairs, Math.ceil(ttlMs));
        return this.#sender.send(ask, nothing, { weight: pairs.length });
      },
      ([, wire]) => WEIGHT_OF_AN_ENTRY + wire.length,
    );
  }

  add(key: string, wire: Wire, ttlMs: number | undefined): Promise<boolean> {
    const ask: Ask = (client) => client.call('set', [key, toWire(wire), ...lifetime(ttlMs), 'NX']);
    return this.#sender.send(ask, (reply) => reply !== null);
  }

  async delete(keys: readonly string[]): Promise<number> {
    const counts = await this.#batched(
      keys,
      (key) => key,
      async (batch) => {
        const tokens = batch.flatMap((key) => tokenKey(key, this.#slotOf !== undefined) ?? []);
        // The tokens first, or a load could still be stored in between. Both travel together.
        const untied =
          tokens.length === 0 ? undefined : this.#sender.send((client) => callFlat(client, 'unlink', tokens), Number);
        const [count] = await Promise.all([
          this.#sender.send((client) => callFlat(client, 'unlink', batch), Number),
          untied,
        ]);
        return count;
      },
    );
    return counts.reduce((sum, count) => sum + count);
  }

  exists(key: string): Promise<boolean> {
    return this.#sender.send((client) => client.call('exists', [key]), isOne);
  }

  increment(key: string, delta: number, ttlMs: number | undefined): Promise<number> {
    const ttl = ttlMs === undefined ? '' : `${Math.ceil(ttlMs)}`;
    return this.#sender.send(
      (client) => runScript(client, INCREMENT, [key], [`${delta}`, ttl]),
      (reply) => {
        const [sum] = toAnswer(reply, 1);
        if (sum !== null) return Number(sum);
        throw new NotANumberError('the stored value, or the sum, is no safe integer; nothing was changed', {
          cache: this.#sender.cache,
        });
      },
    );
  }

  expire(key: string, ttlMs: number | undefined): Promise<boolean> {
    return this.#sender.send((client) => expire(client, key, ttlMs), isOne);
  }

  expireUnless(key: string, ttlMs: number | undefined, beginning: string): Promise<boolean | undefined> {
    return this.#sender.send(
      (client) => expireUnless(client, key, ttlMs, beginning, this.#scripts),
      (reply) => (reply === null ? undefined : isOne(reply)),
    );
  }

  ttl(key: string): Promise<number | null | undefined> {
    return this.#sender.send((client) => client.call('pttl', [key]), toTtl);
  }

  clear(prefix: string): Promise<void> {
    return this.#sender.send((client) => clearPrefix(client, prefix, this.#sender.progress), nothing);
  }

  raw(command: string, args: readonly unknown[]): Promise<unknown> {
    checkRaw(command, args);
    return this.#sender.send(
      (client) => client.call(command, args as readonly (string | Buffer | number)[]),
      (reply) => reply,
    );
  }

  /**
   * In as few commands as there can be; item by item where the keys of one command are on the move.
   * @param weigh of items that fill the connection: no more of them than the {@link WINDOW} are on their way at the same time
   */
  async #batched<T, R>(
    items: readonly T[],
    keyOf: (item: T) => string,
    work: (batch: readonly T[]) => Promise<R>,
    weigh: (item: T) => number = weightless,
  ): Promise<R[]> {
    const weightOf = (batch: readonly T[]): number => batch.reduce((sum, item) => sum + weigh(item), 0);
    const workOn = async (batch: readonly T[]): Promise<R[]> => {
      try {
        return [await work(batch)];
      } catch (error) {
        if (batch.length === 1 || !isTornApart(error)) throw error;
        return Promise.all(batch.map((item) => work([item])));
      }
    };
    return (await windowed(batchesOf(items, keyOf, this.#slotOf), WINDOW, workOn, weightOf)).flat();
  }

  /** One script is twice as fast as a SET for each; where scripts are forbidden it is a SET for each. */
  async #setAll(
    client: RedisClient,
    pairs: readonly (readonly [string, string | Buffer])[],
    ttlMs: number,
  ): Promise<void> {
    if (!this.#scripts.denied) {
      const keys = pairs.map(([key]) => key);
      try {
        await runScript(client, SET_ALL, keys, [ttlMs, ...pairs.map(([, wire]) => wire)]);
        return;
      } catch (error) {
        if (replyCode(error) !== 'NOPERM') throw error;
        this.#scripts.deny();
      }
    }
    await pipelined(
      client,
      pairs.map((pair) => ['set', ...pair, 'PX', ttlMs]),
    );
  }
}

/** The server answered and knows us, which is all that a ping asks. */
const PING: Sending = { recover: 'NOPERM' };

function nothing(): void {}

function isOne(reply: unknown): boolean {
  return Number(reply) === 1;
}

/** As `pairs.flat()`, in a tenth of the time. */
function inTurn(pairs: readonly (readonly [string, string | Buffer])[]): (string | Buffer)[] {
  const list: (string | Buffer)[] = [];
  for (const [key, wire] of pairs) list.push(key, wire);
  return list;
}

/** All in one go; rejects with the first failure after all were answered. */
async function pipelined(client: RedisClient, commands: unknown[][]): Promise<void> {
  for (const [error] of (await client.pipeline(commands).exec()) ?? []) if (error !== null) throw error;
}
