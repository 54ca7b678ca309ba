import { parseLimit, type Ttl } from '../util/duration.js';
import { disown } from '../util/maybe-promise.js';
import type { Site } from './site.js';

/** A function from a value to its lifetime, as an option. */
export type TtlFunction = (...args: never) => unknown;

/**
 * What the `ttl` option says of a loaded value; `undefined` where it is no function, or leaves it to the cache.
 * @throws ConfigError when the function answered no lifetime
 */
export function ttlFor(site: Site, ttl: unknown, value: unknown, args: readonly unknown[]): Ttl | undefined {
  if (typeof ttl !== 'function') return undefined;
  const answer = (ttl as TtlFunction)(...([value, ...args] as never));
  if (answer === undefined) return undefined;
  disown(answer);
  parseLimit(answer, `@${site.decorator} on ${site.label}: what the ttl function answered`);
  return answer as Ttl;
}
