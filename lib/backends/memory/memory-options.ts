import type { BackendContext } from '../../contracts/backend.js';
import { ConfigError } from '../../errors.js';
import { checkKnownOptions } from '../../util/known-options.js';
import { nearestName } from '../../util/nearest-name.js';
import { bareValue } from './bare-value.js';
import type { Eviction } from './removals.js';
import type { Bounds } from './slot-store.js';
import { estimateBytes } from './weight.js';

/** How the memory backend chooses what has to go. */
export type MemoryPolicy = 'adaptive' | 'lru';

/** Options of the `memory` backend. */
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
   * which withstands scans and loops, and finds out by itself how much recency counts. Default `adaptive`.
   */
  readonly policy?: MemoryPolicy | undefined;
  /**
   * Bytes of an entry, a number from 0 on, given its final key and its value as the serializer left it. Only asked if there is a
   * `maxBytes`, and for `raw('bytes')`. Default: an estimate of the memory it takes.
   */
  readonly weigh?: ((key: string, value: unknown) => number) | undefined;
  /**
   * Told about every entry that the cache dropped by itself, after the call that caused it. What it throws is dropped.
   * Entries that were deleted, cleared or overwritten are not told.
   */
  readonly onEviction?: ((eviction: Eviction) => void) | undefined;
}

interface ReadOptions extends Bounds {
  readonly policy: MemoryPolicy;
  readonly onEviction: ((eviction: Eviction) => void) | undefined;
}

const POLICIES: readonly string[] = ['adaptive', 'lru'] satisfies MemoryPolicy[];

const DEFAULT_MAX_ENTRIES = 10_000;

const NAMES: readonly (keyof MemoryOptions)[] = ['maxEntries', 'maxBytes', 'policy', 'weigh', 'onEviction'];

/** @throws ConfigError when it has no clock, as it would have without an argument */
export function checkContext(given: BackendContext): BackendContext {
  const { clock } = Object(given) as Partial<BackendContext>;
  if (typeof clock?.now === 'function') return given;
  throw new ConfigError(
    "memoryBackend: the second argument has no clock; hand on what defineBackend('…', (context) => …) gives, or { cache, clock }",
  );
}

/** @throws ConfigError that names the option, when a bound is no whole number above 0 or there is no such policy or option */
export function readMemoryOptions(given: MemoryOptions): ReadOptions {
  if (typeof given !== 'object' || given === null)
    throw new ConfigError('memoryBackend: options must be an object; give {} for the defaults');
  checkKnownOptions('memoryBackend', given, NAMES);
  const {
    maxEntries = DEFAULT_MAX_ENTRIES,
    maxBytes,
    policy = 'adaptive',
    weigh = estimateBytes,
    onEviction,
  }: MemoryOptions = given;
  checkBound('maxEntries', maxEntries);
  if (maxBytes !== undefined) checkBound('maxBytes', maxBytes);
  checkPolicy(policy);
  checkFunction('weigh', weigh);
  if (onEviction !== undefined) checkFunction('onEviction', onEviction);
  return { maxEntries, maxBytes, policy, weigh: weigh === estimateBytes ? weigh : checkedWeight(weigh), onEviction };
}

function checkFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw new ConfigError(`${name} is no function; give one, or leave it out`);
}

/** A weight that is none would undo the bounds for good. */
function checkedWeight(weigh: (key: string, value: unknown) => number): Bounds['weigh'] {
  return (key, value) => {
    let weight: unknown;
    try {
      weight = weigh(key, bareValue(value));
    } catch (error) {
      throw new ConfigError('weigh failed; it must answer with a number from 0 on', { cause: error });
    }
    if (typeof weight === 'number' && weight >= 0 && weight < Infinity) return weight;
    throw new ConfigError('weigh did not answer with a number from 0 on; give the bytes of the entry');
  };
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
