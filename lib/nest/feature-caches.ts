import type { ModulesContainer } from '@nestjs/core';
import { ConfigError } from '../errors.js';
import { member } from '../registry/option.js';
import { isRecord, mistyped } from '../registry/readers.js';
import type { FeatureCacheConfigs, NestCacheConfigs } from './options.js';

/** What one `forFeature` adds, left among the providers where the registry finds it. */
export class FeatureCaches {
  readonly #configs: FeatureCacheConfigs;

  constructor(configs: FeatureCacheConfigs) {
    this.#configs = configs;
  }

  get configs(): FeatureCacheConfigs {
    return this.#configs;
  }
}

/**
 * All caches of the application: it does not matter which module is made first.
 * @throws ConfigError when two have one name
 */
export function withFeatures(caches: NestCacheConfigs, modules: ModulesContainer): NestCacheConfigs {
  if (!isRecord(caches)) return caches; // for createRegistry to complain about
  const all: Record<string, FeatureCacheConfigs[string]> = { ...caches };
  for (const { configs } of featuresIn(modules)) {
    if (!isRecord(configs)) throw mistyped(configs, 'CacheModule.forFeature: caches', 'give an object of named caches');
    for (const [name, config] of Object.entries(configs)) {
      if (!Object.hasOwn(all, name)) all[name] = config;
      else
        throw new ConfigError(`CacheModule.forFeature: ${member('caches', name)} exists already; choose another name`, {
          cache: name,
        });
    }
  }
  return all as unknown as NestCacheConfigs;
}

function featuresIn(modules: ModulesContainer): FeatureCaches[] {
  return [...modules.values()]
    .flatMap(({ providers }) => [...providers.values()].map((wrapper): unknown => wrapper.instance))
    .filter((instance) => instance instanceof FeatureCaches);
}
