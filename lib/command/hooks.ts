import type { CommandName } from '../contracts/commands.js';
import type { CommandContext, CommandOutcome, Plugin } from '../contracts/plugin.js';
import { chain, ignoreRejection, isPending, type MaybePromise } from '../util/maybe-promise.js';
import type { Call } from './call.js';
import type { Command } from './commands.js';
import type { Stack } from './stack.js';
import type { Stage } from './compile.js';

type Hook = (context: CommandContext, outcome?: CommandOutcome) => MaybePromise<void>;

/** Puts the plugins' hooks around a command; without any plugin concerned, nothing is put around. */
export function withHooks<Name extends CommandName>(
  command: Command<Name>,
  stack: Stack,
  run: Stage<Name>,
): Stage<Name> {
  const before = hooksNamed(command.pre, stack.plugins);
  const after = hooksNamed(command.post, stack.plugins);
  if (before.length === 0 && after.length === 0 && observers(stack.plugins).length === 0) return run;

  return (input, call) => {
    const startedAt = stack.clock.now();
    const context = { cache: stack.face, command: command.name, input, startedAt } as CommandContext;
    call.context = context;
    return chain(runAll(before, 0, context), () =>
      chain(run(input, call), (found) => {
        // The caller was told that the time is up: an answer nobody got must not be counted.
        if (call.abandoned || after.length === 0) return found;
        const output = command.answer === undefined ? found : command.answer(found, input, stack);
        const hit = command.hit?.(found, stack);
        const tookMs = stack.clock.now() - startedAt;
        const outcome = (hit === undefined ? { output, tookMs } : { output, hit, tookMs }) as CommandOutcome;
        return chain(runAll(after, 0, context, outcome), () => found);
      }),
    );
  };
}

/** Tells the plugins that a command failed. Whatever they make of it changes nothing. */
export function reportFailure(stack: Stack, call: Call, error: unknown): void {
  if (call.context === undefined) return;
  for (const plugin of observers(stack.plugins)) {
    try {
      const reported = plugin.onError!(call.context, error);
      if (isPending(reported)) ignoreRejection(reported);
    } catch {
      // An observer cannot make a failed command fail differently.
    }
  }
}

function observers(plugins: readonly Plugin[]): Plugin[] {
  return plugins.filter((plugin) => plugin.onError !== undefined);
}

function hooksNamed(name: keyof Plugin, plugins: readonly Plugin[]): Hook[] {
  return plugins.flatMap((plugin) => {
    const hook = plugin[name] as Hook | undefined;
    return hook === undefined ? [] : [hook.bind(plugin)];
  });
}

/** In list order, each after the one before; a promise only where a hook answers with one. */
function runAll(
  hooks: readonly Hook[],
  from: number,
  context: CommandContext,
  outcome?: CommandOutcome,
): MaybePromise<void> {
  for (let index = from; index < hooks.length; index++) {
    const pending = hooks[index]!(context, outcome);
    if (isPending(pending)) return pending.then(() => runAll(hooks, index + 1, context, outcome));
  }
}
