import { localBus, redisBus } from 'cachewright';
import { busConformance } from 'cachewright/testing';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { useRedis } from '../support/redis-server.js';
import { useRedisCluster } from '../support/redis-cluster.js';

describe('bus conformance', () => {
  forbidUnhandledRejections();

  busConformance('local', {
    create() {
      const bus = localBus();
      return [bus, bus];
    },
  });

  describe('on a server', () => {
    const server = useRedis();
    busConformance('redis', { create: () => [redisBus({ url: server.url }), redisBus({ url: server.url })] });
    busConformance('redis with a given client', {
      create() {
        const client = server.client();
        return [redisBus({ client }), redisBus({ client })];
      },
    });
  });

  describe('with tracking', () => {
    const server = useRedis();
    const options = { tracking: true };
    busConformance('redis', {
      create: () => [redisBus({ url: server.url, ...options }), redisBus({ url: server.url, ...options })],
    });
  });

  describe('on a cluster', () => {
    const cluster = useRedisCluster();
    busConformance('redis', {
      // From different ends: each is connected to other nodes.
      create: () => [redisBus({ cluster: cluster.addresses }), redisBus({ cluster: cluster.addresses.reverse() })],
    });
  });
});
