import type { Stack } from '../command/stack.js';
import type { Plugin } from '../contracts/plugin.js';
import { CommandTimeoutError } from '../errors.js';
import { waitAtMost } from '../loading/budget.js';

/**
 * Closes a plugin, within the cache's timeout: an application must be able to stop whatever its plugins do.
 * @throws CommandTimeoutError that names the plugin; what its `close` throws
 */
export async function closePlugin(plugin: Plugin, { deadlines, name, spec: { timeoutMs } }: Stack): Promise<void> {
  let closed = false;
  const closing = (async () => {
    await plugin.close?.();
    closed = true;
  })();
  await waitAtMost(closing, timeoutMs, deadlines);
  if (closed) return;
  throw new CommandTimeoutError(`close: plugin "${plugin.name}" did not close within ${timeoutMs} ms`, { cache: name });
}
