import { BackendUnavailableError, CacheClosedError } from '../../errors.js';
import { Reconnecting } from '../../util/reconnecting.js';
import type { Traffic } from '../../util/traffic.js';
import { bytesRead, type RedisClient } from './client.js';
import type { Connection } from './connection.js';
import { dial } from './dial.js';
import type { RedisAddress } from './redis-options.js';
import { nameOf } from './redis-place.js';
import { describeFailure, needsOperator } from './replies.js';

/** A connection that this library opened. */
export function ownConnection(address: RedisAddress, cache: string, traffic: Traffic): Connection {
  const line = {
    dial: () => dial(address),
    usable: (client: RedisClient) => client.status === 'ready',
    bytesRead,
    needsOperator,
    unavailable(failure: unknown) {
      const message = `redis at ${nameOf(address.place)} is not available: ${describeFailure(failure)}; reconnecting`;
      return new BackendUnavailableError(message, { cache, cause: failure });
    },
    closed: () => new CacheClosedError('the connection to redis is closed', { cache }),
  };
  return new Reconnecting<RedisClient>(line, traffic);
}
