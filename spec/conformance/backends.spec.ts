import { asynchronous, backendConformance, FakeClock } from 'cachewright/testing';
import { dynamoDbBackend } from '#lib/backends/dynamodb/dynamodb.js';
import { memcachedBackend } from '#lib/backends/memcached/memcached.js';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { LayeredBackend } from '#lib/command/layered/layered.js';
import { redisBackend } from '#lib/backends/redis/redis.js';
import { optionsOf, useDynamoDb } from '../support/dynamodb-server.js';
import { useMemcached } from '../support/memcached-server.js';
import { useRedis } from '../support/redis-server.js';

describe('backend conformance', () => {
  const clock = new FakeClock();

  backendConformance('memory', { create: (context) => memoryBackend({}, context), clock, exclusive: true });

  backendConformance('memory, in real time', { create: (context) => memoryBackend({}, context) });

  backendConformance('memory, asynchronous', {
    create: (context) => asynchronous(memoryBackend({}, context)),
    clock,
    exclusive: true,
  });

  describe('on a server', () => {
    const server = useRedis();

    const memcached = useMemcached();
    const dynamodb = useDynamoDb();

    backendConformance('dynamodb', {
      create: (context) => dynamoDbBackend(optionsOf(dynamodb.table('conformance')), context),
      exclusive: true,
    });

    backendConformance('memcached', {
      create: (context) => memcachedBackend({ url: memcached.url }, context),
      exclusive: true,
    });

    // What is asked here is not how long it takes.
    const patience = { readMs: 5_000, changeMs: 5_000 };

    backendConformance('redis over dynamodb', {
      create: (context) =>
        new LayeredBackend({
          upper: { backend: redisBackend({ url: `${server.url}/3` }, context), owned: true, ttlMs: 60_000 },
          lower: { backend: dynamoDbBackend(optionsOf(dynamodb.table('layered')), context), owned: true },
          patience,
          breaker: undefined,
          ...context,
        }),
      exclusive: true,
    });

    backendConformance('memcached over redis', {
      create: (context) =>
        new LayeredBackend({
          upper: { backend: memcachedBackend({ url: memcached.url }, context), owned: true, ttlMs: 60_000 },
          lower: { backend: redisBackend({ url: `${server.url}/4` }, context), owned: true },
          patience,
          breaker: undefined,
          ...context,
        }),
      exclusive: true,
    });

    backendConformance('redis', { create: (context) => redisBackend({ url: server.url }, context), exclusive: true });
  });
});
