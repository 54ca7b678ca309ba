import type { ClusterClient, RedisClient } from './client.js';
import { endOnStrayReplies } from './stray-replies.js';

interface Place {
  readonly host: string;
  readonly port: number;
}

type Done = (error: unknown, answer?: unknown) => void;

/** A connection on which a node is asked for the slots. */
interface Asking extends RedisClient {
  cluster(command: string, done: Done): unknown;
}

/** A connection to one node, on which it is told to serve a key of a slot that it does not have yet. */
interface Node extends RedisClient {
  asking(...args: unknown[]): Promise<unknown>;
}

/** What this module needs of the inside of a client of a cluster, in ioredis 5 and 6. */
interface Internals extends ClusterClient {
  /** Where a node is reached, by what an answer says. */
  natMapper(announced: unknown): Place;
  getInfoFromNode(node: RedisClient | undefined, done: Done): void;
  refreshSlotsCache(done: Done): void;
  /** Keeps a connection to some node, in case that somebody subscribes. */
  readonly subscriber?: { start(): void };
}

const SLOTS = 16_384;
const REFRESH_MS = 2_000;
/** Nobody is there: the command goes on to a node that is. */
const NOWHERE: Place = { host: '0.0.0.0', port: 1 };

/**
 * Makes a client of a cluster survive answers that tell of the cluster and make no sense (flipped bits): ioredis 5 and 6 throw
 * for a redirection without an address, and for slots that are no list, where nobody but the process can catch it.
 *
 * It also looks at the slots from time to time: a master that does not answer sends no redirections. The interval of ioredis
 * itself goes on for good when the client is closed while it looks.
 */
export function guardCluster(given: ClusterClient): void {
  const client = given as Internals;
  const { natMapper, getInfoFromNode } = client;
  client.natMapper = (announced) => {
    try {
      const place = natMapper.call(client, announced);
      return isPlace(place) ? place : { ...NOWHERE };
    } catch {
      return { ...NOWHERE };
    }
  };
  client.getInfoFromNode = (node, done) => {
    const asked = node && { duplicate: (...overrides: never[]) => checked(node.duplicate(...overrides) as Asking) };
    getInfoFromNode.call(client, asked as RedisClient | undefined, done);
  };
  client.on('+node', (node) => hearAsking(node as Node));
  // Who listens does it on a connection of its own.
  if (client.subscriber !== undefined) client.subscriber.start = () => undefined;
  const timer = setInterval(() => {
    if (client.status === 'ready') client.refreshSlotsCache(() => undefined);
  }, REFRESH_MS);
  timer.unref();
  client.once('end', () => clearInterval(timer));
}

/** For a node that cannot be reached, ioredis leaves this rejection to nobody; that of the command after it says the same. */
function hearAsking(node: Node): void {
  const { asking } = node;
  node.asking = (...args) => {
    const answer = asking.apply(node, args);
    answer.catch(() => undefined);
    return answer;
  };
}

function checked(connection: Asking): Asking {
  endOnStrayReplies(connection);
  const { cluster } = connection;
  connection.cluster = (command, done) =>
    cluster.call(connection, command, (error, answer) => {
      if (error || areSlots(answer)) done(error, answer);
      else done(new Error('the answer of a node is no list of slots'));
    });
  return connection;
}

/** `[first, last, master, ...replicas]` for each range, and `[host, port, ...]` for each of these. */
function areSlots(answer: unknown): boolean {
  if (!Array.isArray(answer)) return false;
  return answer.every((range: unknown) => {
    if (!Array.isArray(range)) return false;
    const [first, last, ...nodes] = range as unknown[];
    return isSlot(first) && isSlot(last) && nodes.every(isNode);
  });
}

function isSlot(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < SLOTS;
}

/** A node that does not know its own address says so with nothing. */
function isNode(node: unknown): boolean {
  if (!Array.isArray(node)) return false;
  const [host, port] = node as unknown[];
  return !host || isPlace({ host, port });
}

function isPlace(place: object): boolean {
  const { host, port } = place as { host?: unknown; port?: unknown };
  return (
    typeof host === 'string' &&
    host !== '' &&
    Number.isInteger(Number(port)) &&
    Number(port) > 0 &&
    Number(port) < 65_536
  );
}
