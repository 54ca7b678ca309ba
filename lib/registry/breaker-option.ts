import type { BreakerSpec } from '../command/stack-spec.js';
import { ConfigError } from '../errors.js';
import { checkNames, countOption, durationOption, isRecord, member, mistyped, type Option } from './option.js';

/** What a shared backend gets unless told otherwise. */
export const DEFAULT_BREAKER: BreakerSpec = { after: 5, retryMs: 500, maxRetryMs: 2_000 };
const REMEDY = 'use false or { after, retry, maxRetry }';

/** `false` = none. */
export const breakerOption: Option<BreakerSpec | false> = {
  read(value, path) {
    if (value === false) return false;
    if (!isRecord(value)) throw mistyped(value, path, REMEDY);
    checkNames(value, ['after', 'retry', 'maxRetry'], path, 'a breaker');
    const { after, retry, maxRetry } = value;
    const retryMs = retry === undefined ? DEFAULT_BREAKER.retryMs : durationOption.read(retry, member(path, 'retry'));
    const spec = {
      after: after === undefined ? DEFAULT_BREAKER.after : countOption.read(after, member(path, 'after')),
      retryMs,
      maxRetryMs:
        maxRetry === undefined
          ? Math.max(DEFAULT_BREAKER.maxRetryMs, retryMs)
          : durationOption.read(maxRetry, member(path, 'maxRetry')),
    };
    if (spec.maxRetryMs < retryMs) throw new ConfigError(`${path}.maxRetry is shorter than retry; make it at least as long`);
    return spec;
  },
  fromText: (text) => (text === 'false' ? false : text),
};
