import { SerializationError } from '../errors.js';

const TIMESTAMP = 0xff;

/** Bytes that follow a token of fixed size. */
const FIXED = new Map([
  [0xc0, 0], // nil
  [0xc2, 0], // false
  [0xc3, 0], // true
  [0xca, 4], // float 32
  [0xcb, 8], // float 64
  [0xcc, 1], // unsigned 8, 16, 32, 64
  [0xcd, 2],
  [0xce, 4],
  [0xcf, 8],
  [0xd0, 1], // signed 8, 16, 32, 64
  [0xd1, 2],
  [0xd2, 4],
  [0xd3, 8],
]);

/** Width of the length field of bytes and texts. */
const BLOBS = new Map([
  [0xc4, 1], // bytes
  [0xc5, 2],
  [0xc6, 4],
  [0xd9, 1], // text
  [0xda, 2],
  [0xdb, 4],
]);

/** Values per element, and width of the length field. */
const CONTAINERS = new Map<number, readonly [values: number, width: number]>([
  [0xdc, [1, 2]], // array
  [0xdd, [1, 4]],
  [0xde, [2, 2]], // map
  [0xdf, [2, 4]],
]);

/** Bytes of a timestamp behind its type, by token. One byte is how an invalid date is written. */
const TIMESTAMPS = new Map([
  [0xd4, 1],
  [0xd6, 4],
  [0xd7, 8],
]);

/**
 * Walks over a payload before it is read, without building anything: it must be one complete value, and hold no
 * extension but the timestamp. The reader knows many more, and some run code or jump about in the bytes.
 * @throws SerializationError
 */
export function checkPayload(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length;
  let position = 0;
  const length = (width: number): number =>
    width === 1 ? view.getUint8(position) : width === 2 ? view.getUint16(position) : view.getUint32(position);

  for (let pending = 1; pending > 0; pending--) {
    // Every value has one byte at least: a huge count in a small payload ends here.
    if (pending > end - position) throw malformed();
    const token = bytes[position++]!;
    if (token < 0x80 || token >= 0xe0) continue; // small integer
    if (token < 0x90) pending += 2 * (token & 0x0f);
    else if (token < 0xa0) pending += token & 0x0f;
    else if (token < 0xc0) position += token & 0x1f;
    else if (FIXED.has(token)) position += FIXED.get(token)!;
    else if (BLOBS.has(token)) {
      const width = BLOBS.get(token)!;
      position += width + length(width);
    } else if (CONTAINERS.has(token)) {
      const [values, width] = CONTAINERS.get(token)!;
      pending += values * length(width);
      position += width;
    } else position += timestamp(token, bytes, position);
  }
  if (position !== end) throw malformed();
}

/** How many bytes a timestamp takes behind its token. */
function timestamp(token: number, bytes: Uint8Array, at: number): number {
  if (token === 0xc7 && bytes[at] === 12 && bytes[at + 1] === TIMESTAMP) return 14;
  const size = TIMESTAMPS.get(token);
  if (size === undefined || bytes[at] !== TIMESTAMP) throw malformed('it holds an extension other than the timestamp');
  return size + 1;
}

function malformed(problem = 'it is no complete MessagePack value'): SerializationError {
  return new SerializationError(problem);
}
