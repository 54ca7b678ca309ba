import { loadPeer } from '../../util/peer.js';
import type { Dial } from '../../util/reconnecting.js';
import { disconnect, isClusterClient, type RedisClient } from './client.js';
import { guardCluster } from './cluster-guard.js';
import { type CommandClass, sendFlatLists } from './flat-lists.js';
import type { RedisAddress } from './redis-options.js';
import type { ClusterPlace, SentinelPlace } from './redis-place.js';
import { replyCode } from './replies.js';
import { endOnStrayReplies } from './stray-replies.js';

interface IoRedis {
  readonly default: new (options: object) => RedisClient;
  readonly Cluster: new (nodes: readonly object[], options: object) => RedisClient;
  readonly Command: CommandClass;
}

/** A socket gets this long to say goodbye before it is destroyed. */
const GOODBYE_MS = 50;
const DUPLICATE_TIMEOUT_MS = 2_000;

/**
 * Its client is logged in, and on the right database.
 * @param settings of the client, beside ours
 * @throws ConfigError when ioredis is not installed
 */
export function dial({ place, db, connectTimeoutMs, ...login }: RedisAddress, settings = {}): Dial<RedisClient> {
  const { default: Redis, Cluster, Command } = loadPeer<IoRedis>('ioredis', 'the redis backend');
  const options = { ...login, ...settings, connectTimeout: connectTimeoutMs };
  let client: RedisClient;
  if (place.kind === 'cluster') client = new Cluster(place.nodes, clusterOptions(place, options));
  else if (place.kind === 'server')
    client = new Redis({ ...options, host: place.host, port: place.port, db, ...ONE_LIFE });
  else client = new Redis({ ...options, ...sentinelOptions(place), db, ...ONE_LIFE });
  sendFlatLists(client, Command);
  return accompany(client, () => handshake(client, db), connectTimeoutMs);
}

/** A connection of ours to where a client of the user's is connected. */
export function dialLike(given: RedisClient, settings = {}): Dial<RedisClient> {
  // The two kinds of clients take their overrides in different places.
  const overrides: readonly object[] = isClusterClient(given) ? [[], CLUSTER_LIFE] : [{ ...ONE_LIFE, ...settings }];
  const client = given.duplicate(...(overrides as never[])) as RedisClient;
  return accompany(client, () => handshake(client, 0), DUPLICATE_TIMEOUT_MS);
}

function accompany(client: RedisClient, open: () => Promise<void>, timeoutMs: number): Dial<RedisClient> {
  let reason: unknown;
  endOnStrayReplies(client);
  if (isClusterClient(client)) guardCluster(client);
  client.on('error', (error: unknown) => {
    reason ??= error;
    // A ready client reports an error when its socket broke or answers no longer match commands: never reuse it.
    // A cluster reports what went wrong with one of its nodes: the others go on.
    if (client.status === 'ready' && !isClusterClient(client)) disconnect(client);
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
    if (client.status !== 'end') disconnect(client);
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
  if (isClusterClient(client)) {
    await Promise.all(client.nodes('master').map(greet));
    return;
  }
  const selected = db === 0 ? undefined : client.call('select', [db]);
  await Promise.all([selected, greet(client)]);
}

/** Whoever may not PING was let in all the same. */
async function greet(client: RedisClient): Promise<void> {
  try {
    await client.call('ping', []);
  } catch (error) {
    if (replyCode(error) !== 'NOPERM') throw error;
  }
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

/**
 * The cluster client follows redirections; it must not send again what was under way on a connection that was lost, and
 * it does not look at the slots on its own (`guardCluster` does). Its queue is for nodes that it has just come to know; how
 * much can wait there is bounded by us. A command on keys that are on the move is soon given up: we then send one for
 * each key.
 */
const CLUSTER_LIFE = {
  lazyConnect: true,
  retryDelayOnTryAgain: 5,
  clusterRetryStrategy: () => null,
  retryDelayOnFailover: 0,
  slotsRefreshInterval: 0,
};

function clusterOptions({ natMap }: ClusterPlace, options: { readonly connectTimeout: number }): object {
  const { disconnectTimeout, keepAlive, enableReadyCheck, autoResendUnfulfilledCommands, disableClientInfo } = ONE_LIFE;
  // A node that is still loading says so to whoever asks it.
  const ofNodes = { disconnectTimeout, keepAlive, enableReadyCheck, autoResendUnfulfilledCommands, disableClientInfo };
  const redisOptions = { ...options, ...ofNodes };
  return {
    ...CLUSTER_LIFE,
    slotsRefreshTimeout: options.connectTimeout,
    redisOptions,
    // Names are left to the socket: ioredis would dial their addresses, which certificates seldom hold.
    dnsLookup: asItIs,
    ...(natMap === undefined ? {} : { natMap }),
  };
}

function asItIs(host: string, found: (error: null, address: string) => void): void {
  found(null, host);
}

function sentinelOptions({ sentinels, name, username, password, tls, natMap }: SentinelPlace): object {
  return {
    sentinels,
    name,
    // Without this the client would speak plainly to the master, whatever `tls` says.
    enableTLSForSentinelMode: true,
    ...(tls === undefined ? {} : { sentinelTLS: tls }),
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
    sentinelRetryStrategy: () => null,
    ...(natMap === undefined ? {} : { natMap }),
  };
}
