import { callForBytes, type RedisClient } from './client.js';
import type { Permission } from './permission.js';
import { replyCode } from './replies.js';
import { EXPIRE_UNLESS, PERSIST, runScript } from './scripts.js';

/** Sets when a key ends; answers 1 if it is there. */
export function expire(client: RedisClient, key: string, ttlMs: number | undefined): Promise<unknown> {
  return ttlMs === undefined ? runScript(client, PERSIST, [key]) : client.call('pexpire', [key, Math.ceil(ttlMs)]);
}

/**
 * The same, unless a text begins so: then `null`. One script; where scripts are forbidden the text is read first.
 * @param beginning ASCII
 */
export async function expireUnless(
  client: RedisClient,
  key: string,
  ttlMs: number | undefined,
  beginning: string,
  scripts: Permission,
): Promise<unknown> {
  if (!scripts.denied) {
    try {
      return await runScript(client, EXPIRE_UNLESS, [key], [ttlMs === undefined ? '' : Math.ceil(ttlMs), beginning]);
    } catch (error) {
      if (replyCode(error) !== 'NOPERM') throw error;
      scripts.deny();
    }
  }
  const stored = (await callForBytes(client, 'get', [key])) as Buffer | null;
  return stored?.toString('latin1', 0, beginning.length) === beginning ? null : expire(client, key, ttlMs);
}
