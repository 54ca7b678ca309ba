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
  readonly #valueAt: number;
  readonly #end: number;

  /**
   * @param at where its header begins
   * @param end where it ends; all of it has arrived
   * @throws when its parts do not fit into it: nothing behind it can be read either
   */
  constructor(buffer: Buffer, at: number, end: number) {
    const valueAt = at + HEADER + buffer[at + 4]! + ((buffer[at + 2]! << 8) | buffer[at + 3]!);
    if (valueAt > end) throw new NotBinary();
    this.opcode = buffer[at + 1]!;
    this.status = (buffer[at + 6]! << 8) | buffer[at + 7]!;
    this.opaque = takeUint32(buffer, at + 12);
    this.#buffer = buffer;
    this.#at = at;
    this.#valueAt = valueAt;
    this.#end = end;
  }

  /** Changes with every write of the entry. */
  get cas(): bigint {
    return this.#buffer.readBigUInt64BE(this.#at + 16);
  }

  get extras(): Buffer {
    return this.#buffer.subarray(this.#at + HEADER, this.#keyAt);
  }

  get key(): Buffer {
    return this.#buffer.subarray(this.#keyAt, this.#valueAt);
  }

  get value(): Buffer {
    return this.#buffer.subarray(this.#valueAt, this.#end);
  }

  /** A copy of the value: the bytes lie in what was read from the socket, with everything around them. */
  get bytes(): Buffer {
    return Buffer.from(this.value);
  }

  /** The value as text. */
  get text(): string {
    return this.#buffer.toString('utf8', this.#valueAt, this.#end);
  }

  get #keyAt(): number {
    return this.#at + HEADER + this.#buffer[this.#at + 4]!;
  }
}

const HEADER = 24;
/** No server holds larger items; a longer reply is no reply. */
const MAX_BODY = 1024 * 1024 * 1024 + 1024;

/** It is no server that speaks the binary protocol, or bytes were lost or changed on the way. */
export class NotBinary extends Error {
  constructor() {
    super('the answer is not in the binary protocol');
  }
}

/** What stands in front of a key of some length in a `get`: all of the header is known but its number. */
const GET_HEADERS: string[] = [];

/**
 * The same as {@link encode} for nothing but `get`s, of which there are many: put together as one text and turned into
 * bytes at once, which costs half of writing them one by one.
 */
export function encodeGets(keys: readonly string[], opaque: number): Buffer {
  let text = '';
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]!;
    text += (GET_HEADERS[key.length] ??= getHeader(key.length)) + key;
  }
  const buffer = Buffer.from(text, 'latin1');
  let at = 12;
  for (let index = 0; index < keys.length; index++) {
    putUint32(buffer, at, opaque + index);
    at += HEADER + keys[index]!.length;
  }
  return buffer;
}

function getHeader(keyLength: number): string {
  const header = Buffer.alloc(HEADER);
  header[0] = 0x80;
  header[1] = Opcode.get;
  header.writeUInt16BE(keyLength, 2);
  header.writeUInt32BE(keyLength, 8);
  return header.toString('latin1');
}

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

function takeUint32(buffer: Buffer, at: number): number {
  return ((buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!) >>> 0;
}

/** Takes replies out of a stream, however it is cut into pieces. */
export class ReplyStream {
  /** The beginning of a reply. Put together once it is complete: a large one comes in thousands of pieces. */
  #pieces: Buffer[] = [];
  #held = 0;
  /** So many bytes are needed to go on. */
  #needed = HEADER;

  /** Takes the replies that are complete now. @throws when this is not the binary protocol: the stream must not be used again */
  read(chunk: Buffer, take: (reply: Reply) => void): void {
    this.#pieces.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return;
    const buffer = this.#pieces.length === 1 ? chunk : Buffer.concat(this.#pieces);
    let at = 0;
    this.#needed = HEADER;
    while (buffer.length - at >= HEADER) {
      const body = takeUint32(buffer, at + 8);
      if (buffer[at] !== 0x81 || body > MAX_BODY) throw new NotBinary();
      const end = at + HEADER + body;
      if (end > buffer.length) {
        this.#needed = end - at;
        break;
      }
      take(new Reply(buffer, at, end));
      at = end;
    }
    this.#held = buffer.length - at;
    this.#pieces = this.#held === 0 ? [] : [buffer.subarray(at)];
  }
}
