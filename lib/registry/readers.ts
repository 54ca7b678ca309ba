import { ConfigError } from '../errors.js';
import { parseDuration } from '../util/duration.js';
import { nearestName } from '../util/nearest-name.js';

/**
 * Checks a value from a configuration and answers with its internal form. Never called with `undefined`: that is an option not given.
 * @throws ConfigError that begins with `path`; the value is never echoed
 */
export type Reader<T> = (value: unknown, path: string) => T;

/** Milliseconds, at least something. */
export const readWait: Reader<number> = (value, path) => {
  const ms = parseDuration(value, path);
  if (ms > 0) return ms;
  throw new ConfigError(`${path} is 0; it must be longer than that`);
};

export const readCount: Reader<number> = (value, path) => {
  if (typeof value !== 'number') throw mistyped(value, path, 'use a whole number above 0');
  if (!Number.isSafeInteger(value) || value < 1) throw new ConfigError(`${path} is no whole number above 0`);
  return value;
};

export const readText: Reader<string> = (value, path) => {
  if (typeof value !== 'string') throw mistyped(value, path, 'use a string');
  if (!value.isWellFormed()) throw new ConfigError(`${path} holds a lone surrogate; use well-formed text`);
  return value;
};

/** What something is called in messages. */
export const readName: Reader<string> = (value, path) => {
  if (readText(value, path) === '') throw new ConfigError(`${path} is empty; give it a name`);
  return value as string;
};

export function functionReader<T>(): Reader<T> {
  return (value, path) => {
    if (typeof value !== 'function') throw mistyped(value, path, 'use a function');
    return value as T;
  };
}

/** An object with these methods. */
export function objectReader<T extends object>(methods: readonly (keyof T & string)[]): Reader<T> {
  return (value, path) => {
    if (!isRecord(value)) throw mistyped(value, path, 'use an object');
    const missing = methods.filter((method) => typeof value[method] !== 'function');
    if (missing.length > 0) throw new ConfigError(`${path} lacks ${missing.map((name) => `${name}()`).join(', ')}`);
    return value as T;
  };
}

export function choiceReader<const T extends string>(choices: readonly T[]): Reader<T> {
  return (value, path) => {
    const remedy = `use one of ${choices.join(', ')}`;
    if (typeof value !== 'string') throw mistyped(value, path, remedy);
    if ((choices as readonly string[]).includes(value)) return value as T;
    throw new ConfigError(`${path} is not known;${didYouMean(value, choices)} ${remedy}`);
  };
}

/** ` did you mean "…"?`, or nothing when no name is near. */
export function didYouMean(wanted: string, names: Iterable<string>): string {
  const nearest = nearestName(wanted, names);
  return nearest === undefined ? '' : ` did you mean "${nearest}"?`;
}

export function mistyped(value: unknown, path: string, remedy: string): ConfigError {
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return new ConfigError(`${path} is of type ${type}; ${remedy}`);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
