import { createHash } from 'node:crypto';
import { type Argument, type RedisClient } from './client.js';
import { callFlat } from './flat-lists.js';
import { replyCode } from './replies.js';

/**
 * A Lua script. The source is constant; data goes in as keys and arguments only. Texts are answered in a list within a list
 * ({@link toAnswer}), so that they pass for no stored values where answers and commands are out of step.
 */
export interface Script {
  readonly source: string;
  readonly sha: string;
}

function script(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}

/**
 * KEYS: key. ARGV: delta, ttl in ms or ''. Answers {{ the sum }}, or {{ nil }} when it or the stored text is no safe integer.
 * Lua counts in doubles, which are exact up to 2^53: stored text of more than 16 digits is refused before it is
 * a number. The answer is text, because ioredis 6 reads integers from 2^53 - 48 on inexactly.
 */
export const INCREMENT = script(`
local stored = redis.pcall('GET', KEYS[1])
if type(stored) == 'table' then
  if string.find(stored.err, 'WRONGTYPE', 1, true) then return {{ false }} end
  return stored
end
if not stored then
  if ARGV[2] == '' then redis.call('SET', KEYS[1], ARGV[1])
  else redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
  return {{ ARGV[1] }}
end
if #stored > 17 or not (stored == '0' or string.match(stored, '^-?[1-9]%d*$')) then return {{ false }} end
local number = tonumber(stored)
local sum = number + tonumber(ARGV[1])
if math.max(math.abs(number), math.abs(sum)) > 9007199254740991 then return {{ false }} end
redis.call('INCRBY', KEYS[1], ARGV[1])
return {{ string.format('%.0f', sum) }}
`);

/** KEYS: key. Answers 1 if it is there; PERSIST alone cannot tell "no such key" from "had no ttl". */
export const PERSIST = script(`
redis.call('PERSIST', KEYS[1])
return redis.call('EXISTS', KEYS[1])
`);

/**
 * KEYS: key. ARGV: ttl in ms or '', a beginning. Answers nil, and changes nothing, where a text begins with it; else 1 if the key is
 * there. `GETRANGE` would be one more right.
 */
export const EXPIRE_UNLESS = script(`
local stored = redis.pcall('GET', KEYS[1])
if type(stored) == 'string' and string.sub(stored, 1, #ARGV[2]) == ARGV[2] then return false end
if ARGV[1] ~= '' then return redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
redis.call('PERSIST', KEYS[1])
return redis.call('EXISTS', KEYS[1])
`);

/** KEYS: keys. ARGV: ttl in ms, then a value for each key. */
export const SET_ALL = script(`
local call, ttl = redis.call, ARGV[1]
for index, key in ipairs(KEYS) do call('SET', key, ARGV[index + 1], 'PX', ttl) end
`);

/**
 * KEYS: lock, its token. ARGV: owner, lease in ms, lifetime of the token in ms. Answers {{ 1, token }} or {{ 0, what remains of the
 * holder's lease }}, as text. Tokens count on from the last one, or from the server's clock (in µs) if that is ahead: so they grow
 * also after the server has lost its memory.
 */
export const ACQUIRE = script(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return {{ '0', string.format('%.0f', redis.call('PTTL', KEYS[1])) }} end
local token = redis.call('GET', KEYS[2])
if not (holder and token) then
  local time = redis.call('TIME')
  local clock = tonumber(time[1]) * 1000000 + tonumber(time[2])
  token = string.format('%.0f', math.max((tonumber(token) or 0) + 1, clock))
  redis.call('SET', KEYS[2], token, 'PX', ARGV[3])
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {{ '1', token }}
`);

/** KEYS: lock. ARGV: owner, lease in ms. */
export const RENEW = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`);

/** KEYS: lock. ARGV: owner. Those who wait listen on a channel of the lock's name. */
export const RELEASE = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.pcall('PUBLISH', KEYS[1], '')
return 1
`);

/** When a key ends, as text; '' on servers before 7.0, which do not tell. */
const EXPIRY_OF = `
local function expiryOf(key)
  local at = redis.pcall('PEXPIRETIME', key)
  return type(at) == 'number' and string.format('%.0f', at) or ''
