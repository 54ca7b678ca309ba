import type { Serializer } from '../contracts/serializer.js';
import { SerializationError } from '../errors.js';
import { isDecimal, parseDecimalBytes } from '../util/decimal.js';

/** A binary format: how it writes and reads everything that is no whole number. */
export interface BinaryFormat {
  readonly name: string;
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

/**
 * A binary format in which safe integers travel as decimal text, so that `increment` and `get` mean the same.
 * No other value may begin like one: the first byte of `encode`'s answer is neither `-` nor a digit, unless the
 * answer is longer than any decimal or goes on with something else.
 */
export function counted({ name, encode, decode }: BinaryFormat): Serializer<Uint8Array> {
  return {
    name,
    wire: 'bytes',
    decimalIntegers: true,
    serialize: (value) => (isDecimal(value) ? Buffer.from(String(value), 'latin1') : encode(value)),
    deserialize(wire) {
      if (!(wire instanceof Uint8Array)) throw new SerializationError('it is no bytes; another serializer wrote it');
      return parseDecimalBytes(wire) ?? decode(wire);
    },
  };
}
