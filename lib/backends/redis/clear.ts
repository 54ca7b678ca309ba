import { BackendError } from '../../errors.js';
import { callForBytes, type ClusterClient, isClusterClient, type RedisClient } from './client.js';
import { callFlat } from './flat-lists.js';
import { TOKEN_MARK } from './token-key.js';

const KEYS_PER_STEP = 1_000;

/**
 * Deletes the keys that begin with `prefix`, page by page, without blocking the server.
 * Keys are compared as bytes: other programs' keys need not be text.
 * @param progress called after each page: a long walk is no silence
 */
export async function clearPrefix(client: RedisClient, prefix: string, progress: () => void): Promise<void> {
  if (!isClusterClient(client)) return clearNode(client, prefix, progress, (keys) => callFlat(client, 'unlink', keys));
  // Each key by itself: they lie in different slots, and the cluster knows where they are by now.
  const unlink = (keys: readonly Buffer[]): Promise<unknown> =>
    Promise.all(keys.map((key) => client.call('unlink', [key])));
  const masters = client.nodes('master');
  const missing = lacksMasters(client, masters);
  await Promise.all(masters.map((master) => clearNode(master, prefix, progress, unlink)));
  if (missing) throw new BackendError('a master of the cluster cannot be reached; what it holds was not cleared');
}

interface Place {
  readonly host?: string;
  readonly port?: number;
}

/** What is used here of the inside of a client of a cluster, in ioredis 5 and 6. */
interface Internals {
  /** By slot the addresses of its nodes, the master's first. */
  readonly slots?: readonly (readonly string[] | undefined)[];
  natMapper?(announced: string): Place;
}

/** A client of a cluster forgets nodes that are gone, though slots are still theirs until a replica takes over, with all that they hold. */
function lacksMasters(client: ClusterClient, masters: readonly RedisClient[]): boolean {
  const inside = client as Internals;
  const known = new Set(masters.map(({ options }) => addressOf(options)));
  // After a redirection an address stands there as it was announced, for a moment.
  const isKnown = (address: string): boolean =>
    known.has(address) || (inside.natMapper !== undefined && known.has(addressOf(inside.natMapper(address))));
  return (inside.slots ?? []).some((nodes) => nodes?.[0] !== undefined && !isKnown(nodes[0]));
}

function addressOf({ host, port }: Place): string {
  return `${host}:${port}`;
}

async function clearNode(
  client: RedisClient,
  prefix: string,
  progress: () => void,
  unlink: (keys: readonly Buffer[]) => Promise<unknown>,
): Promise<void> {
  if (prefix === '') {
    await client.call('flushdb', ['ASYNC']);
    return;
  }
  // The tokens of loads under way first, all of them: otherwise what they load could still be stored behind our back.
  await walk(client, prefix, `${escapeGlob(prefix)}*${TOKEN_MARK}*`, progress, unlink);
  await walk(client, prefix, `${escapeGlob(prefix)}*`, progress, unlink);
}

async function walk(
  client: RedisClient,
  prefix: string,
  pattern: string,
  progress: () => void,
  unlink: (keys: readonly Buffer[]) => Promise<unknown>,
): Promise<void> {
  const start = Buffer.from(prefix);
  let cursor: string | Buffer = '0';
  do {
    const page = (await callForBytes(client, 'scan', [cursor, 'MATCH', pattern, 'COUNT', KEYS_PER_STEP])) as [
      Buffer,
      Buffer[],
    ];
    const keys = page[1].filter((key) => key.subarray(0, start.length).equals(start));
    if (keys.length > 0) await unlink(keys);
    cursor = page[0];
    progress();
  } while (cursor.toString() !== '0');
}

function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\]/g, '\\$&');
}
