import { isClusterClient, isRedisClient, type RedisClient } from '../backends/redis/client.js';
import {
  type RedisAddress,
  type RedisOptions,
  readRedisOptions,
  REDIS_OPTION_NAMES,
} from '../backends/redis/redis-options.js';
import { ConfigError } from '../errors.js';
import { nearestName } from '../util/nearest-name.js';
import { VERSION } from './parcel.js';

/** Where Redis is (as for the backend), and how it is used as a bus. */
export interface RedisBusOptions extends RedisOptions {
  /** What the channel's name begins with; `:v1` is appended. Another one for each application on a server. Default `'cachewright'`. */
  readonly channel?: string | undefined;
  /**
   * Let the server itself say which keys under the prefix of the bus were written, by whomever. Needs Redis 6; not on a
   * cluster. One's own writes are told, too. Default `false`.
   */
  readonly tracking?: boolean | undefined;
}

const NAMES: readonly (keyof RedisBusOptions)[] = [...REDIS_OPTION_NAMES, 'channel', 'tracking'];

/** Checked options. */
export interface RedisBusSetting {
  readonly store: RedisClient | RedisAddress;
  readonly channel: string;
  readonly tracking: boolean;
}

/** @throws ConfigError that begins with the name of the option and never holds its value */
export function readRedisBusOptions(given: RedisBusOptions): RedisBusSetting {
  if (typeof given !== 'object' || given === null)
    throw new ConfigError("redisBus: options must be an object; give { url: 'redis://…' }");
  const unknown = Object.keys(given).find((name) => !(NAMES as readonly string[]).includes(name));
  if (unknown !== undefined) throw notKnown(unknown);
  const { channel = 'cachewright', tracking = false, ...options } = given;
  const store = readRedisOptions(options);
  if (options.url?.includes('?')) throw new ConfigError('url has a query; write its options beside url');
  if (typeof channel !== 'string') throw new ConfigError('channel is no string; use a string');
  if (channel === '') throw new ConfigError('channel is empty; leave it out or fill it in');
  if (typeof tracking !== 'boolean') throw new ConfigError('tracking is no boolean; use true or false');
  if (tracking && isCluster(store)) {
    throw new ConfigError('tracking is not possible on a cluster: each node knows only of its own keys; leave it out');
  }
  return { store, channel: `${channel}:v${VERSION}`, tracking };
}

function notKnown(name: string): ConfigError {
  const nearest = nearestName(name, NAMES);
  const hint = nearest === undefined ? '' : ` did you mean "${nearest}"?`;
  return new ConfigError(`${name} is no option of a redis bus;${hint} options of a redis bus: ${NAMES.join(', ')}`);
}

function isCluster(store: RedisClient | RedisAddress): boolean {
  return isRedisClient(store) ? isClusterClient(store) : store.place.kind === 'cluster';
}
