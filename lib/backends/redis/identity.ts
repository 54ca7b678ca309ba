import { type RedisClient, isRedisClient } from './client.js';
import type { RedisAddress } from './redis-options.js';

/** What an ioredis client knows about where it is connected to. */
interface ClientOptions {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string | null;
  readonly db?: number;
  readonly name?: string | null;
  readonly sentinels?: readonly unknown[] | null;
}

/** Equal for two backends on one database of one server. Holds no user and no password. */
export function identityOf(store: RedisClient | RedisAddress): string {
  if (!isRedisClient(store)) return `redis:${store.host.toLowerCase()}:${store.port}/${store.db}`;
  const { host = 'localhost', port = 6379, path, db = 0, name, sentinels } = store.options as ClientOptions;
  if (sentinels) return `redis:sentinel:${name ?? ''}/${db}`;
  return `redis:${path ? path : `${host.toLowerCase()}:${port}`}/${db}`;
}
