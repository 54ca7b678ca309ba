/** Commands of the binary protocol. Those that end in `Quietly` are answered only when something went wrong. */
export const Opcode = {
  get: 0x00,
  set: 0x01,
  add: 0x02,
  replace: 0x03,
  delete: 0x04,
  increment: 0x05,
  decrement: 0x06,
  flush: 0x08,
  noop: 0x0a,
  version: 0x0b,
  stat: 0x10,
  setQuietly: 0x11,
  deleteQuietly: 0x14,
  touch: 0x1c,
  login: 0x21,
} as const;

/** What a server says of a request. */
export const Status = {
  ok: 0x00,
  notFound: 0x01,
  exists: 0x02,
  tooLarge: 0x03,
  notStored: 0x05,
  notANumber: 0x06,
  refusedLogin: 0x20,
  unknownCommand: 0x81,
  outOfMemory: 0x82,
  busy: 0x85,
} as const;

export interface Request {
  readonly opcode: number;
  readonly key?: string;
  readonly value?: Uint8Array;
  /** Command specific, in front of the key. */
  readonly extras?: Uint8Array;
  /** Only if the entry still has this number; 0 or nothing = in any case. */
  readonly cas?: bigint;
}

/** One answer. Lies in what was read from the socket; its parts are taken out when they are asked for. */
export class Reply {
  readonly opcode: number;
  readonly status: number;
  readonly opaque: number;
  readonly #buffer: Buffer;
  readonly #at: number;

  /** @param at where its header begins; all of it has arrived */
  constructor(buffer: Buffer, at: number) {
    this.opcode = buffer[at + 1]!;
    this.status = (buffer[at + 6]! << 8) | buffer[at + 7]!;
    this.opaque = buffer.readUInt32BE(at + 12);
    this.#buffer = buffer;
    this.#at = at;
  }

  /** Changes with every write of the entry. */
  get cas(): bigint {
    return this.#buffer.readBigUInt64BE(this.#at + 16);
  }

  get extras(): Buffer {
    return this.#buffer.subarray(this.#at + HEADER, this.#extrasEnd);
  }

  get key(): Buffer {
    return this.#buffer.subarray(this.#extrasEnd, this.#keyEnd);
  }

  get value(): Buffer {
    return this.#buffer.subarray(this.#keyEnd, this.#end);
  }

  /** The value as text. */
  get text(): string {
    return this.#buffer.toString('utf8', this.#keyEnd, this.#end);
  }

  get #extrasEnd(): number {
    return this.#at + HEADER + this.#buffer[this.#at + 4]!;
  }

  get #keyEnd(): number {
    return this.#extrasEnd + this.#buffer.readUInt16BE(this.#at + 2);
  }

  get #end(): number {
    return this.#at + HEADER + this.#buffer.readUInt32BE(this.#at + 8);
  }

  /** Its parts do not fit into it: nothing behind it can be read either. */
  get broken(): boolean {
    return this.#keyEnd > this.#end;
  }
}

const HEADER = 24;
/** No server holds larger items; a longer reply is no reply. */
const MAX_BODY = 1024 * 1024 * 1024 + 1024;

/** Requests as they travel, numbered from `opaque` on: the numbers come back with the replies. */
export function encode(requests: readonly Request[], opaque: number): Buffer {
  let length = 0;
  for (const request of requests) length += HEADER + bodyLength(request);
  const buffer = Buffer.allocUnsafe(length).fill(0);
  let at = 0;
  for (let index = 0; index < requests.length; index++) {
    const request = requests[index]!;
    const { key = '', value, extras, cas } = request;
    buffer[at] = 0x80;
    buffer[at + 1] = request.opcode;
    buffer[at + 2] = key.length >>> 8;
    buffer[at + 3] = key.length;
    putUint32(buffer, at + 8, bodyLength(request));
    putUint32(buffer, at + 12, opaque + index);
    if (cas !== undefined) buffer.writeBigUInt64BE(cas, at + 16);
    at += HEADER;
    if (extras !== undefined) {
      buffer[at - HEADER + 4] = extras.length;
      buffer.set(extras, at);
      at += extras.length;
    }
    // A key is short: going over to native code costs more than all of it.
    for (let position = 0; position < key.length; position++) buffer[at++] = key.charCodeAt(position);
    if (value !== undefined) {
      buffer.set(value, at);
      at += value.length;
    }
  }
  return buffer;
}

function bodyLength({ key, value, extras }: Request): number {
  return (extras?.length ?? 0) + (key?.length ?? 0) + (value?.length ?? 0);
}

function putUint32(buffer: Buffer, at: number, number: number): void {
  buffer[at] = number >>> 24;
  buffer[at + 1] = number >>> 16;
  buffer[at + 2] = number >>> 8;
  buffer[at + 3] = number;
}

/** Takes replies out of a stream, however it is cut into pieces. */
export class ReplyStream {
  #rest: Buffer = Buffer.alloc(0);

  /** Takes the replies that are complete now. @throws when this is not the binary protocol: the stream must not be used again */
  read(chunk: Buffer, take: (reply: Reply) => void): void {
    const buffer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (buffer.length - at >= HEADER) {
      const body = buffer.readUInt32BE(at + 8);
      if (buffer[at] !== 0x81 || body > MAX_BODY) throw new Error('the answer is not in the binary protocol');
      if (buffer.length - at < HEADER + body) break;
      const reply = new Reply(buffer, at);
      if (reply.broken) throw new Error('the answer is not in the binary protocol');
      take(reply);
      at += HEADER + body;
    }
    this.#rest = at === buffer.length ? Buffer.alloc(0) : buffer.subarray(at);
  }
}
