import { isPending } from '../util/maybe-promise.js';
import { AsyncContext } from '../util/async-context.js';

/** How decorated calls and `getOrSet` inside a scope use the cache. */
export interface CacheScopeOptions {
  /** `false` = neither read nor join a load: run the method. Default `true`. */
  readonly read?: boolean | undefined;
  /** `false` = do not store what is loaded. Default `true`. */
  readonly write?: boolean | undefined;
  /** `false` = answer without waiting for the write. Default `true`: wait, within the budget. */
  readonly awaitWrite?: boolean | undefined;
}

const scopes = new AsyncContext<CacheScopeOptions>();

/**
 * Runs `work` with other rules for the cache, and answers what it answers. Scopes nest: what an inner one does not
 * mention stays as the outer one says.
 */
export function cacheScope<R>(options: CacheScopeOptions, work: () => R): R {
  const merged = { ...scopes.current };
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) merged[name as keyof CacheScopeOptions] = value as never;
  }
  scopes.enter();
  let result: R;
  try {
    result = scopes.run(merged, work, undefined);
  } catch (error) {
    scopes.exit();
    throw error;
  }
  if (isPending(result)) return result.finally(() => scopes.exit()) as R;
  scopes.exit();
  return result;
}

/** The rules here; `undefined` outside of every scope. */
export function currentScope(): CacheScopeOptions | undefined {
  return scopes.current;
}
