import { type ClusterClient, isClusterClient, type RedisClient, isRedisClient } from './client.js';
import type { RedisAddress } from './redis-options.js';
import type { RedisPlace } from './redis-place.js';

/** What an ioredis client knows about where it is connected to. */
interface ClientOptions {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string | null;
  readonly db?: number;
  readonly name?: string | null;
  readonly sentinels?: readonly unknown[] | null;
}

/** Equal for two backends on one database of one server. Holds no user and no password. */
export function identityOf(store: RedisClient | RedisAddress): string {
  if (!isRedisClient(store)) return `redis:${identifier(store.place)}/${store.db}`;
  if (isClusterClient(store)) return `redis:cluster:${startupNodes(store)}/0`;
  const { host = 'localhost', port = 6379, path, db = 0, name, sentinels } = store.options as ClientOptions;
  if (sentinels) return `redis:sentinel:${name ?? ''}/${db}`;
  return `redis:${path ? path : `${host.toLowerCase()}:${port}`}/${db}`;
}

function identifier(place: RedisPlace): string {
  if (place.kind === 'server') return `${place.host.toLowerCase()}:${place.port}`;
  if (place.kind === 'sentinel') return `sentinel:${place.name}`;
  return `cluster:${listed(place.nodes)}`;
}

/** Two caches on one cluster that name different nodes of it do not see each other's invalidations. */
function listed(nodes: readonly { readonly host: string; readonly port: number }[]): string {
  return nodes
    .map(({ host, port }) => `${host.toLowerCase()}:${port}`)
    .sort()
    .join();
}

function startupNodes(client: ClusterClient): string {
  const { startupNodes: nodes = [] } = client as { startupNodes?: readonly (string | number | Place)[] };
  return listed(
    nodes.map((node) => (typeof node === 'object' ? { host: '127.0.0.1', port: 6379, ...node } : addressIn(`${node}`))),
  );
}

interface Place {
  readonly host?: string;
  readonly port?: number;
}

function addressIn(text: string): { host: string; port: number } {
  const [, host = '127.0.0.1', port = '6379'] =
    /^(?:\w+:\/\/)?(?:[^@/]*@)?([^:/]*[^:/\d][^:/]*)?:?(\d+)?/.exec(text) ?? [];
  return { host, port: Number(port) };
}
