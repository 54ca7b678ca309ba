import type { Wire } from '../../contracts/backend.js';
import type { WireKind } from '../../contracts/serializer.js';

/** Text and bytes stand for each other, as on a server: a counter written as one can be read as the other. */
export function asKind(value: unknown, kind: WireKind): Wire {
  if (kind === 'text' && value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (kind === 'bytes' && typeof value === 'string') return Buffer.from(value, 'utf8');
  return value;
}
