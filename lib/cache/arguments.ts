import { ConfigError } from '../errors.js';
import type { Entries } from '../contracts/commands.js';

/** The keys of a batch as a list: iterables are read once, here. */
export function listKeys(keys: Iterable<string>, command: string, cache: string): readonly string[] {
  if (typeof keys === 'object' && keys !== null && Symbol.iterator in keys) return [...keys];
  throw new ConfigError(`${command}: keys must be a list of strings; got ${describe(keys)}`, { cache });
}

/** The pairs of a batch as a list. */
export function listEntries(entries: Entries, cache: string): readonly (readonly [string, unknown])[] {
  if (typeof entries !== 'object' || entries === null) {
    throw new ConfigError(`multiSet: entries must be pairs, a Map or a plain object; got ${describe(entries)}`, {
      cache,
    });
  }
  if (!(Symbol.iterator in entries)) return Object.entries(entries);
  const pairs = [...(entries as Iterable<readonly [string, unknown]>)];
  if (pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) return pairs;
  throw new ConfigError('multiSet: entries must be pairs [key, value]', { cache });
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
