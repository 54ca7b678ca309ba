import type { ConnectionOptions } from 'node:tls';
import { ConfigError } from '../../errors.js';
import { type Duration, parseDuration } from '../../util/duration.js';
import { isMemjsClient, type MemjsClient } from './memjs-client.js';
import { parseMemcachedUrl } from './memcached-url.js';
import { readServer } from './server-address.js';

/** Where the Memcached servers are and how to log in. */
export interface MemcachedOptions {
  /** `memcached://[user:password@]host[:port][,host[:port]…]`. User and password are percent-encoded. */
  readonly url?: string | undefined;
  /** `host`, `host:port` or `[address]:port`, each. Default `['localhost:11211']`. Keys are spread over them. */
  readonly servers?: readonly string[] | undefined;
  /** For servers that want a login (SASL PLAIN). It travels as it is: use TLS or a private network. */
  readonly username?: string | undefined;
  /** That of the user. Default: none. Never shown in errors, logs and inspected objects. */
  readonly password?: string | undefined;
  /** `true`, or the options of `tls.connect`. Certificates are verified. Default: no TLS. */
  readonly tls?: boolean | ConnectionOptions | undefined;
  /** Longest time from dialling to the first answer. Default 2 s. */
  readonly connectTimeout?: Duration | undefined;
  /** Largest encoded value, in bytes. Default 1 MiB less 1 KiB; more if the servers were started with a larger `-I`. */
  readonly maxValueBytes?: number | undefined;
  /**
   * A client of memjs: its servers and its login are used, and `raw` runs its own methods. Commands travel on connections
   * of ours (see the documentation for why). Never closed by this library. Excludes `url`, `servers` and the login.
   */
  readonly client?: MemjsClient | undefined;
}

export const MEMCACHED_OPTION_NAMES = [
  'url',
  'servers',
  'username',
  'password',
  'tls',
  'connectTimeout',
  'maxValueBytes',
  'client',
] as const satisfies readonly (keyof MemcachedOptions)[];

/** A checked address of one server. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: ConnectionOptions | undefined;
  readonly connectTimeoutMs: number;
}

export interface MemcachedStore {
  readonly servers: readonly ServerAddress[];
  readonly maxValueBytes: number;
  readonly client: MemjsClient | undefined;
}

const DEFAULT_CONNECT_TIMEOUT_MS = 2_000;
const DEFAULT_MAX_VALUE_BYTES = 1024 * 1024 - 1024;
const MAX_TIMER_MS = 2 ** 31 - 1;
const ELSEWHERE = ['url', 'servers', 'username', 'password'] as const;

/** @throws ConfigError that names the option and never its value */
export function readMemcachedOptions(options: MemcachedOptions): MemcachedStore {
  const { client, maxValueBytes = DEFAULT_MAX_VALUE_BYTES } = options;
  if (!Number.isSafeInteger(maxValueBytes) || maxValueBytes < 1) {
    throw new ConfigError('maxValueBytes is no whole number above 0; use the number of bytes');
  }
  const connectTimeoutMs = parseDuration(options.connectTimeout ?? DEFAULT_CONNECT_TIMEOUT_MS, 'connectTimeout');
  if (connectTimeoutMs === 0) throw new ConfigError('connectTimeout is 0; it must be longer than that');
  const common = { tls: readTls(options.tls), connectTimeoutMs: Math.min(Math.ceil(connectTimeoutMs), MAX_TIMER_MS) };
  const places = client === undefined ? placesOf(options) : placesOfClient(client, options);
  return { servers: places.map((place) => ({ ...place, ...common })), maxValueBytes, client };
}

type Place = Pick<ServerAddress, 'host' | 'port' | 'username' | 'password'>;

function placesOf(options: MemcachedOptions): Place[] {
  const fromUrl = options.url === undefined ? undefined : parseMemcachedUrl(options.url);
  if (fromUrl !== undefined && options.servers !== undefined) {
    throw new ConfigError('url and servers exclude each other; say it in one place');
  }
  for (const name of ['username', 'password'] as const) {
    if (fromUrl?.[name] !== undefined && options[name] !== undefined) {
      throw new ConfigError(`url and ${name} exclude each other; say it in one place`);
    }
  }
  const username = text(options, 'username') ?? fromUrl?.username;
  const password = text(options, 'password') ?? fromUrl?.password;
  if ((password === undefined) !== (username === undefined)) {
    const [given, missing] = username === undefined ? ['password', 'username'] : ['username', 'password'];
    throw new ConfigError(`${given} is given without ${missing}; a login needs both`);
  }
  const servers = fromUrl?.servers ?? readServers(options.servers ?? ['localhost:11211']);
  const names = servers.map(({ host, port }) => `${host}:${port}`);
  if (new Set(names).size < names.length) throw new ConfigError('servers names one server twice; name each once');
  return servers.map((server) => ({ ...server, username, password }));
}

function placesOfClient(client: unknown, options: MemcachedOptions): Place[] {
  const other = ELSEWHERE.find((name) => options[name] !== undefined);
  if (other !== undefined) throw new ConfigError(`client and ${other} exclude each other; configure the client itself`);
  if (!isMemjsClient(client))
    throw new ConfigError('client is no memjs client; use what Client.create of memjs answers');
  return client.servers.map(({ host, port, username, password }) => ({
    host,
    port: Number(port),
    username: username || undefined,
    password: password || undefined,
  }));
}

function readServers(servers: unknown): { host: string; port: number }[] {
  if (!Array.isArray(servers) || servers.length === 0) {
    throw new ConfigError("servers is no list with at least one server; use ['host:port', …]");
  }
  return servers.map((server: unknown, index) => readServer(server, `servers[${index}]`));
}

function text(options: MemcachedOptions, name: 'username' | 'password'): string | undefined {
  const value: unknown = options[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw new ConfigError(`${name} is no string; use a string`);
  if (value === '' || value.includes('\0')) throw new ConfigError(`${name} is empty or holds a NUL; fill it in`);
  return value;
}

function readTls(tls: unknown): ConnectionOptions | undefined {
  if (tls === undefined || tls === false) return undefined;
  if (tls === true) return {};
  if (typeof tls === 'object' && tls !== null && !Array.isArray(tls)) return tls;
  throw new ConfigError('tls is neither boolean nor object; use true or the options of tls.connect');
}
