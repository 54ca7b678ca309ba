import { ConfigError, isCacheError } from '../errors.js';
import { nearestName } from '../util/nearest-name.js';
import { parseDuration, parseLimit } from '../util/duration.js';

/** How an option is written in the query of a URL: what the text means, unchecked; or, where no query can hold it, the remedy. */
export type TextForm = ((text: string) => unknown) | string;

/** One option of a configuration: how it is checked, and how it is written in a URL. */
export interface Option<T = unknown> {
  /**
   * The option in its internal form. Never called with `undefined`: that is an option not given.
   * @throws ConfigError that begins with `path`; the value is never echoed
   */
  read(value: unknown, path: string): T;
  readonly fromText: TextForm;
}

const OBJECT_ONLY = 'use a config object';

/** A number where the text is one, else the text: `read` then complains about it. */
export function digits(text: string): unknown {
  return /^\d+$/.test(text) ? Number(text) : text;
}

/** Milliseconds; `undefined` = no limit, never expires. */
export const limitOption: Option<number | undefined> = { read: parseLimit, fromText: (text) => (text === 'null' ? null : digits(text)) };

/** Milliseconds, at least something. */
export const durationOption: Option<number> = {
  read(value, path) {
    const ms = parseDuration(value, path);
    if (ms > 0) return ms;
    throw new ConfigError(`${path} is 0; it must be longer than that`);
  },
  fromText: digits,
};

export const countOption: Option<number> = {
  read(value, path) {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
    if (typeof value === 'number') throw new ConfigError(`${path} is no whole number above 0`);
    throw mistyped(value, path, 'use a whole number above 0');
  },
  fromText: digits,
};

export const textOption: Option<string> = {
  read(value, path) {
    if (typeof value !== 'string') throw mistyped(value, path, 'use a string');
    if (!value.isWellFormed()) throw new ConfigError(`${path} holds a lone surrogate; use well-formed text`);
    return value;
  },
  fromText: (text) => text,
};

export function functionOption<T>(): Option<T> {
  return {
    read(value, path) {
      if (typeof value !== 'function') throw mistyped(value, path, 'use a function');
      return value as T;
    },
    fromText: OBJECT_ONLY,
  };
}

/** An object with these methods. */
export function objectOption<T extends object>(methods: readonly (keyof T & string)[] = []): Option<T> {
  return {
    read(value, path) {
      if (!isRecord(value)) throw mistyped(value, path, 'use an object');
      const missing = methods.filter((method) => typeof value[method] !== 'function');
      if (missing.length > 0) throw new ConfigError(`${path} lacks ${missing.map((name) => `${name}()`).join(', ')}`);
      return value as T;
    },
    fromText: OBJECT_ONLY,
  };
}

export function choiceOption<const T extends string>(choices: readonly T[]): Option<T> {
  return {
    read(value, path) {
      if (typeof value !== 'string') throw mistyped(value, path, `use one of ${choices.join(', ')}`);
      if ((choices as readonly string[]).includes(value)) return value as T;
      throw new ConfigError(`${path} is not known;${didYouMean(value, choices)} use one of ${choices.join(', ')}`);
    },
    fromText: (text) => text,
  };
}

/** Refuses names that are no options, with the nearest one that is. */
export function checkNames(given: object, known: readonly string[], path: string, owner: string): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const list = `options of ${owner}: ${known.join(', ')}`;
    throw new ConfigError(`${member(path, name)} is no option of ${owner};${didYouMean(name, known)} ${list}`);
  }
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

/** What `work` answers; its `ConfigError`s are put behind where they belong. */
export function prefixed<T>(prefix: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (isCacheError(error, 'ERR_CACHE_CONFIG')) throw new ConfigError(prefix + error.message, { cause: error.cause });
    throw error;
  }
}

/** `path.name`, or `path["odd name"]`. */
export function member(path: string, name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
