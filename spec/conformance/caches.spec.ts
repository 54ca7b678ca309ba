import { setImmediate as turn } from 'node:timers/promises';
import {
  createCache,
  type CacheConfig,
  type Plugin,
  type Serializer,
  type SerializerName,
  type SharedTierConfig,
} from 'cachewright';
import { asynchronous, cacheConformance, FakeClock, type CacheConformanceOptions } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { COMMAND_NAMES } from '#lib/contracts/commands.js';
import { useDynamoDb } from '../support/dynamodb-server.js';
import { useMemcached } from '../support/memcached-server.js';
import { useRedis } from '../support/redis-server.js';
import { quoted } from './quoted.js';

/** Hooks on every command that do nothing, at once or later. */
function hooks(name: string, hook: () => void | Promise<void>): Plugin {
  const all = COMMAND_NAMES.flatMap((command) => {
    const capital = command[0]!.toUpperCase() + command.slice(1);
    return [[`pre${capital}`, hook] as const, [`post${capital}`, hook] as const];
  });
  return { name, ...Object.fromEntries(all), onError: hook };
}

const PLUGINS: Readonly<Record<string, readonly Plugin[]>> = {
  'no plugin': [],
  'a synchronous plugin': [hooks('sync', () => undefined)],
  'an asynchronous plugin': [hooks('async', () => turn())],
};

type Kept = Pick<CacheConformanceOptions, 'values' | 'counters'>;

const TEXTS: Kept = { values: ['', 'text', '42', 'null', 'grüße 👩‍👩‍👧 \u0000'] };

const SERIALIZERS: readonly (readonly [serializer: SerializerName | Serializer, kept: Kept])[] = [
  ['reference', {}],
  ['string', TEXTS],
  ['json', {}],
  ['msgpack', {}],
  ['v8', {}],
];

function matrix(
  name: string,
  configOf: () => CacheConfig,
  options: Omit<CacheConformanceOptions, 'create'>,
  serializers: typeof SERIALIZERS,
  plugins = PLUGINS,
): void {
  for (const [serializer, kept] of serializers) {
    for (const [watched, own] of Object.entries(plugins)) {
      cacheConformance(`${name}, ${typeof serializer === 'string' ? serializer : serializer.name}, ${watched}`, {
        create: ({ plugins: more = [], ...overrides }) =>
          createCache({ ...configOf(), serializer, ...overrides, plugins: [...own, ...more] } as CacheConfig),
        ...options,
        ...kept,
      });
    }
  }
}

describe('cache conformance', () => {
  const clock = new FakeClock();
  const context = { cache: 'memory', clock };

  matrix('memory', () => ({ backend: 'memory', clock }), { clock }, [...SERIALIZERS, [quoted, { counters: false }]]);

  matrix('memory made asynchronous', () => ({ backend: asynchronous(memoryBackend({}, context)), clock }), { clock }, [
    ...SERIALIZERS,
    [quoted, { counters: false }],
  ]);

  describe('on a server', () => {
    const server = useRedis();
    const dynamodb = useDynamoDb();
    matrix('dynamodb', () => dynamodb.table('caches'), { wholeNamespaces: true }, [['json', {}]], { 'no plugin': [] });

    const memcached = useMemcached();
    const onServer = (): CacheConfig => ({ backend: 'redis', url: server.url });
    const [, ...fitting] = SERIALIZERS;

    const before = (shared: SharedTierConfig): CacheConfig => ({ tiers: [{ backend: 'memory' }, shared] });
    const plain = { 'no plugin': [] };
    matrix(
      'memory over memcached',
      () => before({ backend: 'memcached', url: memcached.url }),
      { ttlResolutionMs: 1_000, wholeNamespaces: true },
      [['json', {}]],
      plain,
    );
    matrix(
      'memory over dynamodb',
      () => before(dynamodb.table('tiers')),
      { wholeNamespaces: true },
      [['json', {}]],
      plain,
    );
    matrix(
      'memory over redis over dynamodb',
      () => ({ tiers: [{ backend: 'memory' }, { backend: 'redis', url: `${server.url}/3` }, dynamodb.table('three')] }),
      { wholeNamespaces: true },
      [['json', {}]],
      plain,
    );
    matrix('redis', onServer, {}, [['json', {}]]);
    matrix('memory over redis', () => before({ backend: 'redis', url: server.url }), {}, [
      ['json', {}],
      ['msgpack', {}],
    ]);
    matrix(
      'memcached',
      () => ({ backend: 'memcached', url: memcached.url }),
      { ttlResolutionMs: 1_000, wholeNamespaces: true },
      [
        ['json', {}],
        ['msgpack', {}],
      ],
      { 'no plugin': [] },
    );
    matrix(
      'redis',
      onServer,
      {},
      [...fitting.filter(([serializer]) => serializer !== 'json'), [quoted, { counters: false }]],
      {
        'no plugin': [],
      },
    );
  });
});
