import assert from 'node:assert/strict';
import { isCacheError, type CacheErrorCode } from '../errors.js';

/**
 * Checks that `work` answers with a promise, rejected with an error of ours that has this code. A synchronous throw
 * fails the check.
 */
export async function assertRejects(what: string, code: CacheErrorCode, work: () => unknown): Promise<Error> {
  const error = await rejectionOf(what, work);
  if (isCacheError(error, code)) return error;
  assert.fail(`${what}: expected a rejection with ${code}, got ${describe(error)}`);
}

/** What `work` rejects with; fails when it throws synchronously, or fulfils. */
export async function rejectionOf(what: string, work: () => unknown): Promise<unknown> {
  let answer: unknown;
  try {
    answer = work();
  } catch (error) {
    assert.fail(`${what}: threw synchronously (${describe(error)})`);
  }
  assert.ok(answer instanceof Promise, `${what}: answered without a promise`);
  const outcome = await answer.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  assert.ok(outcome !== undefined, `${what}: should have been rejected`);
  return outcome.error;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? `${error.name} (${code})` : error.name;
}
