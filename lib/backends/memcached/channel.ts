import type { Socket } from 'node:net';
import { encode, encodeGets, Opcode, type Reply, ReplyStream, type Request } from './packet.js';

/** Takes a reply, by the position of its request, and says whether it is the last one. */
type Take = (reply: Reply, position: number) => boolean;

/** Requests that travel together. Quiet ones may have no reply; the last one always has. */
interface Exchange {
  readonly first: number;
  readonly count: number;
  readonly take: Take;
  resolve(): void;
  reject(error: unknown): void;
}

const NOOP: Request = { opcode: Opcode.noop };

/**
 * One socket from its first byte to its last. Replies come in the order of the requests and repeat their numbers; the
 * first one that does not fit ends the socket, so that no reply, late or cut short, ever answers another request.
 */
export class Channel {
  readonly #socket: Socket;
  readonly #stream = new ReplyStream();
  /** Those that wait, oldest first, from {@link #head} on. */
  readonly #waiting: (Exchange | undefined)[] = [];
  #head = 0;
  #opaque = 0;
  #ended = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  get usable(): boolean {
    return !this.#ended && this.#socket.writable;
  }

  /** Bytes that came from the server. */
  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  /** Bytes that wait in this process because the server does not take them. */
  get backlog(): number {
    return this.#socket.writableLength;
  }

  /** What is asked for until {@link uncork} is written at once: for the kernel that is half of a request's cost. */
  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  async one(request: Request): Promise<Reply> {
    let answer: Reply;
    await this.#requests([request], (reply) => {
      answer = reply;
      return true;
    });
    return answer!;
  }

  /**
   * Each of them is answered, in turn. The server answers as it goes, so the first replies are read while it works on the others.
   * @param read must not throw
   */
  async gets(keys: readonly string[], read: (reply: Reply) => void): Promise<void> {
    let next = 0;
    const take: Take = (reply, position) => {
      // One left out would leave its caller waiting.
      if (position !== next) throw new Error('an answer is missing');
      next += 1;
      read(reply);
      return next === keys.length;
    };
    await this.#exchange(keys.length, (first) => encodeGets(keys, first), take);
  }

  /** Quiet requests: where nothing was to be said the reply is `undefined`. */
  async quiet(requests: readonly Request[]): Promise<(Reply | undefined)[]> {
    const replies = new Array<Reply | undefined>(requests.length).fill(undefined);
    await this.#requests([...requests, NOOP], (reply, position) => {
      if (reply.opcode === Opcode.noop) return true;
      replies[position] = reply;
      return false;
    });
    return replies;
  }

  /** A request that is answered with many replies, up to an empty one. */
  async stats(group: string): Promise<Record<string, string>> {
    const stats: Record<string, string> = {};
    await this.#requests([{ opcode: Opcode.stat, key: group }], ({ key, value, status }) => {
      if (key.length === 0 || status !== 0) return true;
      stats[key.toString()] = value.toString();
      return false;
    });
    return stats;
  }

  /** The socket is gone: whoever waits is told so. */
  end(reason: unknown): void {
    this.#ended = true;
    for (const exchange of this.#waiting.splice(0)) exchange?.reject(reason);
    this.#head = 0;
  }

  #requests(requests: readonly Request[], take: Take): Promise<void> {
    return this.#exchange(requests.length, (first) => encode(requests, first), take);
  }

  #exchange(count: number, encoded: (first: number) => Buffer, take: Take): Promise<void> {
    const first = this.#opaque;
    this.#opaque = (first + count) >>> 0;
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(new Error('the connection is closed'));
      const bytes = encoded(first);
      this.#waiting.push({ first, count, take, resolve, reject });
      this.#socket.write(bytes);
    });
  }

  #read(chunk: Buffer): void {
    try {
      this.#stream.read(chunk, this.#take);
    } catch (error) {
      this.#socket.destroy(error as Error);
    }
  }

  readonly #take = (reply: Reply): void => {
    const exchange = this.#waiting[this.#head];
    const position = exchange === undefined ? Infinity : (reply.opaque - exchange.first) >>> 0;
    if (exchange === undefined || position >= exchange.count) throw new Error('an answer nobody waits for');
    if (!exchange.take(reply, position)) return;
    // What is over must not be held on to: its values may be large.
    this.#waiting[this.#head] = undefined;
    this.#head += 1;
    // Taking one off the front of an array costs as much as there is behind it.
    if (this.#head === this.#waiting.length || this.#head > 1_000) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
    exchange.resolve();
  };
}
