import { COMMAND_NAMES, type CommandName } from '../contracts/commands.js';
import type { CommandContext, CommandOutcome, Plugin } from '../contracts/plugin.js';
import { isCacheError } from '../errors.js';
import { checkNames } from '../registry/option.js';
import { choiceReader, isRecord, mistyped } from '../registry/readers.js';

/** One command, as a recorder saw it. */
export interface RecordedCommand {
  /** The cache's name. */
  readonly cache: string;
  readonly command: CommandName;
  /** As the caller wrote them, without namespace; none for `clear` and `raw`. */
  readonly keys: readonly string[];
  /** `pending`: neither answered nor failed so far. */
  readonly outcome: 'pending' | 'answered' | 'failed';
  /** For `get` and, per key, `multiGet`, once they are answered. */
  readonly hit?: boolean | readonly boolean[];
  /** What a failed command was rejected with. */
  readonly error?: unknown;
  /** What was written or read; recorded only if the recorder was asked to keep values. */
  readonly values?: readonly unknown[];
}

/** Options of `recorder`. */
export interface RecorderOptions {
  /** Keep what is written and read, too. Default `false`: values do not belong into the output of tests. */
  readonly values?: boolean | undefined;
}

/** Remembers what a cache was asked, in the order in which it was asked. */
export interface Recorder extends Plugin {
  /** All commands so far, or those of one name. */
  commands(name?: CommandName): readonly RecordedCommand[];
  /** The keys of these commands, in order, as often as they were asked for. */
  keys(name?: CommandName): readonly string[];
  /** The keys that `get` and `multiGet` found. */
  hits(): readonly string[];
  /** The keys that `get` and `multiGet` did not find. */
  misses(): readonly string[];
  /** What failed, in the order in which it was asked. */
  errors(): readonly RecordedCommand[];
  /** A line for each command, for comparisons: `get user:7 miss`, `set user:7`, `get user:7 ERR_CACHE_BACKEND`. */
  lines(): readonly string[];
  /** Forgets everything so far. */
  reset(): void;
}

/**
 * A plugin for tests that remembers what a cache was asked. A `getOrSet` or a decorated call shows as its `get` and its `set`.
 * On the memory backend, decorated hits of a cache with plugins take no short cut: every one is recorded.
 * @throws ConfigError for an option that does not exist
 */
export function recorder(options: RecorderOptions = {}): Recorder {
  if (!isRecord(options)) throw mistyped(options, 'recorder: options', 'give { values: true } or nothing');
  checkNames(options, ['values'], 'recorder: options', 'recorder');
  const { values: keepValues = false } = options;
  let records: Draft[] = [];
  let byContext = new WeakMap<CommandContext, Draft>();

  const begin = (context: CommandContext): void => {
    const record: Draft = {
      cache: context.cache.name,
      command: context.command,
      keys: keysOf(context.input),
      outcome: 'pending',
    };
    if (keepValues) record.values = writtenBy(context.input);
    records.push(record);
    byContext.set(context, record);
  };
  const answer = (context: CommandContext, { hit, output }: CommandOutcome): void => {
    const record = byContext.get(context);
    if (record === undefined) return;
    record.outcome = 'answered';
    if (hit === undefined) return;
    record.hit = hit;
    if (keepValues) record.values = Array.isArray(hit) ? (output as unknown[]) : [output];
  };
  const select = (name?: CommandName): Draft[] => {
    if (name === undefined) return [...records];
    readCommand(name, 'recorder: the command');
    return records.filter((record) => record.command === name);
  };
  const found = (wanted: boolean): string[] =>
    records.flatMap(({ keys, hit }) =>
      hit === undefined ? [] : keys.filter((_, index) => [hit].flat()[index] === wanted),
    );

  const hooks = COMMAND_NAMES.flatMap((name) => {
    const suffix = name[0]!.toUpperCase() + name.slice(1);
    return [
      [`pre${suffix}`, begin],
      [`post${suffix}`, answer],
    ];
  });
  return {
    ...(Object.fromEntries(hooks) as Partial<Plugin>),
    name: 'recorder',
    onError(context, error) {
      const record = byContext.get(context);
      if (record !== undefined) Object.assign(record, { outcome: 'failed', error });
    },
    commands: select,
    keys: (name) => select(name).flatMap(({ keys }) => keys),
    hits: () => found(true),
    misses: () => found(false),
    errors: () => records.filter(({ outcome }) => outcome === 'failed'),
    lines: () => records.map(lineOf),
    reset() {
      records = [];
      byContext = new WeakMap();
    },
  };
}

/** A misspelt one was never recorded, which would prove nothing. */
const readCommand = choiceReader(COMMAND_NAMES);

type Draft = { -readonly [Name in keyof RecordedCommand]: RecordedCommand[Name] };

function keysOf(input: CommandContext['input']): readonly string[] {
  if ('key' in input) return [input.key];
  if ('keys' in input) return [...input.keys];
  return 'entries' in input ? input.entries.map(([key]) => key) : [];
}

function writtenBy(input: CommandContext['input']): readonly unknown[] {
  if ('value' in input) return [input.value];
  return 'entries' in input ? input.entries.map(([, value]) => value) : [];
}

function lineOf({ command, keys, outcome, hit, error }: RecordedCommand): string {
  return [command, ...keys, ...endOf()].join(' ');

  function endOf(): string[] {
    if (outcome === 'pending') return ['pending'];
    if (outcome === 'failed') return [isCacheError(error) ? error.code : 'failed'];
    return hit === undefined ? [] : [hit].flat().map((one) => (one ? 'hit' : 'miss'));
  }
}
