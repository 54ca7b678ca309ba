import type { Backend, BackendCall, BackendCapabilities, Wire } from '../../contracts/backend.js';
import type { LoadFences, LoadToken } from '../../contracts/load-fences.js';
import type { LockStore } from '../../contracts/locks.js';
import type { VersionedStore } from '../../contracts/versions.js';
import type { Clock } from '../../util/clock.js';
import { ignoreRejection, type MaybePromise } from '../../util/maybe-promise.js';
import type { BreakerSpec } from '../stack-spec.js';
import { FastStore, NO_ANSWER } from './fast-store.js';
import { callIn, Outdated } from './outdated.js';

export interface LayersSpec {
  /** Shared by all processes; what it has may be gone at any time. */
  readonly fast: Backend;
  /** The store of record. */
  readonly record: Backend;
  /** Longest life of an entry in the fast store, in ms; `undefined` = as long as in the store of record. */
  readonly ttlMs: number | undefined;
  /** Of the fast store. */
  readonly breaker: BreakerSpec;
  readonly clock: Clock;
  /** Which of them are closed with the cache. */
  readonly owns: { readonly fast: boolean; readonly record: boolean };
}

const KINDS = ['text', 'bytes', 'reference'] as const;

/**
 * Two shared stores as one. The store of record has every entry: all writes go there first, and their failures are the
 * caller's. The fast one has entries that were read lately: reads ask it first, and bring along what it lacks. It only
 * ever loses entries by writes, so that two writers cannot leave different values in the two stores. When it is away,
 * slow or empty the store of record answers; deletions that it did not carry out are made up for.
 */
export class LayeredBackend implements Backend {
  readonly name: string;
  readonly capabilities: BackendCapabilities;
  /** Everything that counts is there, whoever else uses the fast one. */
  readonly identity: unknown;
  readonly locks?: LockStore;
  readonly versions?: VersionedStore;
  readonly fences?: LoadFences;
  readonly #record: Backend;
  readonly #fast: FastStore;
  readonly #fences: LoadFences | undefined;
  readonly #outdated: Outdated;
  readonly #ttlMs: number | undefined;
  readonly #connectFast: (() => Promise<void>) | undefined;
  readonly #owns: LayersSpec['owns'];

  constructor({ fast, record, ttlMs, breaker, clock, owns }: LayersSpec) {
    this.name = `${fast.name} in front of ${record.name}`;
    this.capabilities = weaker(fast.capabilities, record.capabilities);
    this.identity = record.identity ?? record;
    this.#record = record;
    this.#fast = new FastStore(fast, breaker, clock);
    this.#fences = fast.fences;
    this.#outdated = new Outdated(this.#fast);
    this.#ttlMs = ttlMs;
    this.#owns = owns;
    this.#connectFast = fast.connect?.bind(fast);
    if (record.locks !== undefined) this.locks = record.locks;
    if (record.versions !== undefined) this.versions = this.#watchedVersions(record.versions);
    if (record.fences !== undefined) this.fences = this.#watchedFences(record.fences);
  }

  async get(key: string, call: BackendCall): Promise<Wire | undefined> {
    return (await this.multiGet([key], call))[0];
  }

