import { callForBytes, isClusterClient, type RedisClient } from './client.js';
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
  await Promise.all(client.nodes('master').map((master) => clearNode(master, prefix, progress, unlink)));
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
