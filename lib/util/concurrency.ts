import { ConfigError } from '../errors.js';

/**
 * How many at the same time; `0` and `null` answer `undefined`: any number.
 * @param option path of the option, for the message
 * @throws ConfigError when it is no whole number
 */
export function parseConcurrency(value: unknown, option: string): number | undefined {
  if (value === null || value === 0) return undefined;
  const remedy = 'use a whole number above 0, or 0 or null for no limit';
  if (typeof value !== 'number') throw new ConfigError(`${option} is of type ${typeof value}; ${remedy}`);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new ConfigError(`${option} is no whole number above 0; ${remedy}`);
  return value;
}
