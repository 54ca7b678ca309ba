import type { Backend } from '../contracts/backend.js';
import { BackendError, isCacheError, namedCache, type CacheError } from '../errors.js';
import { isPending } from '../util/maybe-promise.js';
import type { Breaker } from './breaker.js';
import type { Call } from './call.js';

/** The backend's commands, and where each has its `call` argument. */
const CALL_POSITION = {
  get: 1,
  multiGet: 1,
  set: 3,
  multiSet: 2,
  add: 3,
  delete: 1,
  exists: 1,
  increment: 3,
  expire: 2,
  expireUnless: 3,
  ttl: 1,
  clear: 1,
  raw: 2,
} as const;

/** The same for what only some backends offer. */
const FACETS = {
  versions: { read: 1, compareAndSet: 4 },
  locks: { acquire: 3, renew: 3, release: 2, watch: 2 },
  fences: { take: 1, store: 3 },
} as const;

/** A backend's commands as the pipeline uses them. */
export type GuardedBackend = Pick<Backend, keyof typeof CALL_POSITION | keyof typeof FACETS>;

type Method = (...args: unknown[]) => unknown;

/**
 * The edge between us and a backend: whatever it throws comes out as a `CacheError` without secrets,
 * and its breaker, if it has one, sees how each call ends.
 */
export function guard(backend: Backend, breaker: Breaker | undefined, cache: string): GuardedBackend {
  const guarded: Record<string, unknown> = guardAll(backend, CALL_POSITION, breaker, cache);
  for (const [name, positions] of Object.entries(FACETS)) {
    const facet = backend[name as keyof typeof FACETS];
    if (facet !== undefined) guarded[name] = guardAll(facet, positions, breaker, cache);
  }
  return guarded as unknown as GuardedBackend;
}

function guardAll(
  target: object,
  positions: Readonly<Record<string, number>>,
  breaker: Breaker | undefined,
  cache: string,
): Record<string, Method> {
  const guarded: Record<string, Method> = {};
  for (const [name, position] of Object.entries(positions)) {
    const method = (target as Record<string, Method | undefined>)[name];
    if (method !== undefined) guarded[name] = guardMethod(method.bind(target), position, breaker, cache);
  }
  return guarded;
}

function guardMethod(method: Method, position: number, breaker: Breaker | undefined, cache: string): Method {
  const failure = (error: unknown, call: Call): unknown => {
    call.pending = false;
    const known = isCacheError(error)
      ? (namedCache(error, cache) as CacheError)
      : new BackendError('the backend answered with an error', { cache, cause: error });
    if (call.abandoned) return known;
    if (blamesBackend(known)) breaker?.failed(call);
    else breaker?.succeeded(call);
    return known;
  };
  return (a, b, c, d, e) => {
    const call = (position === 1 ? b : position === 2 ? c : position === 3 ? d : e) as Call;
    breaker?.admit(call, cache);
    let answer: unknown;
    try {
      answer = method(a, b, c, d, e);
    } catch (error) {
      throw failure(error, call);
    }
    if (!isPending(answer)) {
      breaker?.succeeded(call);
      return answer;
    }
    // A backend that is made of two says so itself, of the one that its breaker watches.
    if (breaker !== undefined) call.pending = true;
    // Promise.resolve tames thenables; a promise it answers as it is.
    return Promise.resolve(answer).then(
      (value) => {
        call.pending = false;
        if (!call.abandoned) breaker?.succeeded(call);
        return value;
      },
      (error: unknown) => {
        throw failure(error, call);
      },
    );
  };
}

/** Whether this error says that something is wrong with the backend, and not with the command. */
export function blamesBackend(error: CacheError): boolean {
  if (error.code === 'ERR_CACHE_BACKEND') return !(error as BackendError).refused;
  return error.code === 'ERR_CACHE_BACKEND_UNAVAILABLE';
}
