import { BackendUnavailableError, CacheClosedError } from '../../errors.js';
import { Reconnecting } from '../../util/reconnecting.js';
import type { Traffic } from '../../util/traffic.js';
import type { RedisClient } from './client.js';
import type { Connection } from './connection.js';
import { dial } from './dial.js';
import type { RedisAddress } from './redis-options.js';
import { describeFailure, needsOperator } from './replies.js';

/** A connection to one server that this library opened. */
export function ownConnection(address: RedisAddress, cache: string, traffic: Traffic): Connection {
  const line = {
    dial: () => dial(address),
    usable: (client: RedisClient) => client.status === 'ready',
    needsOperator,
    unavailable(failure: unknown) {
      const message = `redis at ${address.host}:${address.port} is not available: ${describeFailure(failure)}; reconnecting`;
      return new BackendUnavailableError(message, { cache, cause: failure });
    },
    closed: () => new CacheClosedError('the connection to redis is closed', { cache }),
  };
  return new Reconnecting<RedisClient>(line, traffic);
}
