import { deserialize, serialize } from 'node:v8';
import { attempt } from './attempt.js';
import { counted } from './counted.js';

/**
 * Node's own format: keeps nearly every built-in type, cycles and shared references; only this program's Node (or a
 * newer one) reads it. **Not for a store that others can write to:** its reader is not made for hostile bytes.
 * Its payloads begin with 0xFF, so none reads as a decimal.
 */
export const v8 = counted({
  name: 'v8',
  encode: (value) =>
    attempt(() => serialize(value), 'it holds something that cannot be cloned, or is nested too deeply'),
  // On a copy, because what it reads may be views of the bytes, and those belong to the backend.
  decode: (bytes) => attempt(() => deserialize(Uint8Array.from(bytes)), 'it is no v8 payload'),
});
