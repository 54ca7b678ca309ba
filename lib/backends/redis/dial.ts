import { loadPeer } from '../../util/peer.js';
import type { Dial } from '../../util/reconnecting.js';
import type { RedisClient } from './client.js';
import type { RedisAddress } from './redis-options.js';
import { replyCode } from './replies.js';

interface IoRedis {
  readonly default: new (options: object) => RedisClient;
}

/** A socket gets this long to say goodbye before it is destroyed. */
const GOODBYE_MS = 50;
const DUPLICATE_TIMEOUT_MS = 2_000;

/** Its client is logged in, and on the right database. @throws ConfigError when ioredis is not installed */
export function dial(address: RedisAddress): Dial<RedisClient> {
  const { default: Redis } = loadPeer<IoRedis>('ioredis', 'the redis backend');
  const { db, connectTimeoutMs, ...where } = address;
  const client = new Redis({ ...where, db, connectTimeout: connectTimeoutMs, ...ONE_LIFE });
  return accompany(client, () => handshake(client, db), connectTimeoutMs);
}

/** A connection of ours to where a client of the user's is connected. */
export function dialLike(given: RedisClient): Dial<RedisClient> {
  const client = given.duplicate(ONE_LIFE);
  return accompany(client, () => handshake(client, 0), DUPLICATE_TIMEOUT_MS);
}

function accompany(client: RedisClient, open: () => Promise<void>, timeoutMs: number): Dial<RedisClient> {
  let reason: unknown;
  client.on('error', (error: unknown) => {
    reason ??= error;
    // A ready client reports an error when its socket broke or answers no longer match commands: never reuse it.
    if (client.status === 'ready') client.disconnect();
  });
  const gone = new Promise<void>((resolve) => {
    client.once('end', () => {
      clearTimeout(deadline);
      resolve();
    });
  });
  const end = (why?: unknown): Promise<void> => {
    reason ??= why;
    // A client that ended has no socket left, but would start a timer for it.
    if (client.status !== 'end') client.disconnect();
    return gone;
  };
  const deadline = setTimeout(() => {
    void end(Object.assign(new Error('no answer within connectTimeout'), { code: 'ETIMEDOUT' }));
  }, timeoutMs);
  const ready = open().then(
    () => {
      clearTimeout(deadline);
      return client;
    },
    async (error: unknown) => {
      await end(error);
      throw reason;
    },
  );
  return { ready, ended: gone.then(() => reason), end };
}

/** ioredis calls itself ready before the server accepted the login (5) or the database (5 and 6), so both are asked for. */
async function handshake(client: RedisClient, db: number): Promise<void> {
  await client.connect();
  const selected = db === 0 ? undefined : client.call('select', [db]);
  const answered = client.call('ping', []).catch((error: unknown) => {
    if (replyCode(error) !== 'NOPERM') throw error;
  });
  await Promise.all([selected, answered]);
}

/** No reconnecting, no queue, nothing sent twice: what is lost is dialled anew. */
const ONE_LIFE = {
  disconnectTimeout: GOODBYE_MS,
  keepAlive: 30_000,
  lazyConnect: true,
  retryStrategy: () => null,
  enableOfflineQueue: false,
  enableReadyCheck: false,
  autoResendUnfulfilledCommands: false,
  disableClientInfo: true,
};
