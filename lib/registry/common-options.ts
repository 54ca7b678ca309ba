import type { Clock } from '../util/clock.js';
import { parseConcurrency } from '../util/concurrency.js';
import { parseLimit } from '../util/duration.js';
import { readBreaker } from './breaker-option.js';
import type { CommonOptions } from './config.js';
import { digits, type Option } from './option.js';
import { readPlugins } from './plugins-option.js';
import { choiceReader, functionReader, objectReader, readText } from './readers.js';
import { readSerializer } from './serializer-option.js';

const asItIs = (text: string): string => text;
const limit: Option<number | undefined> = {
  read: parseLimit,
  fromText: (text) => (text === 'null' ? null : digits(text)),
};

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
  clock: { read: objectReader<Clock>(['now']), fromText: 'use a config object' },
} satisfies Record<keyof CommonOptions, Option>;

export const COMMON_NAMES: readonly string[] = Object.keys(commonOptions);
