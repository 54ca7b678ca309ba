import { dynamoDbBackend } from '../backends/dynamodb/dynamodb.js';
import { readDynamoDbOptions, type DynamoDbOptions } from '../backends/dynamodb/dynamodb-options.js';
import { memcachedBackend } from '../backends/memcached/memcached.js';
import { readMemcachedOptions, type MemcachedOptions } from '../backends/memcached/memcached-options.js';
import { memoryBackend } from '../backends/memory/memory.js';
import { readMemoryOptions, type MemoryOptions } from '../backends/memory/memory-options.js';
import { readRedisOptions, type RedisOptions } from '../backends/redis/redis-options.js';
import { redisBackend } from '../backends/redis/redis.js';
import type { Backend, BackendContext } from '../contracts/backend.js';
import type { SerializerName } from '../contracts/names.js';
import type { WireKind } from '../contracts/serializer.js';
import { ConfigError } from '../errors.js';
import { digits, type GivenOptions, type TextForm } from './option.js';

/** All that this library knows of a built-in backend before it builds one. */
export interface BackendRow {
  /** Schemes of its URLs. */
  readonly schemes: readonly string[];
  /** What it can hold, so that a serializer can be refused before anything is built. */
  readonly wire: WireKind;
  readonly defaultSerializer: SerializerName;
  /** Its options, and how each is written in the query of a URL. */
  readonly options: Readonly<Record<string, TextForm>>;
  /** The options that stand in a URL before its query. Errors begin with a verb: what the URL does wrong. */
  readonly fromAddress: (address: string) => GivenOptions;
  /** Builds and connects nothing. Errors begin with the name of the option. */
  readonly check: (options: GivenOptions) => void;
  /** Connects nothing. Only gets options that were checked. */
  readonly create: (options: GivenOptions, context: BackendContext) => Backend;
}

const asItIs = (text: string): string => text;

const memory: BackendRow = {
  schemes: ['memory'],
  wire: 'reference',
  defaultSerializer: 'reference',
  options: {
    maxEntries: digits,
    maxBytes: digits,
    policy: asItIs,
    weigh: 'use a config object',
    onEviction: 'use a config object',
  } satisfies Record<keyof MemoryOptions, TextForm>,
  fromAddress(address) {
    if (!/^memory:\/\/$/i.test(address)) {
      throw new ConfigError('has a host or a path; use memory:// or memory://?maxEntries=100');
    }
    return {};
  },
  check: (options) => void readMemoryOptions(options),
  create: (options, context) => memoryBackend(options, context),
};

const IN_ADDRESS = 'use redis://user:password@host:port/db';

const redis: BackendRow = {
  schemes: ['redis', 'rediss'],
  wire: 'bytes',
  defaultSerializer: 'json',
  options: {
    url: IN_ADDRESS,
    host: IN_ADDRESS,
    port: IN_ADDRESS,
    username: IN_ADDRESS,
    password: IN_ADDRESS,
    db: IN_ADDRESS,
    tls: 'use rediss:// for TLS, or a config object',
    connectTimeout: digits,
    cluster: 'use a config object',
    sentinels: 'use a config object',
    name: 'use a config object',
    sentinelUsername: 'use a config object',
    sentinelPassword: 'use a config object',
    sentinelTls: 'use a config object',
    natMap: 'use a config object',
    client: 'use a config object',
  } satisfies Record<keyof RedisOptions, TextForm>,
  fromAddress: (url) => ({ url }),
  check(options) {
    readRedisOptions(options);
    if ((options as RedisOptions).url?.includes('?')) {
      throw new ConfigError('url has a query; write its options beside url');
    }
  },
  create: (options, context) => redisBackend(options, context),
};

const IN_MEMCACHED_ADDRESS = 'use memcached://user:password@host:port,host:port';

const memcached: BackendRow = {
  schemes: ['memcached'],
  wire: 'bytes',
  defaultSerializer: 'json',
  options: {
    url: IN_MEMCACHED_ADDRESS,
    servers: IN_MEMCACHED_ADDRESS,
    username: IN_MEMCACHED_ADDRESS,
    password: IN_MEMCACHED_ADDRESS,
    tls: 'use a config object',
    connectTimeout: digits,
    maxValueBytes: digits,
    client: 'use a config object',
  } satisfies Record<keyof MemcachedOptions, TextForm>,
  fromAddress: (url) => ({ url }),
  check: (options) => void readMemcachedOptions(options),
  create: (options, context) => memcachedBackend(options, context),
};

const dynamodb: BackendRow = {
  schemes: ['dynamodb'],
  wire: 'bytes',
  defaultSerializer: 'json',
  options: {
    table: 'use dynamodb://table',
    region: asItIs,
    endpoint: asItIs,
    credentials: 'use a config object, or the surroundings of the AWS SDK',
    createTable: (text) => (text === 'true' ? true : text === 'false' ? false : text),
    keyAttribute: asItIs,
    valueAttribute: asItIs,
    ttlAttribute: asItIs,
    largeValues: 'use a config object',
    client: 'use a config object',
  } satisfies Record<keyof DynamoDbOptions, TextForm>,
  fromAddress(address) {
    const table = /^dynamodb:\/\/([\w.-]+)\/?$/i.exec(address)?.[1];
    if (table === undefined) throw new ConfigError('names no table; use dynamodb://table?region=eu-west-1');
    return { table };
  },
  check: (options) => void readDynamoDbOptions(options),
  create: (options, context) => dynamoDbBackend(options, context),
};

/** The built-in backends. One more is one more row here, and its type in `config.ts`. */
export const BACKENDS: ReadonlyMap<string, BackendRow> = new Map([
  ['memory', memory],
  ['redis', redis],
  ['memcached', memcached],
  ['dynamodb', dynamodb],
]);
