import { type CacheRegistry, type CacheUrl, createRegistry } from 'cachewright';

/**
 * The whole configuration of a service, from its environment:
 *
 * - `CACHE_URL`: where entries go by default. Unset: memory.
 * - `SESSIONS_URL`: sessions may live elsewhere. Unset: where the others are.
 * - `APP_NAME`: keeps the keys of several applications on one server apart.
 *
 * @throws ConfigError for anything that is wrong, before anything connects
 */
export function registryFrom(env: NodeJS.ProcessEnv): CacheRegistry {
  // The type says what a URL looks like; `createRegistry` checks that it does.
  const main = (env['CACHE_URL'] ?? 'memory://?maxEntries=5000&ttl=5m') as CacheUrl;
  const sessions = (env['SESSIONS_URL'] ?? main) as CacheUrl;
  return createRegistry({ default: main, sessions }, { namespace: env['APP_NAME'] ?? 'shop' });
}
