import { ConfigError } from '../../errors.js';
import { nearestName } from '../../util/nearest-name.js';
import type { Bounds } from './slot-store.js';

/** How the memory backend chooses what has to go. */
export type MemoryPolicy = 'adaptive' | 'lru';

export interface MemoryOptions {
  /** Most entries; when it is full, one makes room. Default 10,000. */
  readonly maxEntries?: number | undefined;
  /**
   * Most memory of all entries together, in bytes, estimated. Default: not weighed.
   * A value that is too large alone is not stored.
   */
  readonly maxBytes?: number | undefined;
  /**
   * Which entry makes room: `lru` = the least recently used one; `adaptive` = one that is not likely to be used again soon,
   * which withstands scans and loops, and finds out by itself how much recency counts. Default `lru`.
   */
  readonly policy?: MemoryPolicy | undefined;
}

interface ReadOptions extends Bounds {
  readonly policy: MemoryPolicy;
}

const POLICIES: readonly string[] = ['adaptive', 'lru'] satisfies MemoryPolicy[];

const DEFAULT_MAX_ENTRIES = 10_000;

/** @throws ConfigError that begins with the option, when a bound is no whole number above 0 or there is no such policy */
export function readMemoryOptions({
  maxEntries = DEFAULT_MAX_ENTRIES,
  maxBytes,
  policy = 'lru',
}: MemoryOptions): ReadOptions {
  checkBound('maxEntries', maxEntries);
  if (maxBytes !== undefined) checkBound('maxBytes', maxBytes);
  checkPolicy(policy);
  return { maxEntries, maxBytes, policy };
}

function checkPolicy(policy: unknown): void {
  if (POLICIES.includes(policy as string)) return;
  const near = typeof policy === 'string' ? nearestName(policy, POLICIES) : undefined;
  throw new ConfigError(
    `policy is none; ${near === undefined ? '' : `did you mean ${near}? `}use ${POLICIES.join(' or ')}`,
  );
}

function checkBound(name: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return;
  throw new ConfigError(`${name} is no whole number above 0; give the most there may be`);
}
