import { SerializationError } from '../errors.js';

/**
 * Refuses what the writer would store as something else, or, for typed arrays, together with bytes of foreign memory.
 * Recursive as the writer is: what is too deep for one is too deep for the other.
 * @throws SerializationError, or RangeError for what refers to itself
 */
export function checkPackable(value: unknown): void {
  if (typeof value === 'function' || typeof value === 'symbol') throw refused(`a ${typeof value}`);
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof ArrayBuffer) return;
  if (ArrayBuffer.isView(value)) {
    if (!(value instanceof Uint8Array)) throw refused('a typed array that is not of bytes');
  } else if (Array.isArray(value) || value instanceof Set) {
    for (const item of value) checkPackable(item);
  } else if (value instanceof Map) {
    for (const [key, held] of value) checkProperty(key, held);
  } else if (value instanceof Error || value instanceof RegExp || value instanceof Promise) {
    throw refused(`a ${value.constructor.name}`);
  } else {
    checkObject(value as Record<string, unknown>);
  }
}

function checkObject(value: Record<string, unknown>): void {
  const { toJSON } = value;
  if (typeof toJSON === 'function') checkPackable(toJSON.call(value));
  else for (const key of Object.keys(value)) checkProperty(key, value[key]);
}

function checkProperty(key: unknown, value: unknown): void {
  if (key === '__proto__') throw refused('the name __proto__');
  if (typeof key === 'object' && key !== null) throw refused('a Map with objects as keys');
  checkPackable(value);
}

function refused(what: string): SerializationError {
  return new SerializationError(`MessagePack has nothing for ${what}`);
}
