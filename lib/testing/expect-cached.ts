import { AssertionError } from 'node:assert';
import type { Cache } from '../contracts/cache.js';
import { ConfigError } from '../errors.js';
import type { CachedMethodHandle, PerId, ValueOf } from '../decorators/handle.js';

/**
 * Checks that a cache holds a key, or the result of a cached method for these arguments, and answers with the value:
 * `await expectCached(cache, 'user:7')`, `await expectCached(cachedMethod(users, 'find'), '7')`. The method is not run.
 * Of a `@MultiCached` method it is one id.
 * @throws AssertionError that names the key
 */
export function expectCached<T = unknown>(cache: Cache, key: string): Promise<T>;
export function expectCached<Args extends readonly unknown[], Result>(
  method: CachedMethodHandle<Args, Result>,
  ...args: Args
): Promise<Result>;
export function expectCached<Args extends readonly unknown[], Result>(
  method: CachedMethodHandle<Args, Result>,
  ...args: PerId<Args>
): Promise<ValueOf<Result>>;
export async function expectCached(where: Place, ...args: readonly unknown[]): Promise<unknown> {
  const { cache, key, value } = await lookUp(where, args);
  if (value === undefined) fail(`${cache} should hold ${key}, and does not`);
  return value;
}

/**
 * Checks that a cache does not hold a key, or the result of a cached method for these arguments.
 * @throws AssertionError that names the key
 */
export function expectNotCached(cache: Cache, key: string): Promise<void>;
export function expectNotCached<Args extends readonly unknown[], Result>(
  method: CachedMethodHandle<Args, Result>,
  ...args: Args
): Promise<void>;
export function expectNotCached<Args extends readonly unknown[], Result>(
  method: CachedMethodHandle<Args, Result>,
  ...args: PerId<Args>
): Promise<void>;
export async function expectNotCached(where: Place, ...args: readonly unknown[]): Promise<void> {
  const { cache, key, value } = await lookUp(where, args);
  if (value !== undefined) fail(`${cache} should not hold ${key}, and does`);
}

type Place = Cache | CachedMethodHandle<readonly unknown[], unknown>;

async function lookUp(where: Place, args: readonly unknown[]): Promise<{ cache: string; key: string; value: unknown }> {
  if (typeof where !== 'object' || where === null || !('peek' in where || 'get' in where))
    throw new ConfigError(
      'expectCached and expectNotCached look into a cache, or at what cachedMethod answers; give one first',
    );
  if ('peek' in where) return { cache: where.cache.name, key: where.key(...args), value: await where.peek(...args) };
  const [key] = args as [string];
  return { cache: where.name, key, value: await where.get(key) };
}

function fail(message: string): never {
  throw new AssertionError({ message });
}
