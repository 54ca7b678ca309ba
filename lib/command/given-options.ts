import { ConfigError } from '../errors.js';
import { unknownOption } from '../util/known-options.js';

const EVERY = ['namespace', 'timeout', 'signal'] as const;
const VALUES = [...EVERY, 'serializer'] as const;
const WRITES = ['ttl', ...VALUES] as const;

interface Known {
  /** What one could have meant. */
  readonly example: string;
  readonly names: ReadonlySet<string>;
}

const known = (names: readonly string[], example: string): Known => ({ names: new Set(names), example });
const PLAIN = known(EVERY, '{ timeout: 500 }');
const WRITING = known(WRITES, '{ ttl: 60_000 }');

/** The options of everything that takes some directly; those of `getOrSet` are read by what plans it. */
const KNOWN = {
  add: WRITING,
  get: known(['default', ...VALUES], '{ default: 0 }'),
  set: WRITING,
  multiGet: known(VALUES, '{ timeout: 500 }'),
  multiSet: WRITING,
  delete: PLAIN,
  multiDelete: PLAIN,
  exists: PLAIN,
  increment: WRITING,
  expire: PLAIN,
  ttl: PLAIN,
  clear: known(['all', ...EVERY], "{ namespace: 'users' }"),
  invalidateTags: PLAIN,
  optimistic: known(VALUES, '{ timeout: 500 }'),
  compareAndSet: known(['ttl'], '{ ttl: 60_000 }'),
} satisfies Readonly<Record<string, Known>>;

/**
 * What is wrong with the options of a call: `set(key, value, 60)` and `set(key, value, { tags })` would be stored with another
 * ttl and without tags, and nobody told. Who gives no options does not come here: a hit would notice.
 */
export function mistakeIn(command: keyof typeof KNOWN, given: object, cache: string): ConfigError | undefined {
  const { names, example } = KNOWN[command];
  if (!areOptions(given)) return notOptions(command, given, example, cache);
  for (const name in given) if (!names.has(name)) return unknownOption(command, given, [...names], cache);
  return undefined;
}

/** @throws ConfigError when there is a mistake in them */
export function checkOptions(command: keyof typeof KNOWN, given: object, cache: string): void {
  const mistake = mistakeIn(command, given, cache);
  if (mistake !== undefined) throw mistake;
}

/** @throws ConfigError when they are none; what is in them is looked at elsewhere */
export function checkIsOptions(command: string, given: unknown, cache: string): void {
  if (!areOptions(given)) throw notOptions(command, given, WRITING.example, cache);
}

function areOptions(given: unknown): boolean {
  return typeof given === 'object' && given !== null;
}

function notOptions(command: string, given: unknown, example: string, cache: string): ConfigError {
  const got = given === null ? 'null' : typeof given;
  return new ConfigError(`${command}: options must be an object such as ${example}; got ${got}`, { cache });
}
