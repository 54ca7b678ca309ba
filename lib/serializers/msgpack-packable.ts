import { types } from 'node:util';
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
  } else if (value instanceof Map && value.constructor === Map) {
    checkMap(value);
  } else if (value instanceof Error || value instanceof RegExp || value instanceof Promise) {
    throw refused(`a ${value.constructor.name}`);
  } else {
    checkObject(value as Record<string, unknown>);
  }
}

/** Keys become names: two of them must not become one. */
function checkMap(value: ReadonlyMap<unknown, unknown>): void {
  let texts = true;
  for (const [key, held] of value) {
    texts &&= typeof key === 'string';
    checkProperty(key, held);
  }
  if (!texts && new Set(Array.from(value.keys(), nameOf)).size < value.size)
    throw refused('a Map with keys that are the same as text');
}

/** `undefined` is written as nil. */
function nameOf(key: unknown): string {
  return key === undefined || key === null ? 'null' : `${key as string | number}`;
}

function checkObject(value: Record<string, unknown>): void {
  const { toJSON } = value;
  if (typeof toJSON === 'function') return checkPackable(toJSON.call(value));
  const keys = Object.keys(value);
  if (!isOpen(value, keys)) throw refused('an object that keeps its content elsewhere than in its properties');
  for (const key of keys) checkProperty(key, value[key]);
}

/** Whether an object is its properties. What is built in, or extends it, and content that nobody sees would become `{}`. */
function isOpen(value: object, keys: readonly string[]): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  if (types.isMap(value) || types.isSet(value) || types.isBoxedPrimitive(value) || types.isNativeError(value))
    return false;
  return keys.length > 0 || Object.prototype.toString.call(value) === '[object Object]';
}

function checkProperty(key: unknown, value: unknown): void {
  if (key === '__proto__') throw refused('the name __proto__');
  if ((typeof key === 'object' && key !== null) || typeof key === 'function' || typeof key === 'symbol')
    throw refused('a Map with objects, functions or symbols as keys');
  checkPackable(value);
}

function refused(what: string): SerializationError {
  return new SerializationError(`MessagePack has nothing for ${what}`);
}
