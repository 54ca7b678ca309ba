import { isRedisClient, type RedisClient } from '../backends/redis/client.js';
import type { RedisAddress } from '../backends/redis/redis-options.js';
import { nameOf } from '../backends/redis/redis-place.js';
import { describeFailure, needsOperator } from '../backends/redis/replies.js';
import { BackendUnavailableError, CacheClosedError } from '../errors.js';
import type { Dial, Line } from '../util/reconnecting.js';

/** What both connections of a bus have in common. */
export function redisLine(
  store: RedisClient | RedisAddress,
  cache: string,
  dial: () => Dial<RedisClient>,
): Line<RedisClient> {
  const place = isRedisClient(store) ? 'the place of the given client' : nameOf(store.place);
  return {
    dial,
    usable: (client) => client.status === 'ready',
    needsOperator,
    unavailable: (failure) =>
      new BackendUnavailableError(`the bus on redis at ${place} is not available: ${describeFailure(failure)}`, {
        cache,
        cause: failure,
      }),
    closed: () => new CacheClosedError('the bus is closed', { cache }),
  };
}
