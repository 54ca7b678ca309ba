import type { Duration, Ttl } from '../util/duration.js';
import type { Serializer } from './serializer.js';
import type { SerializerName } from './names.js';

/** Options of every command. */
export interface CommandOptions {
  /** Instead of the cache's own namespace; `''` = bare keys. */
  readonly namespace?: string | undefined;
  /** Longest wait, plugins and connecting included. Default: the cache's (5 s). `0`/`null` = no limit. */
  readonly timeout?: Duration | null | undefined;
  /** Rejects the command with `signal.reason` when aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of commands that read or write values. */
export interface ValueOptions extends CommandOptions {
  /** Instead of the cache's own serializer, for this call. */
  readonly serializer?: SerializerName | Serializer | undefined;
}

/** Options of commands that write values. */
export interface WriteOptions extends ValueOptions {
  /** `undefined` = the cache's default; `0`/`null` = never expires. */
  readonly ttl?: Ttl | undefined;
}

/** Options of `get`. */
export interface GetOptions<T = unknown> extends ValueOptions {
  /** Answered on a miss, instead of `undefined`. */
  readonly default?: T | undefined;
}

/** Options of `clear`. */
export interface ClearOptions extends CommandOptions {
  /** Confirms that a bare cache (`namespace: ''`) on a shared backend shall delete everything there. */
  readonly all?: boolean | undefined;
}

/** Pairs to store: an iterable of pairs, a `Map`, or a plain object. */
export type Entries<T = unknown> = Iterable<readonly [string, T]> | Readonly<Record<string, T>>;

/** Every command with its arguments: what a plugin sees as `context.input`. */
export interface CommandInputs {
  add: { readonly key: string; readonly value: unknown; readonly options: WriteOptions };
  get: { readonly key: string; readonly options: GetOptions };
  set: { readonly key: string; readonly value: unknown; readonly options: WriteOptions };
  multiGet: { readonly keys: readonly string[]; readonly options: ValueOptions };
  multiSet: { readonly entries: readonly (readonly [string, unknown])[]; readonly options: WriteOptions };
  delete: { readonly key: string; readonly options: CommandOptions };
  multiDelete: { readonly keys: readonly string[]; readonly options: CommandOptions };
  exists: { readonly key: string; readonly options: CommandOptions };
  increment: { readonly key: string; readonly delta: number; readonly options: WriteOptions };
  expire: { readonly key: string; readonly ttl: Ttl; readonly options: CommandOptions };
  ttl: { readonly key: string; readonly options: CommandOptions };
  clear: { readonly options: ClearOptions };
  raw: { readonly command: string; readonly args: readonly unknown[]; readonly options: CommandOptions };
}

/** Every command with its answer: what a plugin sees as `outcome.output`. */
export interface CommandOutputs {
  add: boolean;
  get: unknown;
  set: void;
  multiGet: unknown[];
  multiSet: void;
  delete: boolean;
  multiDelete: number;
  exists: boolean;
  increment: number;
  expire: boolean;
  ttl: number | null | undefined;
  clear: void;
  raw: unknown;
}

/** The names of the commands that plugins see. */
export type CommandName = keyof CommandInputs;

/** The commands in the order of the documentation. Hook names, compiled pipelines and docs all come from this list. */
export const COMMAND_NAMES = [
  'add',
  'get',
  'set',
  'multiGet',
  'multiSet',
  'delete',
  'multiDelete',
  'exists',
  'increment',
  'expire',
  'ttl',
  'clear',
  'raw',
] as const satisfies readonly CommandName[];
