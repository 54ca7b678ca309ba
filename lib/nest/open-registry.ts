import type { ModulesContainer } from '@nestjs/core';
import { ConfigError, UnknownCacheError } from '../errors.js';
import { createRegistry } from '../registry/create.js';
import { checkNames } from '../registry/option.js';
import { didYouMean, isRecord, mistyped } from '../registry/readers.js';
import type { CacheRegistry } from '../registry/registry.js';
import { withFeatures } from './feature-caches.js';
import type { CacheModuleOptions, CacheRootOptions } from './options.js';
import { withProvided } from './provided.js';

/** The options as they were given, and by which method. */
export interface Given {
  readonly method: 'forRoot' | 'forRootAsync';
  readonly options: CacheModuleOptions;
  /** Caches that are to be injected. */
  readonly names: readonly string[];
}

/** An object, so that the compiler notices an option that is missing here. */
const OPTION_NAMES: Record<keyof CacheRootOptions, true> = {
  caches: true,
  namespace: true,
  clock: true,
  dataClasses: true,
  failFast: true,
  isGlobal: true,
};

/**
 * Makes the one registry of an application, with all its caches.
 * @throws ConfigError for the first option that is wrong
 */
export async function openRegistry(given: Given, modules: ModulesContainer): Promise<CacheRegistry> {
  const { caches, options } = checked(given);
  const registry = createRegistry(await withProvided(withFeatures(caches, modules), modules), options);
  for (const name of given.names) {
    if (registry.has(name)) continue;
    const near = didYouMean(name, registry.names);
    throw new UnknownCacheError(
      `CacheModule.${given.method}: names has "${name}", but there is no such cache;${near} known: ${registry.names.join(', ')}`,
      { cache: name },
    );
  }
  return registry;
}

function checked({ method, options: given }: Given) {
  const path = `CacheModule.${method}: options`;
  if (!isRecord(given)) throw mistyped(given, path, 'give { caches: { default: … } }');
  const known = Object.keys(OPTION_NAMES).filter((name) => method === 'forRoot' || name !== 'isGlobal');
  checkNames(given, known, path, method);
  const { caches, failFast, isGlobal, ...options } = given as unknown as CacheRootOptions;
  for (const [name, flag] of Object.entries({ failFast, isGlobal })) {
    if (flag !== undefined && typeof flag !== 'boolean') throw mistyped(flag, `${path}.${name}`, 'use true or false');
  }
  return { caches, options };
}

/** @throws ConfigError when an application has two: each would have caches of its own */
export function mustBeOnly(module: unknown, modules: ModulesContainer): void {
  const count = [...modules.values()].filter(({ metatype }) => metatype === module).length;
  if (count > 1) {
    throw new ConfigError(
      `CacheModule.forRoot or forRootAsync was called ${count} times for this application; call it once, and forFeature for more caches`,
    );
  }
}
