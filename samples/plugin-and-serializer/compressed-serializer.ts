import { gunzipSync, gzipSync } from 'node:zlib';
import type { Serializer } from 'cachewright';
import { Money } from './money.js';

/**
 * JSON that remembers the class `Money`, compressed. A serializer is two functions and what they make:
 * `text`, `bytes`, or (for memory only) `reference`. What it throws becomes a `SerializationError`.
 */
export const compressedJson: Serializer<Uint8Array> = {
  name: 'compressed-json',
  wire: 'bytes',
  serialize: (value) => gzipSync(JSON.stringify(value, replacer)),
  deserialize: (wire) => JSON.parse(gunzipSync(wire).toString(), reviver),
};

function replacer(_key: string, value: unknown): unknown {
  return value instanceof Money ? { $money: [value.cents, value.currency] } : value;
}

function reviver(_key: string, value: unknown): unknown {
  const { $money } = (value ?? {}) as { $money?: [cents: number, currency: string] };
  return $money === undefined ? value : new Money(...$money);
}
