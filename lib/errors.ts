import { redactedCause } from './util/redact.js';

/** The stable codes of the errors: what `isCacheError(error, code)` compares. */
export type CacheErrorCode =
  | 'ERR_CACHE_CONFIG'
  | 'ERR_CACHE_UNKNOWN_CACHE'
  | 'ERR_CACHE_NO_REGISTRY'
  | 'ERR_CACHE_COMMAND_TIMEOUT'
  | 'ERR_CACHE_LOADER_TIMEOUT'
  | 'ERR_CACHE_BACKEND'
  | 'ERR_CACHE_BACKEND_UNAVAILABLE'
  | 'ERR_CACHE_SERIALIZATION'
  | 'ERR_CACHE_INVALID_KEY'
  | 'ERR_CACHE_NOT_A_NUMBER'
  | 'ERR_CACHE_UNSUPPORTED_COMMAND'
  | 'ERR_CACHE_LOCK'
  | 'ERR_CACHE_CONFLICT'
  | 'ERR_CACHE_CLOSED';

/** What an error is made of beside its message. */
export interface CacheErrorOptions {
  /** Name of the cache that failed. */
  readonly cache?: string | undefined;
  /** What went wrong underneath. Copied and redacted, never kept. */
  readonly cause?: unknown;
}

/** Marks our errors across copies of the package, where `instanceof` fails. */
const BRAND = Symbol.for('cachewright.error');

/** Every error of this library. `code` is stable; the text is not. */
export abstract class CacheError extends Error {
  abstract readonly code: CacheErrorCode;
  /** Name of the cache, when one was involved. */
  readonly cache: string | undefined;

  constructor(message: string, options: CacheErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: safeCause(options.cause) });
    this.cache = options.cache;
    Object.defineProperty(this, 'name', { value: new.target.name, configurable: true, writable: true });
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** The configuration, or an option of a call or a decorator, is wrong. A mistake of the program. */
export class ConfigError extends CacheError {
  readonly code = 'ERR_CACHE_CONFIG';
}

/** No cache of that name in the registry. */
export class UnknownCacheError extends CacheError {
  readonly code = 'ERR_CACHE_UNKNOWN_CACHE';
}

/** A decorated method found no registry to take its cache from. */
export class NoRegistryError extends CacheError {
  readonly code = 'ERR_CACHE_NO_REGISTRY';
}

/** No answer within the timeout. A write may have happened all the same. */
export class CommandTimeoutError extends CacheError {
  readonly code = 'ERR_CACHE_COMMAND_TIMEOUT';
}

/** The loader took longer than the hard timeout. */
export class LoaderTimeoutError extends CacheError {
  readonly code = 'ERR_CACHE_LOADER_TIMEOUT';
}

/** What a {@link BackendError} is made of beside its message. */
export interface BackendErrorOptions extends CacheErrorOptions {
  /** The server itself refused the command, so it is alive: its breaker does not count that. Default `false`. */
  readonly refused?: boolean;
}

/** The backend answered with an error. */
export class BackendError extends CacheError {
  readonly code = 'ERR_CACHE_BACKEND';
  /** The server is alive and refused the command (a wrong argument, no memory left, no permission …). */
  readonly refused: boolean;

  constructor(message: string, options: BackendErrorOptions = {}) {
    super(message, options);
    this.refused = options.refused ?? false;
  }
}

/** Nothing was sent: the backend is down, or its breaker is open. */
export class BackendUnavailableError extends CacheError {
  readonly code = 'ERR_CACHE_BACKEND_UNAVAILABLE';
}

/** A value could not be turned into what the backend holds, or back. */
export class SerializationError extends CacheError {
  readonly code = 'ERR_CACHE_SERIALIZATION';
}

/** A key that is no key, or arguments no key can be made of. A mistake of the program. */
export class InvalidKeyError extends CacheError {
  readonly code = 'ERR_CACHE_INVALID_KEY';
}

/** `increment` met something that is not a safe integer. */
export class NotANumberError extends CacheError {
  readonly code = 'ERR_CACHE_NOT_A_NUMBER';
}

/** This backend cannot do that. */
export class UnsupportedCommandError extends CacheError {
  readonly code = 'ERR_CACHE_UNSUPPORTED_COMMAND';
}

/** The lock was not obtained in time. */
export class LockError extends CacheError {
  readonly code = 'ERR_CACHE_LOCK';
}

/** Somebody else changed the entry in between. */
export class ConflictError extends CacheError {
  readonly code = 'ERR_CACHE_CONFLICT';
}

/** The cache or its registry was closed. */
export class CacheClosedError extends CacheError {
  readonly code = 'ERR_CACHE_CLOSED';
}

/** Whether `error` comes from this library (of any copy of it), and has this code if one is given. */
export function isCacheError<Code extends CacheErrorCode = CacheErrorCode>(
  error: unknown,
  code?: Code,
): error is CacheError & { readonly code: Code } {
  if (typeof error !== 'object' || error === null) return false;
  const candidate = error as { [BRAND]?: unknown; code?: unknown };
  try {
    return candidate[BRAND] === true && (code === undefined || candidate.code === code);
  } catch {
    // Anything can be thrown, also a proxy that does not let itself be looked at.
    return false;
  }
}

/** `error`, with the cache's name if it is one of ours and has none yet. */
export function namedCache(error: unknown, cache: string): unknown {
  if (isCacheError(error) && error.cache === undefined) {
    Object.defineProperty(error, 'cache', { value: cache, enumerable: true, configurable: true });
  }
  return error;
}

function safeCause(cause: unknown): unknown {
  return isCacheError(cause) ? cause : redactedCause(cause);
}
