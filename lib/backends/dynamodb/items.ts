import { randomUUID } from 'node:crypto';
import { SerializationError } from '../../errors.js';
import { storedKey } from '../../util/stored-key.js';
import type { Item } from './client.js';
import type { Attributes } from './dynamodb-options.js';

const MAX_KEY_BYTES = 2_048;

/** A key as it stands in the table. */
export function itemKey(key: string, generation: string): string {
  return storedKey(key, generation, (text, taken) => Buffer.byteLength(text) + taken <= MAX_KEY_BYTES);
}

/** Turns entries into items and back. What has expired is not there, though DynamoDB takes its time to delete it. */
export class Items {
  readonly #attributes: Attributes;

  constructor(attributes: Attributes) {
    this.#attributes = attributes;
  }

  key(key: string): Item {
    return { [this.#attributes.key]: { S: key } };
  }

  /** An entry, with a version that no other write has. An empty value is left out: not every DynamoDB holds one. */
  entry(key: string, bytes: Uint8Array, lifetime: Item): Item & { readonly version: { readonly S: string } } {
    const value = bytes.length === 0 ? {} : { [this.#attributes.value]: { B: bytes } };
    return { ...this.key(key), ...value, ...lifetime, version: { S: randomUUID() } };
  }

  /** @param ttlMs `undefined` = never expires */
  lifetime(ttlMs: number | undefined): Item {
    return ttlMs === undefined ? {} : this.until(Math.ceil(Date.now() + ttlMs));
  }

  /** @param expiresAt in ms of the epoch */
  until(expiresAt: number): Item {
    return { expiresAt: { N: `${expiresAt}` }, [this.#attributes.ttl]: { N: `${Math.ceil(expiresAt / 1_000)}` } };
  }

  keyOf(item: Item): string {
    return item[this.#attributes.key]!.S!;
  }

  /** `undefined` = not there any more. */
  alive(item: Item | undefined): Item | undefined {
    return item === undefined || expiryOf(item) <= Date.now() ? undefined : item;
  }

  bytesOf(item: Item): Buffer {
    const { buffer, byteOffset, byteLength } = item[this.#attributes.value]?.B ?? new Uint8Array();
    return Buffer.from(buffer, byteOffset, byteLength);
  }
}

/** In ms of the epoch; `Infinity` = never. */
export function expiryOf(item: Item): number {
  const at = item['expiresAt']?.N;
  return at === undefined ? Infinity : Number(at);
}

/** @throws SerializationError when a serializer of the user's answered with something else */
export function toBytes(wire: unknown): Uint8Array {
  if (wire instanceof Uint8Array) return wire;
  if (typeof wire === 'string') return Buffer.from(wire);
  const type = wire === null ? 'null' : typeof wire;
  throw new SerializationError(`dynamodb holds strings and bytes, but the serializer answered with ${type}`);
}
