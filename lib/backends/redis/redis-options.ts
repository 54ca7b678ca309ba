import type { ConnectionOptions } from 'node:tls';
import { ConfigError } from '../../errors.js';
import { type Duration, parseDuration } from '../../util/duration.js';
import { type RedisClient, isRedisClient } from './client.js';
import { type RedisPlace, readPlace, readTls, text } from './redis-place.js';
import { type RedisUrl, parseRedisUrl } from './redis-url.js';

/** Where Redis is and how to log in: one server by `url` or parts, a master behind `sentinels`, a `cluster`, or a ready `client`. */
export interface RedisOptions {
  /** `redis://[user[:password]@]host[:port][/db]`, `rediss://` for TLS. User and password are percent-encoded. */
  readonly url?: string | undefined;
  /** Name or address. Default `'localhost'`. */
  readonly host?: string | undefined;
  /** Default 6379. */
  readonly port?: number | undefined;
  /** An ACL user. Default: the server's default user. */
  readonly username?: string | undefined;
  /** That of the user. Default: none. Never shown in errors, logs and inspected objects. */
  readonly password?: string | undefined;
  /** Number of the database. Default 0. */
  readonly db?: number | undefined;
  /** `true`, or the options of `tls.connect` (`ca`, `cert`, `key`, `servername` ...). Certificates are verified. Default: TLS for `rediss://` only. */
  readonly tls?: boolean | ConnectionOptions | undefined;
  /** Longest time from dialling to the answer of the first PING. Default 2 s. */
  readonly connectTimeout?: Duration | undefined;
  /** Some nodes of a Redis Cluster, as `{ host, port }` or `'host:port'`: the others are found through them. Excludes `db`: a cluster has one. */
  readonly cluster?: readonly RedisNode[] | undefined;
  /** Sentinels that know where the master is. Needs `name`. */
  readonly sentinels?: readonly RedisNode[] | undefined;
  /** What the sentinels call the master. */
  readonly name?: string | undefined;
  /** For sentinels that want a login of their own. */
  readonly sentinelUsername?: string | undefined;
  /** That of the `sentinelUsername`. Default: none. */
  readonly sentinelPassword?: string | undefined;
  /** TLS on the way to the sentinels, like `tls`; `false` = none. Default: as `tls` says. */
  readonly sentinelTls?: boolean | ConnectionOptions | undefined;
  /**
   * Where the nodes of a cluster, or the servers behind sentinels, are reached from here: keys are addresses as they announce
   * them (`'10.0.0.1:6379'`), values `{ host, port }` or `'host:port'`. For containers, tunnels and proxies. Needs `cluster` or `sentinels`.
   */
  readonly natMap?: Readonly<Record<string, RedisNode>> | undefined;
  /** A ready client of ioredis, `Redis` or `Cluster`, used as it is and never closed by this library. Excludes all other options. */
  readonly client?: RedisClient | undefined;
}

export type RedisNode = string | { readonly host: string; readonly port?: number | undefined };

export const REDIS_OPTION_NAMES = [
  'url',
  'host',
  'port',
  'username',
  'password',
  'db',
  'tls',
  'connectTimeout',
  'cluster',
  'sentinels',
  'name',
  'sentinelUsername',
  'sentinelPassword',
  'sentinelTls',
  'natMap',
  'client',
] as const satisfies readonly (keyof RedisOptions)[];

/** A checked address. */
export interface RedisAddress {
  readonly place: RedisPlace;
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
  const tls = readTls(options.tls, 'tls') ?? fromUrl.tls;
  const connectTimeoutMs = parseDuration(options.connectTimeout ?? DEFAULT_CONNECT_TIMEOUT_MS, 'connectTimeout');
  if (connectTimeoutMs === 0) throw new ConfigError('connectTimeout is 0; it must be longer than that');
  return {
    place: readPlace(options, fromUrl, tls),
    username: text(options, 'username') ?? fromUrl.username,
    password: text(options, 'password') ?? fromUrl.password,
    db,
    tls,
    connectTimeoutMs: Math.min(Math.ceil(connectTimeoutMs), MAX_TIMER_MS),
  };
}

function readClient(options: RedisOptions): RedisClient {
  const { client } = options;
  const other = REDIS_OPTION_NAMES.find((name) => name !== 'client' && options[name] !== undefined);
  if (other !== undefined) throw new ConfigError(`client and ${other} exclude each other; configure the client itself`);
  if (!isRedisClient(client))
    throw new ConfigError('client is no ioredis client; use an instance of Redis or Cluster from ioredis 5 or 6');
  const settings = client.options as { keyPrefix?: unknown; redisOptions?: { keyPrefix?: unknown } };
  const keyPrefix = settings.keyPrefix ?? settings.redisOptions?.keyPrefix;
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
