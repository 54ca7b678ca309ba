import { readableOnce } from './readable-once.js';

/**
 * `value` as it may be handed to somebody who must not change the original.
 * @throws what {@link cloneValue} throws, if `isolation` is `'copy'`
 */
export function isolate<T>(value: T, isolation: 'none' | 'copy' | 'freeze'): T {
  if (isolation === 'none') return value;
  return isolation === 'copy' ? cloneValue(value) : deepFreeze(value);
}

/**
 * A deep copy; shared references and cycles stay what they are. Like `structuredClone`, but a `Buffer` stays one
 * (without the pool it lives in), class instances keep their class (not their `#private` fields), and plain data
 * takes a fraction of the time.
 * @throws DataCloneError for functions, symbols, promises and the like, TypeError for what can be read once only or keeps
 * its content where nobody sees it; RangeError when nested too deeply
 */
export function cloneValue<T>(value: T): T {
  return isPrimitive(value) ? value : (copy(value, new Map()) as T);
}

/**
 * Freezes `value` and what it holds, and answers it. Follows own data properties and array elements. What cannot be
 * frozen stays as it is: the bytes of buffers and typed arrays, the entries of a `Map` or `Set`, the time of a `Date`.
 * Functions are left alone: they are code, and others use them too.
 * @throws TypeError, before anything is frozen, for what can be read once only: frozen, it cannot be read at all
 */
export function deepFreeze<T>(value: T): T {
  if (!isObject(value)) return value;
  const seen = new Set<object>([value]);
  for (const object of seen) {
    mustBeReadableAgain(object);
    if (ArrayBuffer.isView(object)) continue;
    for (const key of Object.keys(object)) {
      const held: unknown = Object.getOwnPropertyDescriptor(object, key)?.value;
      if (isObject(held)) seen.add(held);
    }
  }
  for (const object of seen) if (!ArrayBuffer.isView(object)) Object.freeze(object);
  return value;
}

function copy(value: unknown, copies: Map<object, unknown>): unknown {
  if (isPrimitive(value)) return value;
  if (!isObject(value)) return structuredClone(value);
  const known = copies.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value) || hasPlainTag(value)) return copyProperties(value, copies);
  if (Buffer.isBuffer(value)) return remember(value, Buffer.from(value), copies);
  if (value instanceof Date) return remember(value, new Date(value.getTime()), copies);
  if (value instanceof Map) {
    const result = remember(value, new Map<unknown, unknown>(), copies);
    for (const [key, held] of value) result.set(copy(key, copies), copy(held, copies));
    return result;
  }
  if (value instanceof Set) {
    const result = remember(value, new Set<unknown>(), copies);
    for (const held of value) result.add(copy(held, copies));
    return result;
  }
  if (value instanceof URL) return remember(value, new URL(value), copies);
  if (value instanceof URLSearchParams) return remember(value, new URLSearchParams(value), copies);
  mustBeReadableAgain(value);
  const clone = structuredClone(value);
  if (Object.getPrototypeOf(clone) !== Object.prototype) return remember(value, clone, copies);
  // Nothing that is built in: a class with a tag of its own, or one of the platform that hides everything it has.
  if (Object.keys(value).length > 0) return copyProperties(value, copies);
  throw new TypeError('it keeps its content where nobody sees it');
}

function mustBeReadableAgain(value: object): void {
  const once = readableOnce(value);
  if (once !== undefined) throw new TypeError(`${once} can be read once only`);
}

function copyProperties(value: object, copies: Map<object, unknown>): object {
  const empty = Array.isArray(value) ? new Array(value.length) : Object.create(Object.getPrototypeOf(value));
  const result = remember(value, empty as Record<string, unknown>, copies);
  for (const key of Object.keys(value)) {
    const held = copy((value as Record<string, unknown>)[key], copies);
    // Must neither run a setter of the prototype nor, with `__proto__`, replace it.
    if (key in result)
      Object.defineProperty(result, key, { value: held, enumerable: true, configurable: true, writable: true });
    else result[key] = held;
  }
  return result;
}

/** A plain object or an instance of a class: nothing that keeps its state in internal slots. */
function hasPlainTag(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Object]';
}

function remember<T>(original: object, result: T, copies: Map<object, unknown>): T {
  copies.set(original, result);
  return result;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isPrimitive(value: unknown): boolean {
  const type = typeof value;
  return value === null || (type !== 'object' && type !== 'function' && type !== 'symbol');
}
