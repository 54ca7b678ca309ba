import { expect } from 'chai';
import type { BackendCall, BackendContext } from '#lib/contracts/backend.js';
import { type CacheError, type CacheErrorCode, isCacheError } from '#lib/errors.js';
import { systemClock } from '#lib/util/clock.js';

/** What a pipeline would tell a backend. */
export const text: BackendCall = { wire: 'text', namespace: '', signal: undefined };
export const bytes: BackendCall = { wire: 'bytes', namespace: '', signal: undefined };
export const context: BackendContext = { cache: 'specs', clock: systemClock };

/** The error that `work` throws or rejects with, which has to be one of ours with this code. */
export async function failureOf(work: () => unknown, code: CacheErrorCode): Promise<CacheError> {
  let answer: unknown;
  try {
    answer = await work();
  } catch (error) {
    if (!isCacheError(error, code)) throw error;
    return error;
  }
  expect.fail(`expected ${code}, got an answer of type ${typeof answer}`);
}