  async multiGet(keys: readonly string[], call: BackendCall): Promise<(Wire | undefined)[]> {
    const readable = keys.filter((key) => !this.#outdated.has(key));
    const answer = readable.length === 0 ? NO_ANSWER : await this.#fast.ask((fast) => fast.multiGet(readable, call));
    const found = new Map<string, Wire>();
    if (answer !== NO_ANSWER) readable.forEach((key, index) => found.set(key, answer[index]));
    const missing = [...new Set(keys)].filter((key) => found.get(key) === undefined);
    if (missing.length > 0) {
      const tokens = answer === NO_ANSWER ? NO_ANSWER : await this.#takeTokens(missing, call);
      const wires = await this.#record.multiGet(missing, call);
      missing.forEach((key, index) => {
        found.set(key, wires[index]);
        if (tokens !== NO_ANSWER && wires[index] !== undefined)
          ignoreRejection(this.#bringAlong(key, wires[index], tokens[index], call));
      });
    }
    return keys.map((key) => found.get(key));
  }

  set(key: string, wire: Wire, ttlMs: number | undefined, call: BackendCall): Promise<void> {
    return this.#replacing([key], call, () => this.#record.set(key, wire, ttlMs, call));
  }

  multiSet(
    entries: readonly (readonly [key: string, wire: Wire])[],
    ttlMs: number | undefined,
    call: BackendCall,
  ): Promise<void> {
    const keys = entries.map(([key]) => key);
    return this.#replacing(keys, call, () => this.#record.multiSet(entries, ttlMs, call));
  }

  add(key: string, wire: Wire, ttlMs: number | undefined, call: BackendCall): Promise<boolean> {
    return this.#replacing([key], call, () => this.#record.add(key, wire, ttlMs, call));
  }

  delete(keys: readonly string[], call: BackendCall): Promise<number> {
    return this.#replacing(keys, call, () => this.#record.delete(keys, call));
  }

  exists(key: string, call: BackendCall): MaybePromise<boolean> {
    return this.#record.exists(key, call);
  }

  increment(key: string, delta: number, ttlMs: number | undefined, call: BackendCall): Promise<number> {
    return this.#replacing([key], call, () => this.#record.increment(key, delta, ttlMs, call));
  }

  expire(key: string, ttlMs: number | undefined, call: BackendCall): Promise<boolean> {
    return this.#replacing([key], call, () => this.#record.expire(key, ttlMs, call));
  }

  ttl(key: string, call: BackendCall): MaybePromise<number | null | undefined> {
    return this.#record.ttl(key, call);
  }

  clear(prefix: string, call: BackendCall): Promise<void> {
    return finishing(this.#outdated.beginAll(prefix, call), () => this.#record.clear(prefix, call));
  }

  /** Of the store of record. */
  raw(command: string, args: readonly unknown[], call: BackendCall): MaybePromise<unknown> {
    return this.#record.raw(command, args, call);
  }

  async connect(): Promise<void> {
    await Promise.all([this.#record.connect?.(), this.#connectFast?.()]);
  }

  async close(): Promise<void> {
    this.#outdated.close();
    this.#fast.release();
    await Promise.all([this.#owns.record && this.#record.close(), this.#owns.fast && this.#fast.close()]);
  }

  #replacing<T>(keys: readonly string[], call: BackendCall, write: () => MaybePromise<T>): Promise<T> {
    return finishing(this.#outdated.begin(keys, call), write);
  }

  /** From before the store of record is read: what another process changes meanwhile must not be brought along. */
  async #takeTokens(keys: readonly string[], call: BackendCall): Promise<readonly LoadToken[] | typeof NO_ANSWER> {
    if (this.#fences === undefined) return keys.map(() => undefined);
    return this.#fast.ask(() => this.#fences!.take(keys, call));
  }

  /** Nobody waits for that. */
  async #bringAlong(key: string, wire: Wire, token: LoadToken, { namespace, wire: kind }: BackendCall): Promise<void> {
    const call = callIn(namespace, kind);
    const leftMs = await this.#record.ttl(key, call);
    if (leftMs === undefined || this.#outdated.has(key)) return;
    const ttlMs = Math.min(this.#ttlMs ?? Infinity, leftMs ?? Infinity);
    const lasts = ttlMs === Infinity ? undefined : ttlMs;
    await this.#fast.ask((fast) =>
      token === undefined
        ? fast.add(key, wire, lasts, call)
        : this.#fences!.store([{ key, wire, token }], lasts, undefined, call),
    );
  }

  #watchedVersions(versions: VersionedStore): VersionedStore {
    return {
      read: (key, call) => versions.read(key, call),
      compareAndSet: (key, version, wire, ttlMs, call) =>
        this.#replacing([key], call, () => versions.compareAndSet(key, version, wire, ttlMs, call)),
    };
  }

  #watchedFences(fences: LoadFences): LoadFences {
    return {
      take: (keys, call) => fences.take(keys, call),
      store: (entries, ttlMs, withinMs, call) =>
        this.#replacing(
          entries.map(({ key }) => key),
          call,
          () => fences.store(entries, ttlMs, withinMs, call),
        ),
    };
  }
}

/** Whatever becomes of a write, it may have happened. */
async function finishing<T>(finish: () => Promise<void>, write: () => MaybePromise<T>): Promise<T> {
  try {
    return await write();
  } finally {
    await finish();
  }
}

function weaker(fast: BackendCapabilities, record: BackendCapabilities): BackendCapabilities {
  const { maxValueBytes } = record;
  const keyBytes = Math.min(fast.maxKeyBytes ?? Infinity, record.maxKeyBytes ?? Infinity);
  return {
    wire: KINDS[Math.min(KINDS.indexOf(fast.wire), KINDS.indexOf(record.wire))]!,
    ttlResolutionMs: Math.max(fast.ttlResolutionMs, record.ttlResolutionMs),
    shared: true,
    clears: fast.clears === 'namespace' || record.clears === 'namespace' ? 'namespace' : 'prefix',
    ...(keyBytes !== Infinity && { maxKeyBytes: keyBytes }),
    ...(maxValueBytes !== undefined && { maxValueBytes }),
  };
}
