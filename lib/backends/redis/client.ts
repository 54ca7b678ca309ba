import type { Socket } from 'node:net';

export type Argument = string | Buffer | number;

/**
 * What this backend uses of an ioredis client (5 or 6). Structural, so that the types of this package do not need
 * ioredis, and a client of either version fits.
 */
export interface RedisClient {
  readonly status: string;
  readonly options: object;
  call(command: string, args: readonly Argument[]): Promise<unknown>;
  pipeline(commands: unknown[][]): { exec(): Promise<[error: Error | null, result: unknown][] | null> };
  /** A client of the same configuration, with a connection of its own. */
  duplicate(...overrides: never[]): unknown;
  connect(): Promise<void>;
  disconnect(): void;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  once(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}

type Send = (args: readonly Argument[]) => Promise<unknown>;

/** Commands that may have many arguments. */
export type ListCommand = 'mget' | 'mset' | 'unlink' | 'eval' | 'evalsha';

/**
 * Sends a command whose strings come back as bytes. Not by `callBuffer`: where a given client has `enableAutoPipelining`
 * that one loses the command, and ioredis throws where nobody catches.
 */
export function callForBytes(
  client: RedisClient,
  command: ListCommand | 'get' | 'scan',
  args: readonly Argument[],
): Promise<unknown> {
  return (client as unknown as Record<string, Send>)[`${command}Buffer`]!(args);
}

const METHODS = ['call', 'mgetBuffer', 'pipeline', 'duplicate', 'connect', 'disconnect', 'on', 'once', 'off'] as const;

export function isRedisClient(value: unknown): value is RedisClient {
  if (typeof value !== 'object' || value === null) return false;
  const client = value as Record<string, unknown>;
  return (
    typeof client['status'] === 'string' &&
    typeof client['options'] === 'object' &&
    METHODS.every((method) => typeof client[method] === 'function')
  );
}

/** A client of a Redis Cluster: commands find their node by their first key. */
export interface ClusterClient extends RedisClient {
  readonly isCluster: true;
  nodes(role: 'master'): RedisClient[];
}

export function isClusterClient(client: RedisClient): client is ClusterClient {
  return (client as Partial<ClusterClient>).isCluster === true;
}

/** Sockets whose client was told to end. */
const ending = new WeakSet<object>();

/** Ends its connection, or all of a cluster's. Once for each: ioredis adds a listener and a timer whenever it is told. */
export function disconnect(client: RedisClient): void {
  const socket = socketOf(client);
  if (socket && ending.has(socket)) return;
  if (socket) ending.add(socket);
  client.disconnect();
}

/** Bytes that wait in this process because the server does not take them. */
export function backlogBytes(client: RedisClient): number {
  return socketOf(client)?.writableLength ?? 0;
}

function socketOf(client: RedisClient): Partial<Socket> | null | undefined {
  return (client as { stream?: Partial<Socket> | null }).stream;
}

/** Bytes that came from the server, or from all nodes of a cluster. */
export function bytesRead(client: RedisClient): number {
  if (!isClusterClient(client)) return socketOf(client)?.bytesRead ?? 0;
  return client.nodes('master').reduce((sum, node) => sum + bytesRead(node), 0);
}
