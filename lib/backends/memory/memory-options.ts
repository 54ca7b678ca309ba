import { ConfigError } from '../../errors.js';
import type { Bounds } from './lru-store.js';

export interface MemoryOptions {
  /** Most entries; the least recently used one makes room. Default 10,000. */
  readonly maxEntries?: number | undefined;
  /**
   * Most memory of all entries together, in bytes, estimated. Default: not weighed.
   * A value that is too large alone is not stored.
   */
  readonly maxBytes?: number | undefined;
}

const DEFAULT_MAX_ENTRIES = 10_000;

/** @throws ConfigError that begins with the option, when a bound is no whole number above 0 */
export function readMemoryOptions({ maxEntries = DEFAULT_MAX_ENTRIES, maxBytes }: MemoryOptions): Bounds {
  checkBound('maxEntries', maxEntries);
  if (maxBytes !== undefined) checkBound('maxBytes', maxBytes);
  return { maxEntries, maxBytes };
}

function checkBound(name: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return;
  throw new ConfigError(`${name} is no whole number above 0; give the most there may be`);
}
