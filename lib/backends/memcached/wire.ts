import type { WireKind } from '../../contracts/serializer.js';
import type { Wire } from '../../contracts/backend.js';
import type { Reply } from './packet.js';
import { SerializationError } from '../../errors.js';

/** What a read answers with. @throws SerializationError when it is too much text for one string: half a gigabyte */
export function fromWire(reply: Reply, wire: WireKind): Wire {
  if (wire === 'bytes') return reply.bytes;
  try {
    return reply.text;
  } catch (cause) {
    throw new SerializationError('the stored value is longer than a string can be', { cause });
  }
}

/** @throws SerializationError when a serializer of the user's answered with something else */
export function toWire(wire: unknown): Uint8Array {
  if (wire instanceof Uint8Array) return wire;
  if (typeof wire === 'string') return Buffer.from(wire);
  const type = wire === null ? 'null' : typeof wire;
  throw new SerializationError(`memcached holds strings and bytes, but the serializer answered with ${type}`);
}
