import type { Socket } from 'node:net';
import { encode, encodeGets, Opcode, type Reply, ReplyStream, type Request } from './packet.js';

/** Requests that travel together, and their replies by position. Quiet ones may have none; the last one always has. */
interface Exchange {
  readonly first: number;
  readonly replies: (Reply | undefined)[];
  readonly ends: (reply: Reply, position: number) => boolean;
  resolve(replies: (Reply | undefined)[]): void;
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
  /** Those that wait, oldest first. */
  readonly #waiting: Exchange[] = [];
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
    return (await this.#requests([request], () => true))[0]!;
  }

  /**
   * Each of them is answered. The server answers as it goes, so the first replies are read while it works on the others.
   * @param read must not throw
   */
  async gets<T>(keys: readonly string[], read: (reply: Reply) => T): Promise<T[]> {
    const answers: T[] = [];
    const ends = (reply: Reply, position: number): boolean => {
      // One left out would leave its caller waiting.
      if (position !== answers.length) throw new Error('an answer is missing');
      return answers.push(read(reply)) === keys.length;
    };
    await this.#exchange(keys.length, (first) => encodeGets(keys, first), ends);
    return answers;
  }

  /** Quiet requests: where nothing was to be said the reply is `undefined`. */
  quiet(requests: readonly Request[]): Promise<(Reply | undefined)[]> {
    return this.#requests([...requests, NOOP], (reply) => reply.opcode === Opcode.noop);
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
    for (const exchange of this.#waiting.splice(0).slice(this.#head)) exchange.reject(reason);
    this.#head = 0;
  }

  #requests(requests: readonly Request[], ends: Exchange['ends']): Promise<(Reply | undefined)[]> {
    return this.#exchange(requests.length, (first) => encode(requests, first), ends);
  }

  #exchange(count: number, encoded: (first: number) => Buffer, ends: Exchange['ends']): Promise<(Reply | undefined)[]> {
    const first = this.#opaque;
    this.#opaque = (first + count) >>> 0;
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(new Error('the connection is closed'));
      const bytes = encoded(first);
      this.#waiting.push({ first, replies: new Array<undefined>(count), ends, resolve, reject });
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
    if (exchange === undefined || position >= exchange.replies.length) throw new Error('an answer nobody waits for');
    exchange.replies[position] = reply;
    if (!exchange.ends(reply, position)) return;
    this.#head += 1;
    // Taking one off the front of an array costs as much as there is behind it.
    if (this.#head === this.#waiting.length || this.#head > 1_000) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
    exchange.resolve(exchange.replies);
  };
}
