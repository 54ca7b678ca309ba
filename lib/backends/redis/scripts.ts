import { createHash } from 'node:crypto';
import type { RedisClient } from './client.js';
import { replyCode } from './replies.js';

/** A Lua script. The source is constant; data goes in as keys and arguments only. */
export interface Script {
  readonly source: string;
  readonly sha: string;
}

function script(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}

/**
 * KEYS: key. ARGV: delta, ttl in ms or ''. Answers the sum, or nil when it or the stored text is no safe integer.
 * Lua counts in doubles, which are exact up to 2^53: stored text of more than 16 digits is refused before it is
 * a number. The answer is text, because ioredis 6 reads integers from 2^53 - 48 on inexactly.
 */
export const INCREMENT = script(`
local stored = redis.pcall('GET', KEYS[1])
if type(stored) == 'table' then
  if string.find(stored.err, 'WRONGTYPE', 1, true) then return false end
  return stored
end
if not stored then
  if ARGV[2] == '' then redis.call('SET', KEYS[1], ARGV[1])
  else redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
  return ARGV[1]
end
if #stored > 17 or not (stored == '0' or string.match(stored, '^-?[1-9]%d*$')) then return false end
local number = tonumber(stored)
local sum = number + tonumber(ARGV[1])
if math.max(math.abs(number), math.abs(sum)) > 9007199254740991 then return false end
redis.call('INCRBY', KEYS[1], ARGV[1])
return string.format('%.0f', sum)
`);

/** KEYS: key. Answers 1 if it is there; PERSIST alone cannot tell "no such key" from "had no ttl". */
export const PERSIST = script(`
redis.call('PERSIST', KEYS[1])
return redis.call('EXISTS', KEYS[1])
`);

/** KEYS: keys. ARGV: ttl in ms, then a value for each key. */
export const SET_ALL = script(`
local call, ttl = redis.call, ARGV[1]
for index, key in ipairs(KEYS) do call('SET', key, ARGV[index + 1], 'PX', ttl) end
`);

/** Runs a script by its digest; a server that does not know it (restarted, flushed) gets the source, once. */
export function runScript(
  client: RedisClient,
  { source, sha }: Script,
  keys: readonly string[],
  args: readonly (string | Buffer | number)[] = [],
): Promise<unknown> {
  const data = [keys.length, ...keys, ...args];
  return client.call('evalsha', [sha, ...data]).catch((error: unknown) => {
    if (replyCode(error) !== 'NOSCRIPT') throw error;
    return client.call('eval', [source, ...data]);
  });
}
