import type { Wire } from '../../contracts/backend.js';
import type { WireKind } from '../../contracts/serializer.js';
import { BackendUnavailableError, CacheClosedError } from '../../errors.js';
import { Gathering } from '../../util/gathering.js';
import { Reconnecting } from '../../util/reconnecting.js';
import { Traffic } from '../../util/traffic.js';
import type { Channel } from './channel.js';
import { dial, LoginRefused } from './dial.js';
import type { ServerAddress } from './memcached-options.js';
import { Opcode, type Reply, type Request, Status } from './packet.js';
import { checked, lost, unavailable } from './replies.js';
import { fromWire } from './wire.js';

/** More unanswered requests than this are refused at once: a frozen server must not fill this process's memory. */
const MAX_PENDING = 50_000;
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;

/** A get, and who waits for it. */
export interface AwaitedGet {
  readonly key: string;
  /** `undefined` = no such key. */
  answered(reply: Reply | undefined): void;
  failed(error: unknown): void;
}

/** One server of possibly many. */
export class Server {
  readonly name: string;
  readonly #cache: string;
  readonly #traffic = new Traffic();
  readonly #connection: Reconnecting<Channel>;
  readonly #gets = new Gathering<AwaitedGet>((gets) => this.#send(gets));

  constructor(address: ServerAddress, cache: string) {
    this.name = `${address.host}:${address.port}`;
    this.#cache = cache;
    this.#connection = new Reconnecting<Channel>(
      {
        dial: () => dial(address),
        usable: (channel) => channel.usable,
        bytesRead: (channel) => channel.bytesRead,
        needsOperator: (failure) => failure instanceof LoginRefused,
        unavailable: (failure) => unavailable(failure, this.name, cache),
        closed: () => new CacheClosedError('the connection to memcached is closed', { cache }),
      },
      this.#traffic,
    );
  }

  async connect(): Promise<void> {
    await this.#connection.connect();
    await this.one({ opcode: Opcode.version });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** Gets of one turn of the event loop travel together. `undefined` = no such key. */
  get(key: string): Promise<Reply | undefined> {
    return new Promise((answered, failed) => this.ask({ key, answered, failed }));
  }

  /** The same for somebody who needs no promise. */
  ask(get: AwaitedGet): void {
    this.#gets.add(get);
  }

  async one(request: Request): Promise<Reply> {
    return checked(await this.#post(1, (channel) => channel.one(request)));
  }

  /** Many at once. Of a quiet request without a reply, what it is quiet about is the case. */
  async quiet(requests: readonly Request[]): Promise<(Reply | undefined)[]> {
    const replies = await this.#post(requests.length, (channel) => channel.quiet(requests));
    for (const reply of replies) if (reply !== undefined) checked(reply);
    return replies;
  }

  /** By position. `undefined` = no such key. */
  async getMany(keys: readonly string[], wire: WireKind): Promise<(Wire | undefined)[]> {
    const values: (Wire | undefined)[] = [];
    let failure: unknown;
    // Values are taken out while the server works on the next ones, and what is wrong with one is told when all have come.
    const read = (reply: Reply): void => {
      try {
        values.push(valueIn(reply, wire));
      } catch (error) {
        failure ??= error;
      }
    };
    await this.#post(keys.length, (channel) => channel.gets(keys, read));
    if (failure !== undefined) throw failure;
    return values;
  }

  stats(group: string): Promise<Record<string, string>> {
    return this.#post(1, (channel) => channel.stats(group));
  }

  #send(gets: readonly AwaitedGet[]): void {
    const keys = gets.map(({ key }) => key);
    const replies: Reply[] = [];
    // None counts before all are there: where one ends is known for certain when the next one fits.
    this.#post(gets.length, (channel) => channel.gets(keys, (reply) => void replies.push(reply))).then(
      () => replies.forEach((reply, position) => settle(gets[position]!, reply)),
      (error: unknown) => {
        for (const get of gets) get.failed(error);
      },
    );
  }

  /** Gets that were only collected so far are not overtaken: they travel in front, in the same piece. */
  #post<T>(weight: number, ask: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = this.#connection.client;
    channel?.cork();
    try {
      this.#gets.flush();
      return this.#ask(channel, weight, ask);
    } finally {
      channel?.uncork();
    }
  }

  #ask<T>(channel: Channel | undefined, weight: number, ask: (channel: Channel) => Promise<T>): Promise<T> {
    const traffic = this.#traffic;
    if (traffic.pending >= MAX_PENDING || (channel !== undefined && channel.backlog > MAX_BACKLOG_BYTES)) {
      const message = 'too much is waiting for memcached to answer; nothing was sent';
      return Promise.reject(new BackendUnavailableError(message, { cache: this.#cache }));
    }
    traffic.pending += weight;
    return (channel === undefined ? this.#connection.open().then(ask) : ask(channel)).then(
      (answer) => {
        traffic.settle(weight);
        return answer;
      },
      (error: unknown) => {
        traffic.settle(weight);
        throw lost(error, this.#cache);
      },
    );
  }
}

function settle(get: AwaitedGet, reply: Reply): void {
  try {
    get.answered(found(reply));
  } catch (error) {
    get.failed(error);
  }
}

function valueIn(reply: Reply, wire: WireKind): Wire | undefined {
  return found(reply) && fromWire(reply, wire);
}

/** @throws when the server could not do what it was asked */
function found(reply: Reply): Reply | undefined {
  if (reply.status === Status.ok) return reply;
  checked(reply);
  return undefined;
}