end
`;

const EXPIRY = `${EXPIRY_OF}
local function expiry() return expiryOf(KEYS[1]) end
local function value()
  local stored = redis.pcall('GET', KEYS[1])
  return type(stored) == 'string' and stored or false
end
`;

/** KEYS: key. Answers {{ value or nil, expiry }}. */
export const READ_VERSION = script(`${EXPIRY}
return {{ value(), expiry() }}
`);

/** KEYS: key. ARGV: '1' if there was a value, that value, its expiry, the new value, its ttl in ms or ''. Answers {{ the new expiry, or nil }}. */
export const COMPARE_AND_SET = script(`${EXPIRY}
local stored = value()
if ARGV[1] == '1' then
  if stored ~= ARGV[2] or expiry() ~= ARGV[3] then return {{ false }} end
elseif stored then return {{ false }} end
if ARGV[5] == '' then redis.call('SET', KEYS[1], ARGV[4]) else redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5]) end
return {{ expiry() }}
`);

/** What a load finds under a key: a text and when it ends, so that the same text written anew is told apart. */
const SEEN = `${EXPIRY_OF}
local time = redis.pcall('TIME')
local now = not time.err and tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local function seen(key)
  local stored = redis.pcall('GET', key)
  if not stored then return '' end
  return type(stored) == 'string' and redis.sha1hex(stored) .. ':' .. expiryOf(key) or '?'
end
`;

/**
 * KEYS: key and token, for each load. ARGV: a random text, lifetime of tokens in ms. Answers the server's time in ms ('' for
 * users who may not ask for it) and an id for each. A token is an id and what was stored under its key then; one of another load is shared if that has not changed.
 */
export const TAKE_TOKENS = script(`${SEEN}
local answers = { now and string.format('%.0f', now) or '' }
for index = 1, #KEYS, 2 do
  local is = seen(KEYS[index])
  local token = redis.call('GET', KEYS[index + 1])
  local id, was = string.match(token or '', '^(%S+) (.*)$')
  if was ~= is then id = ARGV[1] end
  redis.call('SET', KEYS[index + 1], id .. ' ' .. is, 'PX', ARGV[2])
  answers[#answers + 1] = id
end
return { answers }
`);

/**
 * KEYS: key and token, for each entry. ARGV: for each entry the id of its token, the latest time of the server in ms or '',
 * its ttl in ms or '', and its value. Answers 1 for each that was stored. Its token goes: whoever else holds it comes second.
 */
export const STORE_LOADED = script(`${SEEN}
local answers = {}
for index = 1, #KEYS, 2 do
  local at = (index - 1) * 2 + 1
  local latest = tonumber(ARGV[at + 1])
  local token = redis.call('GET', KEYS[index + 1])
  local fits = token == ARGV[at] .. ' ' .. seen(KEYS[index])
  if fits and not (latest and now and now > latest) then
    if ARGV[at + 2] == '' then redis.call('SET', KEYS[index], ARGV[at + 3])
    else redis.call('SET', KEYS[index], ARGV[at + 3], 'PX', ARGV[at + 2]) end
    redis.call('UNLINK', KEYS[index + 1])
    answers[#answers + 1] = 1
  else answers[#answers + 1] = 0 end
end
return { answers }
`);

/** Runs a script by its digest; a server that does not know it (restarted, flushed) gets the source, once. */
export function runScript(
  client: RedisClient,
  { source, sha }: Script,
  keys: readonly string[],
  args: readonly Argument[] = [],
  answers: 'text' | 'bytes' = 'text',
): Promise<unknown> {
  const send = (command: 'eval' | 'evalsha', what: string): Promise<unknown> =>
    callFlat(client, command, [what, keys.length, ...keys, ...args], answers);
  return send('evalsha', sha).catch((error: unknown) => {
    if (replyCode(error) !== 'NOSCRIPT') throw error;
    return send('eval', source);
  });
}
