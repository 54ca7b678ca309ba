import { ConfigError } from '../errors.js';

/** What one could have meant. */
const EXAMPLES: Readonly<Record<string, string>> = {
  get: '{ default: 0 }',
  clear: `{ namespace: 'users' }`,
  ...Object.fromEntries(
    ['add', 'set', 'multiSet', 'increment', 'getOrSet', 'compareAndSet'].map((name) => [name, '{ ttl: 60_000 }']),
  ),
};

/** Types forbid it; without them `set(key, value, 60)` would be stored with another ttl, and nobody told. */
export function notOptions(command: string, given: unknown, cache: string): ConfigError {
  const got = given === null ? 'null' : typeof given;
  const example = EXAMPLES[command] ?? `{ timeout: 500 }`;
  return new ConfigError(`${command}: options must be an object such as ${example}; got ${got}`, { cache });
}

export function areOptions(given: unknown): boolean {
  return typeof given === 'object' && given !== null;
}

/** @throws ConfigError when they are none */
export function checkOptions(command: string, given: unknown, cache: string): void {
  if (!areOptions(given)) throw notOptions(command, given, cache);
}
