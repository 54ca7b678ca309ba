import { randomBytes } from 'node:crypto';
import type { RedisClient } from '../backends/redis/client.js';
import { dialServer, SUBSCRIBER } from '../backends/redis/dial-server.js';
import type { Bus, BusContext, BusListener, BusMessage } from '../contracts/bus.js';
import type { Line } from '../util/reconnecting.js';
import { checkCache, checkListener, checkMessage } from './check-given.js';
import { EVERYTHING } from './changes.js';
import { Ear } from './ear.js';
import { Members } from './members.js';
import { unpack } from './parcel.js';
import { Publisher } from './publisher.js';
import { readRedisBusOptions, type RedisBusOptions, type RedisBusSetting } from './redis-bus-options.js';
import { redisLine } from './redis-line.js';

/** Where Redis tells which keys were written. */
const INVALIDATIONS = '__redis__:invalidate';

type CacheOfBus = Pick<BusContext, 'cache' | 'prefix'>;

/**
 * A bus over Redis publish/subscribe, with two connections of its own. Connects when somebody joins or publishes.
 * @param of the cache it is for. Without one it serves any number of caches, and `tracking` follows all keys.
 * @throws ConfigError when the options are wrong, or the cache is
 */
export function redisBus(options: RedisBusOptions, of: CacheOfBus = { cache: 'bus', prefix: '' }): Bus {
  checkCache(of);
  return new RedisBus(readRedisBusOptions(options), of);
}

class RedisBus implements Bus {
  readonly name = 'redis';
  readonly id = randomBytes(9).toString('base64url');
  readonly #channel: string;
  readonly #members = new Members();
  readonly #publisher: Publisher;
  readonly #ear: Ear;
  #ignored = 0;
  #closing: Promise<void> | undefined;

  constructor({ store, channel, tracking }: RedisBusSetting, { cache, prefix }: CacheOfBus) {
    this.#channel = channel;
    let turn = 0;
    const line = (settings: object): Line<RedisClient> =>
      redisLine(store, cache, () => dialServer(store, turn++, settings));
    this.#publisher = new Publisher(this.id, channel, line({}));
    this.#ear = new Ear(line(SUBSCRIBER), {
      async subscribe(client) {
        if (tracking) await track(client, prefix);
        await client.call('subscribe', tracking ? [channel, INVALIDATIONS] : [channel]);
      },
      message: (from, payload) => this.#message(from, payload),
      listening: () => this.#members.listening(),
      deaf: () => this.#members.deaf(),
    });
  }

  get listening(): boolean {
    return this.#ear.listening;
  }

  get pending(): number {
    return this.#publisher.kept;
  }

  get ignored(): number {
    return this.#ignored;
  }

  async publish(message: BusMessage, from: BusListener): Promise<void> {
    checkMessage(message);
    if (this.#closing !== undefined) return;
    this.#members.received(message, from);
    await this.#publisher.publish(message);
  }

  join(listener: BusListener): () => void {
    checkListener(listener);
    if (this.#closing !== undefined) return () => undefined;
    this.#ear.start();
    return this.#members.join(listener);
  }

  async connect(): Promise<void> {
    await Promise.all([this.#ear.connect(), this.#publisher.connect()]);
  }

  close(): Promise<void> {
    this.#members.clear();
    return (this.#closing ??= Promise.all([this.#ear.close(), this.#publisher.close()]).then(() => undefined));
  }

  #message(from: string, payload: unknown): void {
    if (from === INVALIDATIONS) return this.#invalidated(payload);
    const parcel = from === this.#channel && Buffer.isBuffer(payload) ? unpack(payload) : undefined;
    if (parcel === undefined) this.#ignored += 1;
    else if (parcel.sender !== this.id)
      for (const message of parcel.messages) this.#members.received(message, undefined, parcel.sender);
  }

  /** A list of keys, or nothing when everything was flushed. Anybody may publish on that channel, too: then it is text. */
  #invalidated(keys: unknown): void {
    if (keys === null) this.#members.received(EVERYTHING);
    else if (Array.isArray(keys)) this.#members.received({ kind: 'keys', keys: keys.map(String) });
    else this.#ignored += 1;
  }
}

/**
 * Lets the server announce writes under the prefix. Redirected to the connection itself, because the older of the two
 * protocols has no other way to push, and the client library passes on what comes this way as it is.
 */
async function track(client: RedisClient, prefix: string): Promise<void> {
  const id = (await client.call('client', ['id'])) as number;
  const where = prefix === '' ? [] : ['prefix', prefix];
  await client.call('client', ['tracking', 'on', 'redirect', id, 'bcast', ...where]);
}
