import { ConfigError } from '../errors.js';
import { isPending } from '../util/maybe-promise.js';
import { checkKnownOptions } from '../util/known-options.js';
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
  const merged = { ...scopes.current, ...readScope(options) };
  if (typeof work !== 'function')
    throw new ConfigError('cacheScope: there is no work; give { read, write, awaitWrite }, then a function');
  scopes.enter();
  let result: R;
  try {
    result = scopes.run(merged, work, undefined);
  } catch (error) {
    scopes.exit();
    throw error;
  }
  if (!isPending(result)) {
    scopes.exit();
    return result;
  }
  return result.then(
    (value: unknown) => {
      scopes.exit();
      return value;
    },
    (error: unknown) => {
      scopes.exit();
      throw error;
    },
  ) as R;
}

const NAMES = ['read', 'write', 'awaitWrite'];

/** What the options mention. */
function readScope(options: CacheScopeOptions): CacheScopeOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigError('cacheScope: the options come first; give { read, write, awaitWrite }, then the work');
  }
  checkKnownOptions('cacheScope', options, NAMES);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    if (typeof value !== 'boolean')
      throw new ConfigError(`cacheScope: ${name} is of type ${typeof value}; use true or false`);
  }
  return Object.fromEntries(given);
}

/** The rules here; `undefined` outside of every scope. */
export function currentScope(): CacheScopeOptions | undefined {
  return scopes.current;
}
