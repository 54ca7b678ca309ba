import { isCacheError } from 'cachewright';
import { registryFrom } from './registry.js';

/** A service would call `registryFrom(process.env)` once, at its start. Here it is called for several environments. */
const ENVIRONMENTS: Record<string, NodeJS.ProcessEnv> = {
  'nothing set: defaults': {},
  'Redis for all, secrets are not shown': {
    CACHE_URL: 'redis://app:s%40cret@cache.internal:6379/0?ttl=5m&timeout=500ms',
  },
  'sessions elsewhere': { SESSIONS_URL: 'rediss://sessions.internal/1?ttl=30m&serializer=msgpack&plugins=timing' },
  'a misspelt option': { CACHE_URL: 'memory://?maxEntires=100' },
  'no unit': { CACHE_URL: 'memory://?ttl=5minutes' },
  'a store that does not exist': { CACHE_URL: 'mongodb://127.0.0.1/cache' },
  'not a number': { CACHE_URL: 'memory://?maxEntries=many' },
  'a serializer that does not fit': { SESSIONS_URL: 'redis://127.0.0.1:6379?serializer=reference' },
  'a password in the wrong place': { CACHE_URL: 'redis://127.0.0.1:6379?password=s3cret' },
};

for (const [title, env] of Object.entries(ENVIRONMENTS)) {
  console.log(`\n${title}`);
  for (const [name, value] of Object.entries(env)) console.log(`  $ ${name}=${value}`);
  try {
    const registry = registryFrom(env);
    for (const [name, config] of Object.entries(registry.config())) console.log(`  ${name}:`, config);
    await registry.close();
  } catch (error) {
    if (!isCacheError(error, 'ERR_CACHE_CONFIG')) throw error;
    console.log(`  ${error.name}: ${error.message}`);
  }
}
