import type { Cache } from '../../contracts/cache.js';
import type { CommandOptions } from '../../contracts/commands.js';

/** Calls on a key, by the name of the command. */
export type Calls = Readonly<Record<string, (key: string, options: CommandOptions) => unknown>>;

/** A call of every command that takes a key. */
export function callsOf(cache: Cache): Calls {
  return {
    add: (key, options) => cache.add(key, 'x', options),
    get: (key, options) => cache.get(key, options),
    set: (key, options) => cache.set(key, 'x', options),
    multiGet: (key, options) => cache.multiGet([key], options),
    multiSet: (key, options) => cache.multiSet([[key, 'x']], options),
    delete: (key, options) => cache.delete(key, options),
    multiDelete: (key, options) => cache.multiDelete([key], options),
    exists: (key, options) => cache.exists(key, options),
    increment: (key, options) => cache.increment(key, 1, options),
    expire: (key, options) => cache.expire(key, 1_000, options),
    ttl: (key, options) => cache.ttl(key, options),
  };
}
