import { ConfigError } from '../errors.js';
import type { Clock } from '../util/clock.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import type { LoadFences } from './load-fences.js';
import type { LockStore } from './locks.js';
import type { WireKind } from './serializer.js';
import type { VersionedStore } from './versions.js';

/** What a backend holds under a key: anything, a string or bytes, as its serializer's `wire` says. */
export type Wire = unknown;

/** What a backend can do. Read when a stack is built, so that a mismatch is a `ConfigError` and not a surprise at night. */
export interface BackendCapabilities {
  /** The richest thing it can hold as it is: `reference` holds all three kinds, `bytes` also text, `text` only text. */
  readonly wire: WireKind;
  /** Granularity of lifetimes, in ms. Lifetimes are rounded **up** to it before they get here. */
  readonly ttlResolutionMs: number;
  /** Whether it out-reaches and outlives this process. Such a backend gets a breaker. */
  readonly shared: boolean;
  /** Longest key in UTF-8 bytes; longer ones are refused before they get here. Default: no limit. */
  readonly maxKeyBytes?: number;
  /** Largest encoded value in bytes; larger ones are refused before they get here. Default: no limit. */
  readonly maxValueBytes?: number;
  /**
   * What `clear` can delete: the keys that begin with any `prefix` (the default), or only whole namespaces, that is,
   * the keys of calls whose {@link BackendCall.namespace} equals the prefix.
   */
  readonly clears?: 'prefix' | 'namespace';
}

/** What one command tells the backend beside its arguments. */
export interface BackendCall {
  /** The kind that reads have to answer with, and that writes come in. */
  readonly wire: WireKind;
  /** What all keys of this call begin with; `''` = bare keys. The same for every call on a key, and what `clear` is called with. */
  readonly namespace: string;
  /** Aborted when the caller gave up. The controller is made when this is first read: only a backend that can abort should. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Where entries live. Deliberately dumb: keys are final, values are encoded, lifetimes are milliseconds
 * (`undefined` = never expires). No prefixing, no serializing, no defaults, no logging in here.
 *
 * A method may answer at once or with a promise. Expired entries are absent for every method. What it throws
 * reaches callers as a `BackendError`; it may itself throw `BackendUnavailableError` (nothing was sent) or `NotANumberError`.
 */
export interface Backend {
  readonly name: string;
  readonly capabilities: BackendCapabilities;
  /** Equal for two backends on one store (say, host, port and database), so that they share their invalidations and a breaker. Default: the backend itself. */
  readonly identity?: unknown;
  /** Offered where an entry can be replaced only if nobody changed it in between. */
  readonly versions?: VersionedStore;
  /** Offered where a lock can be held by one process out of many (on a backend that is not shared: by one caller out of many). */
  readonly locks?: LockStore;
  /** Offered where what one process loads can be kept from overwriting what another one invalidated meanwhile. */
  readonly fences?: LoadFences;

  get(key: string, call: BackendCall): MaybePromise<Wire | undefined>;
  /** By position; duplicates are allowed. Never called with an empty list. */
  multiGet(keys: readonly string[], call: BackendCall): MaybePromise<(Wire | undefined)[]>;
  /** Replaces value and lifetime. */
  set(key: string, wire: Wire, ttlMs: number | undefined, call: BackendCall): MaybePromise<void>;
  /** Never called with an empty list; the last of two equal keys wins. */
  multiSet(
    entries: readonly (readonly [key: string, wire: Wire])[],
    ttlMs: number | undefined,
    call: BackendCall,
  ): MaybePromise<void>;
  /** Stores only if the key is absent, atomically; answers whether it did. */
  add(key: string, wire: Wire, ttlMs: number | undefined, call: BackendCall): MaybePromise<boolean>;
  /** How many of the keys were there. Never called with an empty list. */
  delete(keys: readonly string[], call: BackendCall): MaybePromise<number>;
  exists(key: string, call: BackendCall): MaybePromise<boolean>;
  /**
   * Atomic. A missing key starts at `delta` and takes `ttlMs`; an existing one keeps its lifetime.
   * On `text` and `bytes` the counter is stored as decimal text; on `reference` as a number.
   * @throws NotANumberError when the stored value or the sum is no safe integer; the entry stays as it is
   */
  increment(key: string, delta: number, ttlMs: number | undefined, call: BackendCall): MaybePromise<number>;
  /** Sets the lifetime (`undefined` lifts it); answers whether the key was there. */
  expire(key: string, ttlMs: number | undefined, call: BackendCall): MaybePromise<boolean>;
  /**
   * Like `expire`, but changes nothing where the value begins with `beginning` (ASCII), or may: `undefined` then, and also where
   * that cannot be told from an absent key. Offered where this saves reading the value first.
   */
  expireUnless?(
    key: string,
    ttlMs: number | undefined,
    beginning: string,
    call: BackendCall,
  ): MaybePromise<boolean | undefined>;
  /** Remaining ms, `null` = never expires, `undefined` = no such key. */
  ttl(key: string, call: BackendCall): MaybePromise<number | null | undefined>;
  /** Deletes the keys that begin with `prefix`, compared literally; `''` = everything this backend holds. */
  clear(prefix: string, call: BackendCall): MaybePromise<void>;
  /** The vendor client's own command. No namespace, no serializer. */
  raw(command: string, args: readonly unknown[], call: BackendCall): MaybePromise<unknown>;

  /** Connects now instead of on first use; rejects when that fails. */
  connect?(): Promise<void>;
  /** Releases what this backend opened. Idempotent; never touches a client that was given to it. */
  close(): Promise<void>;
}

/** What a backend gets to know about the cache it is built for. */
export interface BackendContext {
  /** The cache's name. */
  readonly cache: string;
  readonly clock: Clock;
}

/** Makes backends: a registry can build, replace and re-create a cache from it. */
export interface BackendFactory {
  readonly backendName: string;
  create(context: BackendContext): Backend;
}

/**
 * Declares a backend of your own, to be used in any configuration: `{ backend: defineBackend('sqlite', () => new Sqlite(file)) }`.
 * @param name how it is called in messages
 * @param create builds one, synchronously; must not connect before the first command
 * @throws ConfigError when the name is no text, or `create` no function
 */
export function defineBackend(name: string, create: (context: BackendContext) => Backend): BackendFactory {
  if (typeof name !== 'string' || name === '')
    throw new ConfigError('defineBackend: the name comes first; give a text that is not empty');
  if (typeof create !== 'function')
    throw new ConfigError(`defineBackend: create is of type ${typeof create}; give a function that makes a backend`);
  return { backendName: name, create };
}
