import { ConfigError } from '../errors.js';
import type { Clock } from '../util/clock.js';
import { parseConcurrency } from '../util/concurrency.js';
import { parseLimit } from '../util/duration.js';
import { readBreaker } from './breaker-option.js';
import type { CommonOptions } from './config.js';
import { digits, type Option } from './option.js';
import { readPlugins } from './plugins-option.js';
import { choiceReader, functionReader, objectReader, readText, type Reader } from './readers.js';
import { readSerializer } from './serializer-option.js';

const asItIs = (text: string): string => text;
const limit: Option<number | undefined> = {
  read: parseLimit,
  fromText: (text) => (text === 'null' ? null : digits(text)),
};

/** With a time that is no number everything has ended at once, or nothing ever does. */
const readClock: Reader<Clock> = (value, path) => {
  const clock = objectReader<Clock>(['now'])(value, path);
  const now = timeOf(clock, path);
  if (typeof now === 'number' && Number.isFinite(now)) return clock;
  throw new ConfigError(`${path}.now() did not answer a number; let it answer milliseconds`);
};

function timeOf(clock: Clock, path: string): unknown {
  try {
    return clock.now();
  } catch (error) {
    throw new ConfigError(`${path}.now() failed; let it answer milliseconds`, { cause: error });
  }
}

/** The options of every cache, whatever its backend. */
export const commonOptions = {
  namespace: { read: readText, fromText: asItIs },
  buildKey: { read: functionReader<NonNullable<CommonOptions['buildKey']>>(), fromText: 'use a config object' },
  ttl: limit,
  timeout: limit,
  budget: limit,
  originConcurrency: { read: parseConcurrency, fromText: limit.fromText },
  serializer: { read: readSerializer, fromText: asItIs },
  plugins: { read: readPlugins, fromText: (text) => text.split(',') },
  breaker: { read: readBreaker, fromText: (text) => (text === 'false' ? false : text) },
  isolation: { read: choiceReader(['none', 'copy', 'freeze']), fromText: asItIs },
  random: { read: functionReader<() => number>(), fromText: 'use a config object' },
  clock: { read: readClock, fromText: 'use a config object' },
} satisfies Record<keyof CommonOptions, Option>;

export const COMMON_NAMES: readonly string[] = Object.keys(commonOptions);
