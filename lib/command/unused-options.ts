import type { WriteOptions } from '../contracts/commands.js';
import { namedCache } from '../errors.js';
import { parseLimit } from '../util/duration.js';
import type { Stack } from './stack.js';

/**
 * Looks at the options of a call that nobody uses while the cache is switched off: a mistake would only be noticed once it is on again.
 * @throws ConfigError when one is wrong
 */
export function checkUnused(stack: Stack, { timeout, serializer, namespace, ttl }: WriteOptions): void {
  try {
    if (timeout !== undefined) parseLimit(timeout, 'timeout');
    stack.codecFor(serializer);
    stack.keys.prefix(namespace);
    stack.ttlMs(ttl);
  } catch (error) {
    throw namedCache(error, stack.name);
  }
}
