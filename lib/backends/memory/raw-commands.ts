import { InvalidKeyError, UnsupportedCommandError } from '../../errors.js';
import { nearestName } from '../../util/nearest-name.js';
import { NO_SLOT } from './entry-store.js';
import type { LiveEntries } from './live-entries.js';

/** What `raw` understands on memory. Keys are final keys: with their namespace. None of these counts as a use. */
export interface MemoryRawCommands {
  /** How many entries there are, expired ones that nobody came across included. */
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
      return entries.valueOf(entries.slotOf(text(argument, command)));
    case 'purge':
      return entries.purge();
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
};

function unknownCommand(command: string): UnsupportedCommandError {
  const known = Object.keys(KNOWN);
  const near = nearestName(command, known);
  const hint = near === undefined ? '' : `did you mean ${near}? `;
  return new UnsupportedCommandError(`raw: memory has no such command; ${hint}It knows ${known.join(', ')}`);
}

function text(argument: unknown, command: string): string {
  if (typeof argument === 'string') return argument;
  throw new InvalidKeyError(`raw ${command}: the argument must be a string`);
}
