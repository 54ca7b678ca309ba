import type { CommandInputs, CommandName, CommandOutputs, ValueOptions } from '../contracts/commands.js';
import { CacheClosedError, namedCache } from '../errors.js';
import { parseLimit } from '../util/duration.js';
import { isPending, type MaybePromise } from '../util/maybe-promise.js';
import { Call } from './call.js';
import { COMMANDS, type Command } from './commands.js';
import { fenced } from './fence.js';
import { reportFailure, withHooks } from './hooks.js';
import { limit } from './limit.js';
import type { Stack } from './stack.js';
import { checkUnused } from './unused-options.js';
import { throwIfAborted } from '../util/signal.js';

/** A stage of the pipeline: takes a command's input to its raw output. */
export type Stage<Name extends CommandName> = (
  input: CommandInputs[Name],
  call: Call,
) => MaybePromise<CommandOutputs[Name]>;

/** A whole compiled command. Answers at once where the backend and the plugins do; may throw at once, too. */
export type Run<Name extends CommandName> = (input: CommandInputs[Name]) => MaybePromise<CommandOutputs[Name]>;

/** The commands of one cache, compiled. */
export type Commands = { readonly [Name in CommandName]: Run<Name> } & {
  /** `get` and `multiGet` for those who know what to do with entries that are no longer fresh: what is `Framed` comes as it is. */
  readonly find: Run<'get'>;
  readonly multiFind: Run<'multiGet'>;
  /** Writes of loaded values: they fence nothing, and what was loaded before the cache was closed is still stored. */
  readonly store: Run<'set'>;
  readonly multiStore: Run<'multiSet'>;
};

/** Compiles every command once, so that a call pays only for what this cache uses. */
export function compileCommands(stack: Stack): Commands {
  const runs = Object.values(COMMANDS).map((command: Command) => [
    command.name,
    compile(command, stack, { fence: withFence }),
  ]);
  return {
    ...(Object.fromEntries(runs) as { [Name in CommandName]: Run<Name> }),
    find: compile(COMMANDS.get, stack, { whole: true }),
    multiFind: compile(COMMANDS.multiGet, stack, { whole: true }),
    store: compile(COMMANDS.set, stack, { draining: true }),
    multiStore: compile(COMMANDS.multiSet, stack, { draining: true }),
  };
}

/** Runs a command for somebody who wants a promise whatever happens. */
export function ask<Input, Output>(run: (input: Input) => MaybePromise<Output>, input: Input): Promise<Output> {
  try {
    const output = run(input);
    return isPending(output) ? output : Promise.resolve(output);
  } catch (error) {
    return Promise.reject(error);
  }
}

type Wrap = <Name extends CommandName>(command: Command<Name>, stack: Stack, run: Stage<Name>) => Stage<Name>;

interface Compilation {
  readonly fence?: Wrap;
  /** The raw output, not what callers see of it. */
  readonly whole?: boolean;
  /** It also runs while a closed cache finishes what it began. */
  readonly draining?: boolean;
}

/**
 * From the outside in: off switch, timeout and abort, fence, hooks, the command. Each stage adds a promise only
 * if the one below answered with one, and nothing at all where it has nothing to do.
 */
function compile<Name extends CommandName>(command: Command<Name>, stack: Stack, how: Compilation = {}): Run<Name> {
  const { gate } = stack;
  const { fence, whole = false, draining = false } = how;
  const answer = whole || command.answer === undefined ? undefined : command.answer.bind(command);
  const body: Stage<Name> = (input, call) => command.run(stack, input, call);
  const hooked = withHooks(command, stack, body);
  const stages = fence === undefined ? hooked : fence(command, stack, hooked);
  const followed = !stack.immediate || hooked !== body;
  type Output = CommandOutputs[Name];

  return (input) => {
    if (!gate.open && !(draining && gate.draining))
      throw new CacheClosedError(`${command.name}: the cache is closed`, { cache: stack.name });
    const options: ValueOptions = input.options;
    throwIfAborted(options.signal);
    if (!gate.enabled) {
      checkUnused(stack, options);
      return command.disabled(input);
    }
    let call = stack.sharedCall;
    let timeoutMs: number | undefined;
    let found: MaybePromise<CommandOutputs[Name]>;
    try {
      timeoutMs = options.timeout === undefined ? stack.spec.timeoutMs : parseLimit(options.timeout, 'timeout');
      const codec = stack.codecFor(options.serializer);
      if (followed || codec !== stack.codec || options.namespace !== undefined)
        call = new Call(codec, stack.keys, options.namespace);
      found = stages(input, call);
    } catch (error) {
      reportFailure(stack, call, error);
      throw namedCache(error, stack.name);
    }
    if (isPending(found)) {
      const seen = answer === undefined ? undefined : (late: Output) => answer(late, input, stack);
      return limit<Output>(found, command.name, stack, call, { timeoutMs, signal: options.signal }, seen);
    }
    return answer === undefined ? found : answer(found, input, stack);
  };
}

/** Keeps loads that an invalidating command overtakes from being stored after it. */
function withFence<Name extends CommandName>(command: Command<Name>, stack: Stack, run: Stage<Name>): Stage<Name> {
  if (command.fences === undefined) return run;
  const { fence } = stack;

  return (input, call) => {
    if (fence.idle) {
      const output = run(input, call);
      // Nothing can have begun to load in between, so beginning only now is not too late.
      if (!isPending(output)) return output;
      const scope = command.fences!(stack, input, call);
      void fence.begin(scope);
      return output.finally(() => fence.end(scope));
    }
    return fenced(fence, command.fences!(stack, input, call), () => run(input, call));
  };
}
