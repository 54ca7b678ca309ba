import type { ConnectionOptions } from 'node:tls';
import { ConfigError } from '../../errors.js';

/** What a URL says. */
export interface RedisUrl {
  readonly host: string;
  readonly port?: number;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly tls: ConnectionOptions | undefined;
}

const SHAPE = 'use redis://[user[:password]@]host[:port][/db], with rediss: for TLS';

/**
 * Takes a URL apart. The query is the registry's.
 * @throws ConfigError that never echoes the URL: it may hold a password
 */
export function parseRedisUrl(url: unknown): RedisUrl {
  if (typeof url === 'string' && namesMany(url)) throw new ConfigError(manyServers('url'));
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:')) {
    throw new ConfigError(`url is no Redis URL; ${SHAPE}`);
  }
  // An unencoded '#' or '?' in a password ends the address early: what follows must not be taken for an option.
  if (parsed.hash !== '' || parsed.search.includes('@')) {
    throw new ConfigError(`url holds '#' or '@' in an odd place; percent-encode user and password`);
  }
  if (parsed.hostname === '') throw new ConfigError(`url names no host; ${SHAPE}`);
  const username = decode(parsed.username);
  const password = decode(parsed.password);
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    ...(parsed.port === '' ? {} : { port: Number(parsed.port) }),
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    ...databaseOf(parsed.pathname),
    tls: parsed.protocol === 'rediss:' ? {} : undefined,
  };
}

/** What is said of an option that names one server. */
export function manyServers(option: 'url' | 'host'): string {
  return `${option} names more than one server; list them in cluster, or in sentinels`;
}

/** For a URL all that lies between its last "@" and a colon is one host, commas or not. The login may hold commas. */
function namesMany(url: string): boolean {
  const [, authority = ''] = /^rediss?:\/\/([^/?#]*)/i.exec(url) ?? [];
  return authority.slice(authority.indexOf('@') + 1).includes(',');
}

function databaseOf(pathname: string): { db?: number } {
  if (pathname === '' || pathname === '/') return {};
  if (!/^\/\d{1,9}$/.test(pathname)) throw new ConfigError(`url has a path that is no database number; ${SHAPE}`);
  return { db: Number(pathname.slice(1)) };
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new ConfigError('url holds a stray "%"; percent-encode user and password');
  }
}
