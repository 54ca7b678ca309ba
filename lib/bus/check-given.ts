import type { BusListener, BusMessage } from '../contracts/bus.js';
import { ConfigError } from '../errors.js';

const MESSAGE_REMEDY =
  "give { kind: 'keys', keys: […] }, { kind: 'prefix', prefix: '…' } or { kind: 'tags', prefix: '…', tags: […] }";
const METHODS = ['received', 'deaf', 'listening'] as const satisfies readonly (keyof BusListener)[];

/**
 * What is none, others would ignore, together with all that travels beside it.
 * @throws ConfigError when it is none
 */
export function checkMessage(given: BusMessage): void {
  const { kind, keys, prefix, tags } = Object(given) as Record<string, unknown>;
  if (kind === 'keys' && areTexts(keys)) return;
  if (kind === 'prefix' && typeof prefix === 'string') return;
  if (kind === 'tags' && typeof prefix === 'string' && areTexts(tags)) return;
  throw new ConfigError(`publish: this is no message of a bus; ${MESSAGE_REMEDY}`);
}

/**
 * With another prefix than the keys have, nobody would ever be told what was written.
 * @throws ConfigError when that is no name and no prefix
 */
export function checkCache(given: unknown): void {
  const { cache, prefix } = Object(given) as Record<string, unknown>;
  if (typeof cache === 'string' && typeof prefix === 'string') return;
  throw new ConfigError(
    "redisBus: the second argument is no { cache, prefix }; give both as text (prefix: '' for any key), or leave it out",
  );
}

/** @throws ConfigError when there is nobody to tell */
export function checkListener(given: BusListener): void {
  const methods = Object(given) as Record<string, unknown>;
  const missing = METHODS.filter((name) => typeof methods[name] !== 'function');
  if (missing.length > 0)
    throw new ConfigError(`join: the listener lacks ${missing.map((name) => `${name}()`).join(', ')}`);
}

function areTexts(list: unknown): boolean {
  return Array.isArray(list) && list.every((text) => typeof text === 'string');
}
