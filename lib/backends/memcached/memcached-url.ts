import { ConfigError } from '../../errors.js';
import { readServer } from './server-address.js';

/** What a URL says. */
export interface MemcachedUrl {
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly username: string | undefined;
  readonly password: string | undefined;
}

const SHAPE = 'use memcached://[user:password@]host[:port][,host[:port]…]';
const URL_SHAPE = /^memcached:\/\/(?:([^/?#@:]*):([^/?#@]*)@)?([^/?#@]+)\/?$/i;

/**
 * Takes a URL apart. The query is the registry's.
 * @throws ConfigError that never echoes the URL: it may hold a password
 */
export function parseMemcachedUrl(url: unknown): MemcachedUrl {
  const parts = typeof url === 'string' ? URL_SHAPE.exec(url) : null;
  if (parts === null) throw new ConfigError(`url is no Memcached URL; ${SHAPE}`);
  const [, username, password, hosts] = parts;
  return {
    servers: hosts!.split(',').map((host) => readServer(host, 'url')),
    username: decode(username),
    password: decode(password),
  };
}

function decode(encoded: string | undefined): string | undefined {
  if (encoded === undefined || encoded === '') return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new ConfigError('url holds a stray "%"; percent-encode user and password');
  }
}
