/** Commands of the binary protocol. Those that end in `Quietly` are answered only when there is something to say. */
export const Opcode = {
  get: 0x00,
  set: 0x01,
  add: 0x02,
  replace: 0x03,
  delete: 0x04,
  increment: 0x05,
  decrement: 0x06,
  flush: 0x08,
  getQuietly: 0x09,
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

export interface Reply {
  readonly opcode: number;
  readonly status: number;
  readonly opaque: number;
  /** Changes with every write of the entry. */
  readonly cas: bigint;
  readonly extras: Buffer;
  readonly key: Buffer;
  readonly value: Buffer;
}

const HEADER = 24;
const NOTHING = new Uint8Array();
/** No server holds larger items; a longer reply is no reply. */
const MAX_BODY = 1024 * 1024 * 1024 + 1024;

/** Requests as they travel, numbered from `opaque` on: the numbers come back with the replies. */
export function encode(requests: readonly Request[], opaque: number): Buffer {
  let length = 0;
  for (const { key = '', value = NOTHING, extras = NOTHING } of requests) {
    length += HEADER + extras.length + key.length + value.length;
  }
  const buffer = Buffer.allocUnsafe(length);
  let at = 0;
  requests.forEach(({ opcode, key = '', value = NOTHING, extras = NOTHING, cas = 0n }, index) => {
    buffer[at] = 0x80;
    buffer[at + 1] = opcode;
    buffer.writeUInt16BE(key.length, at + 2);
    buffer[at + 4] = extras.length;
    buffer[at + 5] = 0;
    buffer.writeUInt16BE(0, at + 6);
    buffer.writeUInt32BE(extras.length + key.length + value.length, at + 8);
    buffer.writeUInt32BE((opaque + index) >>> 0, at + 12);
    buffer.writeBigUInt64BE(cas, at + 16);
    at += HEADER;
    buffer.set(extras, at);
    at += extras.length;
    at += buffer.write(key, at, 'latin1');
    buffer.set(value, at);
    at += value.length;
  });
  return buffer;
}

/** Takes replies out of a stream, however it is cut into pieces. */
export class ReplyStream {
  #rest: Buffer = Buffer.alloc(0);

  /** The replies that are complete now. @throws when this is not the binary protocol: the stream must not be used again */
  *read(chunk: Buffer): Iterable<Reply> {
    const buffer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (buffer.length - at >= HEADER) {
      const body = buffer.readUInt32BE(at + 8);
      if (buffer[at] !== 0x81 || body > MAX_BODY) throw new Error('the answer is not in the binary protocol');
      if (buffer.length - at < HEADER + body) break;
      yield replyAt(buffer, at, body);
      at += HEADER + body;
    }
    this.#rest = at === buffer.length ? Buffer.alloc(0) : buffer.subarray(at);
  }
}

function replyAt(buffer: Buffer, at: number, body: number): Reply {
  const extrasEnd = at + HEADER + buffer[at + 4]!;
  const keyEnd = extrasEnd + buffer.readUInt16BE(at + 2);
  const end = at + HEADER + body;
  if (keyEnd > end) throw new Error('the answer is not in the binary protocol');
  return {
    opcode: buffer[at + 1]!,
    status: buffer.readUInt16BE(at + 6),
    opaque: buffer.readUInt32BE(at + 12),
    cas: buffer.readBigUInt64BE(at + 16),
    extras: buffer.subarray(at + HEADER, extrasEnd),
    key: buffer.subarray(extrasEnd, keyEnd),
    value: buffer.subarray(keyEnd, end),
  };
}
