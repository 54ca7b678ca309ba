import type { BreakerSpec } from '../command/stack-spec.js';
import { ConfigError } from '../errors.js';
import { checkNames } from './option.js';
import { isRecord, mistyped, readCount, readWait, type Reader } from './readers.js';

/** What a shared backend gets unless told otherwise. */
export const DEFAULT_BREAKER: BreakerSpec = { after: 5, retryMs: 500, maxRetryMs: 2_000 };

/** `false` = none. */
export const readBreaker: Reader<BreakerSpec | false> = (value, path) => {
  if (value === false) return false;
  if (!isRecord(value)) throw mistyped(value, path, 'use false or { after, retry, maxRetry }');
  checkNames(value, ['after', 'retry', 'maxRetry'], path, 'a breaker');
  const { after: givenAfter, retry, maxRetry } = value;
  const after = givenAfter === undefined ? DEFAULT_BREAKER.after : readCount(givenAfter, `${path}.after`);
  const retryMs = retry === undefined ? DEFAULT_BREAKER.retryMs : readWait(retry, `${path}.retry`);
  if (maxRetry === undefined) return { after, retryMs, maxRetryMs: Math.max(DEFAULT_BREAKER.maxRetryMs, retryMs) };
  const maxRetryMs = readWait(maxRetry, `${path}.maxRetry`);
  if (maxRetryMs < retryMs) throw new ConfigError(`${path}.maxRetry is shorter than retry; make it at least as long`);
  return { after, retryMs, maxRetryMs };
};
