import type { StackSpec } from '../command/stack-spec.js';
import type { Cache } from '../contracts/cache.js';
import { StackedCache } from './stacked-cache.js';

/** A cache from its validated configuration. Nothing connects before the first command. */
export function buildCache(spec: StackSpec): Cache {
  return new StackedCache(spec);
}
