import { buildCache } from '../cache/build.js';
import type { Cache } from '../contracts/cache.js';
import { ConfigError } from '../errors.js';
import type { CacheConfig, CacheConfigs, CacheUrl, RegistryOptions } from './config.js';
import { commonOptions } from './common-options.js';
import { readDataClasses } from './data-classes.js';
import { define, defineNamed } from './definition.js';
import { switchedOff } from './off-switch.js';
import { checkNames } from './option.js';
import { isRecord, mistyped } from './readers.js';
import { CacheRegistry, type RegistrySettings } from './registry.js';

const MISSING_DEFAULT = `add one, for example default: { backend: 'memory' }`;

/**
 * Named caches from their configuration. Everything is checked here and now; nothing is built or connected before it is used.
 * @throws ConfigError for the first thing that is wrong, with its path (`caches.sessions.ttl`)
 */
export function createRegistry(caches: CacheConfigs, options: RegistryOptions = {}): CacheRegistry {
  if (!isRecord(caches)) throw mistyped(caches, 'caches', `give an object of named caches; ${MISSING_DEFAULT}`);
  const names = Object.keys(caches);
  if (names.length === 0) throw new ConfigError(`caches is empty; ${MISSING_DEFAULT}`);
  if (!names.includes('default')) throw new ConfigError(`caches has no "default"; ${MISSING_DEFAULT}`);
  const definitions = names.map((name) => [name, defineNamed(name, caches[name])] as const);
  return new CacheRegistry(new Map(definitions), readSettings(options));
}

/**
 * One cache without a registry. It goes by its backend's name and has bare keys unless `namespace` is given.
 * @throws ConfigError for the first thing that is wrong, with its path (`cache.ttl`)
 */
export function createCache(config: CacheConfig | CacheUrl): Cache {
  const definition = define(config, 'cache');
  const surroundings = { outerNamespace: undefined, clock: undefined, enabled: !switchedOff(), dataClasses: [] };
  return buildCache(definition.stack(definition.backendName, '', surroundings));
}

function readSettings(options: unknown): RegistrySettings {
  if (!isRecord(options)) throw mistyped(options, 'options', 'give { namespace, clock, dataClasses }');
  checkNames(options, ['namespace', 'clock', 'dataClasses'], 'options', 'a registry');
  const { namespace, clock, dataClasses } = options;
  return {
    namespace: namespace === undefined ? undefined : commonOptions.namespace.read(namespace, 'options.namespace'),
    clock: clock === undefined ? undefined : commonOptions.clock.read(clock, 'options.clock'),
    dataClasses: dataClasses === undefined ? [] : readDataClasses(dataClasses, 'options.dataClasses'),
  };
}
