import { ignoreRejection, isPending } from '../util/maybe-promise.js';
import type { Stack } from '../command/stack.js';
import type { CacheFailure, CachePhase, OnCacheError } from '../contracts/loading.js';
import { BackendError, isCacheError, type CacheError } from '../errors.js';

/** Mistakes of the program: they reach the caller however the cache is told to fail. */
const MISTAKES: ReadonlySet<string> = new Set([
  'ERR_CACHE_CONFIG',
  'ERR_CACHE_UNKNOWN_CACHE',
  'ERR_CACHE_NO_REGISTRY',
  'ERR_CACHE_INVALID_KEY',
]);

/**
 * The one place that decides what a failing cache means for a load. Returns when the load shall go on without the cache.
 * @throws the failure, where the caller wants to see it, and always when the program is at fault; what `onCacheError` throws
 */
export function tolerate(
  error: unknown,
  onCacheError: OnCacheError,
  stack: Stack,
  key: CacheFailure['key'],
  phase: CachePhase,
): void {
  if (isCacheError(error) && MISTAKES.has(error.code)) throw error;
  if (onCacheError === 'run') return;
  if (onCacheError === 'throw') throw error;
  const noted: unknown = onCacheError(asCacheError(error, stack), { cache: stack.face, key, phase });
  // An async function is taken for what it is declared as, one that answers nothing: nobody waits for it.
  if (isPending(noted)) ignoreRejection(Promise.resolve(noted));
}

/** A failing plugin throws what it likes; who handles cache failures gets a `CacheError`. */
function asCacheError(error: unknown, stack: Stack): CacheError {
  return isCacheError(error) ? error : new BackendError('a plugin failed', { cache: stack.name, cause: error });
}
