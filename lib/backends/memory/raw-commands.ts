import { InvalidKeyError, UnsupportedCommandError } from '../../errors.js';
import { nearestName } from '../../util/nearest-name.js';
import { bareValue } from './bare-value.js';
import { NO_SLOT } from './entry-store.js';
import type { LiveEntries } from './live-entries.js';
import type { EvictionCause } from './removals.js';

/** What `raw` understands on memory. Keys are final keys: with their namespace. None of these counts as a use. */
export interface MemoryRawCommands {
  /** How many entries there are, those included that expired a moment ago. */
  size(): number;
  /** Estimated bytes of all entries. */
  bytes(): number;
  /** The keys that begin with `prefix`; all of them by default. */
  keys(prefix?: string): string[];
  has(key: string): boolean;
  /** What is stored, as the serializer left it. */
  peek(key: string): unknown;
  /** Removes what has expired; answers how many entries that were. */
  purge(): number;
  /** What has happened since the cache was made. */
  stats(): MemoryStats;
}

/** What `raw('stats')` answers. */
export interface MemoryStats {
  readonly size: number;
  /** Estimated bytes of all entries; `undefined` without `maxBytes`: `raw('bytes')` weighs them then. */
  readonly weight: number | undefined;
  /** Reads that found something, and those that did not. */
  readonly hits: number;
  readonly misses: number;
  /** Entries that the cache dropped by itself, by cause. */
  readonly evictions: Readonly<Record<EvictionCause, number>>;
  /** With `policy: 'adaptive'`: the part of the entries that is kept for newcomers, as found best so far. */
  readonly coldShare: number | undefined;
}

/** @throws UnsupportedCommandError that names the commands there are */
export function runRaw(entries: LiveEntries, command: string, [argument]: readonly unknown[]): unknown {
  switch (command as keyof MemoryRawCommands) {
    case 'size':
      return entries.size;
    case 'bytes':
      return entries.bytes;
    case 'keys':
      return Array.from(entries.startingWith(argument === undefined ? '' : text(argument, command)));
    case 'has':
      return entries.slotOf(text(argument, command)) !== NO_SLOT;
    case 'peek':
      return bareValue(entries.valueOf(entries.slotOf(text(argument, command))));
    case 'purge':
      return entries.purge();
    case 'stats':
      return statsOf(entries);
    default:
      throw unknownCommand(command);
  }
}

const KNOWN: Record<keyof MemoryRawCommands, true> = {
  size: true,
  bytes: true,
  keys: true,
  has: true,
  peek: true,
  purge: true,
  stats: true,
};

function statsOf({ size, weight, hits, misses, evictions, coldShare }: LiveEntries): MemoryStats {
  return { size, weight, hits, misses, evictions: { ...evictions }, coldShare };
}

function unknownCommand(command: string): UnsupportedCommandError {
  const known = Object.keys(KNOWN);
  const near = nearestName(command, known);
  const hint = near === undefined ? '' : ` did you mean ${near}?`;
  return new UnsupportedCommandError(`raw: memory has no such command;${hint} it knows ${known.join(', ')}`);
}

function text(argument: unknown, command: string): string {
  if (typeof argument === 'string') return argument;
  throw new InvalidKeyError(`raw ${command}: the argument must be a string`);
}
