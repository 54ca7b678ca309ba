import type { Clock } from '../util/clock.js';
import { breakerOption } from './breaker-option.js';
import type { CommonOptions } from './config.js';
import { choiceOption, functionOption, limitOption, objectOption, textOption, type Option } from './option.js';
import { pluginsOption } from './plugins-option.js';
import { serializerOption } from './serializer-option.js';

/** The options of every cache, whatever its backend. */
export const commonOptions = {
  namespace: textOption,
  buildKey: functionOption<NonNullable<CommonOptions['buildKey']>>(),
  ttl: limitOption,
  timeout: limitOption,
  budget: limitOption,
  serializer: serializerOption,
  plugins: pluginsOption,
  breaker: breakerOption,
  isolation: choiceOption(['none', 'copy', 'freeze']),
  clock: objectOption<Clock>(['now']),
} satisfies Record<keyof CommonOptions, Option>;

export const COMMON_NAMES: readonly string[] = Object.keys(commonOptions);
