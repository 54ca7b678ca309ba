import type { ConnectionOptions } from 'node:tls';
import { ConfigError } from '../../errors.js';
import { type Duration, parseDuration } from '../../util/duration.js';
import { type RedisClient, isRedisClient } from './client.js';
import { type RedisUrl, parseRedisUrl } from './redis-url.js';

/** Where a Redis server is and how to log in. By URL, by parts, or as a ready client. */
export interface RedisOptions {
  /** `redis://[user[:password]@]host[:port][/db]`, `rediss://` for TLS. User and password are percent-encoded. */
  readonly url?: string | undefined;
  /** Name or address. Default `'localhost'`. */
  readonly host?: string | undefined;
  /** Default 6379. */
  readonly port?: number | undefined;
  /** An ACL user. Default: the server's default user. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Number of the database. Default 0. */
  readonly db?: number | undefined;
  /** `true`, or the options of `tls.connect` (`ca`, `cert`, `key`, `servername` ...). Certificates are verified. Default: TLS for `rediss://` only. */
  readonly tls?: boolean | ConnectionOptions | undefined;
  /** Longest time from dialling to the answer of the first PING. Default 2 s. */
  readonly connectTimeout?: Duration | undefined;
  /** A ready ioredis client, used as it is and never closed by this library. Excludes all other options. */
  readonly client?: RedisClient | undefined;
}

export const REDIS_OPTION_NAMES = [
  'url',
  'host',
  'port',
  'username',
  'password',
  'db',
  'tls',
  'connectTimeout',
  'client',
] as const satisfies readonly (keyof RedisOptions)[];

/** A checked address. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
  readonly tls: ConnectionOptions | undefined;
  readonly connectTimeoutMs: number;
}

const DEFAULT_CONNECT_TIMEOUT_MS = 2_000;
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * The client, or the address, that options stand for.
 * @throws ConfigError that names the option and never its value
 */
export function readRedisOptions(options: RedisOptions): RedisClient | RedisAddress {
  if (options.client !== undefined) return readClient(options);
  const fromUrl: Partial<RedisUrl> = options.url === undefined ? {} : readUrl(options);
  const db = options.db ?? fromUrl.db ?? 0;
  if (!Number.isSafeInteger(db) || db < 0)
    throw new ConfigError('db is no whole number from 0; use the number of a database');
  const port = options.port ?? fromUrl.port ?? 6379;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new ConfigError('port is out of range; use a whole number from 1 to 65535');
  }
  const connectTimeoutMs = parseDuration(options.connectTimeout ?? DEFAULT_CONNECT_TIMEOUT_MS, 'connectTimeout');
  if (connectTimeoutMs === 0) throw new ConfigError('connectTimeout is 0; it must be longer than that');
  return {
    host: text(options, 'host') ?? fromUrl.host ?? 'localhost',
    port,
    username: text(options, 'username') ?? fromUrl.username,
    password: text(options, 'password') ?? fromUrl.password,
    db,
    tls: readTls(options.tls, fromUrl.tls),
    connectTimeoutMs: Math.min(Math.ceil(connectTimeoutMs), MAX_TIMER_MS),
  };
}

function readClient(options: RedisOptions): RedisClient {
  const { client } = options;
  const other = REDIS_OPTION_NAMES.find((name) => name !== 'client' && options[name] !== undefined);
  if (other !== undefined) throw new ConfigError(`client and ${other} exclude each other; configure the client itself`);
  if (!isRedisClient(client))
    throw new ConfigError('client is no ioredis client; use an instance of Redis from ioredis 5 or 6');
  if ((client as { isCluster?: unknown }).isCluster === true) {
    throw new ConfigError('client is a Cluster; use an instance of Redis, which talks to one server');
  }
  const { keyPrefix } = client.options as { keyPrefix?: unknown };
  if (keyPrefix !== undefined && keyPrefix !== null && keyPrefix !== '') {
    throw new ConfigError("client has a keyPrefix, which clear() cannot see; use the cache's namespace instead");
  }
  return client;
}

function readUrl(options: RedisOptions): RedisUrl {
  const parsed = parseRedisUrl(options.url);
  for (const name of ['host', 'port', 'username', 'password', 'db'] as const) {
    if (options[name] !== undefined && (name === 'host' || name === 'port' || parsed[name] !== undefined)) {
      throw new ConfigError(`url and ${name} exclude each other; say it in one place`);
    }
  }
  if (parsed.tls !== undefined && options.tls === false) {
    throw new ConfigError('tls is false but the url begins with rediss:; use redis: for a connection without TLS');
  }
  return parsed;
}

function text(options: RedisOptions, name: 'host' | 'username' | 'password'): string | undefined {
  const value: unknown = options[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw new ConfigError(`${name} is no string; use a string`);
  if (value === '') throw new ConfigError(`${name} is empty; leave it out or fill it in`);
  return value;
}

function readTls(tls: unknown, fromUrl: ConnectionOptions | undefined): ConnectionOptions | undefined {
  if (tls === undefined || tls === false) return fromUrl;
  if (tls === true) return {};
  if (typeof tls === 'object' && tls !== null && !Array.isArray(tls)) return tls;
  throw new ConfigError('tls is neither boolean nor object; use true or the options of tls.connect');
}
