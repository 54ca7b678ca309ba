import type { Dial } from '../../util/reconnecting.js';
import { isClusterClient, isRedisClient, type RedisClient } from './client.js';
import { dial, dialLike } from './dial.js';
import type { RedisAddress } from './redis-options.js';

/** Settings of a client that subscribes: what the server pushes reaches listeners only in the older protocol. */
export const SUBSCRIBER = { protocol: 2, replyMapping: undefined };

/**
 * A connection to one server. Of a cluster, to the node whose turn it is: any node passes on what is published, to all.
 * @param settings of the client, beside those of every dial
 */
export function dialServer(store: RedisClient | RedisAddress, turn: number, settings: object): Dial<RedisClient> {
  if (isRedisClient(store)) {
    if (!isClusterClient(store)) return dialLike(store, settings);
    const nodes = store.nodes('master');
    const node = nodes[turn % nodes.length];
    return node === undefined ? noNode() : dialLike(node, settings);
  }
  const { place } = store;
  if (place.kind !== 'cluster') return dial(store, settings);
  const node = place.nodes[turn % place.nodes.length]!;
  return dial({ ...store, place: { kind: 'server', ...node } }, settings);
}

/** A cluster client that is not connected knows none. */
function noNode(): Dial<RedisClient> {
  const reason = Object.assign(new Error('the given client knows no node yet'), { code: 'ENOTCONN' });
  const ready = Promise.reject(reason);
  ready.catch(() => undefined);
  return { ready, ended: Promise.resolve(reason), end: () => Promise.resolve() };
}
