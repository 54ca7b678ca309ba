import type { Packr } from 'msgpackr';
import type { Serializer } from '../contracts/serializer.js';
import { loadPeer } from '../util/peer.js';
import { attempt } from './attempt.js';
import { counted } from './counted.js';
import { checkPackable } from './msgpack-packable.js';
import { checkPayload } from './msgpack-payload.js';

/**
 * Plain MessagePack: no records, no references, no extension but the timestamp, so any other program reads it.
 * What MessagePack has no type for is refused. Needs the package msgpackr, loaded on first use.
 *
 * The format writes integers as one byte up to 127, which would read as a decimal digit; `counted` never lets one through.
 */
export function msgpack(): Serializer<Uint8Array> {
  let packr: Packr | undefined;
  const loaded = (): Packr => (packr ??= createPackr());
  return counted({
    name: 'msgpack',
    encode(value) {
      const writer = loaded();
      return attempt(() => {
        checkPackable(value);
        return writer.pack(value);
      }, 'it refers to itself, is nested too deeply, or holds a BigInt of more than 64 bits');
    },
    decode(bytes) {
      const reader = loaded();
      return attempt(() => {
        checkPayload(bytes);
        // A view of its own, as a Buffer: the reader is faster on one, and hangs a property on what it is given.
        return reader.unpack(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)) as unknown;
      }, 'it is no MessagePack payload');
    },
  });
}

function createPackr(): Packr {
  const { Packr } = loadPeer<typeof import('msgpackr')>('msgpackr', 'serializer msgpack');
  return new Packr({
    useRecords: false,
    structuredClone: false,
    moreTypes: false,
    encodeUndefinedAsNil: true,
    variableMapSize: true,
    // Otherwise what it reads would be views of bytes that belong to the backend.
    copyBuffers: true,
  });
}
