import { asynchronous, backendConformance, FakeClock } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { redisBackend } from '#lib/backends/redis/redis.js';
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

    backendConformance('redis', { create: (context) => redisBackend({ url: server.url }, context), exclusive: true });
  });
});
