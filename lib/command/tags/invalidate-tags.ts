import type { CommandOptions } from '../../contracts/commands.js';
import { isPending } from '../../util/maybe-promise.js';
import { parseLimit } from '../../util/duration.js';
import { namedCache } from '../../errors.js';
import { limit } from '../limit.js';
import { Call } from '../call.js';
import { fenced } from '../fence.js';
import type { Stack } from '../stack.js';

/** Invalidates tags of a namespace, within the timeout. No call that comes later joins a load of theirs that began before. */
export async function invalidateTags(stack: Stack, tags: readonly string[], options: CommandOptions): Promise<void> {
  const { namespace, signal } = options;
  const prefix = stack.keys.prefix(namespace);
  const timeoutMs = options.timeout === undefined ? stack.spec.timeoutMs : parseLimit(options.timeout, 'timeout');
  const scope = { prefix, tags: new Set(tags) };
  try {
    const done = fenced(stack.fence, scope, () => stack.tags.invalidate(prefix, tags, timeoutMs));
    if (!isPending(done)) return;
    const call = new Call(stack.codec, stack.keys, namespace);
    await limit(done, 'invalidateTags', stack, call, { timeoutMs, signal }, undefined);
  } catch (error) {
    throw namedCache(error, stack.name);
  }
}
