import type { MaybePromise } from '../util/maybe-promise.js';
import type { Cache } from './cache.js';
import type { CommandInputs, CommandName, CommandOutputs } from './commands.js';

/** What a hook gets to see of a command before it runs. */
export interface CommandContext<Name extends CommandName = CommandName> {
  /** The cache that was asked. */
  readonly cache: Cache;
  /** What it was asked for. */
  readonly command: Name;
  /** The command's arguments, by name. */
  readonly input: CommandInputs[Name];
  /** When the command began, on the cache's clock, in ms. */
  readonly startedAt: number;
}

/** What a hook gets to see of a command after it succeeded. */
export interface CommandOutcome<Name extends CommandName = CommandName> {
  /** What the command answers. */
  readonly output: CommandOutputs[Name];
  /** For `get` and, per key, `multiGet`: whether the value came from the cache. A defaulted miss is a miss. */
  readonly hit?: boolean | boolean[];
  /** Time since `startedAt`, in ms. */
  readonly tookMs: number;
}

type PreHooks = {
  [Name in CommandName as `pre${Capitalize<Name>}`]?: (context: CommandContext<Name>) => MaybePromise<void>;
};

type PostHooks = {
  [Name in CommandName as `post${Capitalize<Name>}`]?: (
    context: CommandContext<Name>,
    outcome: CommandOutcome<Name>,
  ) => MaybePromise<void>;
};

/**
 * Observes the commands of a cache. Hooks run in list order, before and after, inside the command's timeout;
 * one that fails fails that command. A `getOrSet` or a decorated call shows as its `get` and its `set`.
 */
export interface Plugin extends PreHooks, PostHooks {
  /** By which `cache.plugin(name)` finds it; no two in one cache may share one. */
  readonly name: string;
  /** A command failed or timed out. What this hook throws is dropped. */
  onError?(context: CommandContext, error: unknown): MaybePromise<void>;
  /** The cache is closing. */
  close?(): MaybePromise<void>;
}
