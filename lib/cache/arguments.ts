import { ConfigError } from '../errors.js';
import type { Entries } from '../contracts/commands.js';
import { isPending } from '../util/maybe-promise.js';

/** The keys of a batch as a list: iterables are read once, here. */
export function listKeys(keys: Iterable<string>, command: string, cache: string): readonly string[] {
  if (typeof keys === 'object' && keys !== null && Symbol.iterator in keys) return [...keys];
  const got = isPending(keys) ? 'a promise, which has to be awaited first' : describe(keys);
  throw new ConfigError(`${command}: keys must be a list of strings; got ${got}`, { cache });
}

/** The pairs of a batch as a list. */
export function listEntries(entries: Entries, cache: string): readonly (readonly [string, unknown])[] {
  if (typeof entries !== 'object' || entries === null) {
    throw new ConfigError(`multiSet: entries must be pairs, a Map or a plain object; got ${describe(entries)}`, {
      cache,
    });
  }
  if (!(Symbol.iterator in entries)) {
    if (isPlain(entries)) return Object.entries(entries);
    // A promise, a Date, an object of a class: it would look empty, or show what is nobody's business.
    const got = isPending(entries) ? 'a promise, which has to be awaited first' : 'an object of a class';
    throw new ConfigError(`multiSet: entries must be pairs, a Map or a plain object; got ${got}`, { cache });
  }
  const pairs = [...(entries as Iterable<readonly [string, unknown]>)];
  if (pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) return pairs;
  throw new ConfigError('multiSet: entries must be pairs [key, value]', { cache });
}

/** Also one from another realm. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
