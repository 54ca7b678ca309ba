import { ConfigError } from '../errors.js';

/** Milliseconds, seconds, minutes, hours, days. */
export type DurationUnit = 'ms' | 's' | 'm' | 'h' | 'd';

/** A number of **milliseconds**, or a string with its unit: `'250ms'`, `'30s'`, `'5m'`, `'2h'`, `'1d'`. */
export type Duration = number | `${number}${DurationUnit}`;

/** A lifetime: `0` and `null` mean that it never ends. */
export type Ttl = Duration | null;

const UNIT_MS: Record<DurationUnit, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const FORMAT = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const REMEDY = `use milliseconds (250) or a string with its unit ('250ms', '30s', '5m', '2h', '1d')`;

/**
 * Milliseconds of a duration, as given (fractions are kept).
 * @param option path of the option, for the message
 * @throws ConfigError when it is no duration; the value itself is never echoed
 */
export function parseDuration(value: unknown, option: string): number {
  if (typeof value === 'number') {
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) return value;
    throw new ConfigError(`${option} is ${describeNumber(value)}; ${REMEDY}`);
  }
  if (typeof value !== 'string') {
    throw new ConfigError(`${option} is of type ${value === null ? 'null' : typeof value}; ${REMEDY}`);
  }
  const match = FORMAT.exec(value);
  const parsed = match === null ? Number.NaN : Number(match[1]) * UNIT_MS[match[2] as DurationUnit];
  if (parsed <= Number.MAX_SAFE_INTEGER) return parsed;
  throw new ConfigError(`${option} is not a duration; ${REMEDY}`);
}

/** Like {@link parseDuration}; `0` and `null` answer `undefined`: no limit. */
export function parseLimit(value: unknown, option: string): number | undefined {
  return value === null || value === 0 ? undefined : parseDuration(value, option) || undefined;
}

function describeNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return 'infinite';
  return value < 0 ? 'negative' : 'too large';
}
