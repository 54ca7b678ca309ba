import type { Backend, BackendCall, Wire } from '../../contracts/backend.js';
import type { LoadFences } from '../../contracts/load-fences.js';
import type { LockStore } from '../../contracts/locks.js';
import type { VersionedStore } from '../../contracts/versions.js';
import { BackendUnavailableError } from '../../errors.js';
import type { Clock } from '../../util/clock.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import { type HeldBreaker, holdBreaker } from '../breakers.js';
import { guard, type GuardedBackend } from '../guard.js';
import type { Breaker } from '../breaker.js';
import type { BreakerSpec } from '../stack-spec.js';
import { commonCapabilities } from './capabilities.js';
import { Changes, type Change } from './changes.js';
import { Debts, type Scope } from './debts.js';
import { layeredFences } from './layered-fences.js';
import { Middle, type Patience } from './middle.js';
import { Promotions } from './promotion.js';

/** One of the two. */
export interface Layer {
  readonly backend: Backend;
  /** Whether it is closed with the whole. */
  readonly owned: boolean;
}

export interface LayeredSpec {
  /** In the middle: holds copies. */
  readonly upper: Layer & {
    /** Longest life of a copy; `undefined` = as long as the entry. */
    readonly ttlMs: number | undefined;
  };
  /** The store of record. */
  readonly lower: Layer;
  readonly patience: Patience;
  /** When either of them is left alone; `undefined` = never. */
  readonly breaker: BreakerSpec | undefined;
  readonly cache: string;
  readonly clock: Clock;
}

/**
 * A fast shared backend in front of the one that keeps the entries, as one backend. The lower one is right: what the upper one
 * lacks, or does not answer in time, comes from there, and every change is made there first. Then the upper one drops its copy.
 */
export class LayeredBackend implements Backend {
  readonly name: string;
  readonly capabilities;
  /** That of the store of record: its breaker, and the fences of its entries, are those of every cache on it. */
  readonly identity: unknown;
  readonly versions?: VersionedStore;
  readonly locks?: LockStore;
  readonly fences?: LoadFences;
  readonly expireUnless?: NonNullable<Backend['expireUnless']>;
  readonly #upper: Layer;
  readonly #lower: Layer;
  readonly #middle: Middle;
  /** The store of record, seen by its breaker. Nothing else is: the middle tier answers while that is open. */
  readonly #record: GuardedBackend;
  readonly #debts = new Debts();
  readonly #promotions: Promotions;
  readonly #changes: Changes;
  readonly #breakers: HeldBreaker[] = [];

  constructor({ upper, lower, patience, breaker, cache, clock }: LayeredSpec) {
    const [above, below] = [upper.backend, lower.backend];
    this.name = `${above.name} over ${below.name}`;
    this.capabilities = commonCapabilities(above.capabilities, below.capabilities);
    this.identity = below.identity ?? below;
    this.#upper = upper;
    this.#lower = lower;
    const hold = (identity: unknown, role?: string): Breaker | undefined => {
      if (breaker === undefined) return undefined;
      const held = holdBreaker(identity, breaker, clock, role);
      this.#breakers.push(held);
      return held.breaker;
    };
    this.#middle = new Middle(above, patience, hold(above.identity ?? above, 'middle tier: '), cache);
    this.#record = guard(below, hold(this.identity), cache);
    this.#promotions = new Promotions(
      this.#middle,
      new Middle(below, patience, undefined, cache),
      upper.ttlMs,
      this.#debts,
    );
    this.#changes = new Changes(this.#middle, this.#promotions, this.#debts);
    const { locks, versions, expireUnless, fences } = this.#record;
    if (locks) this.locks = locks;
    if (versions) this.versions = this.#versionsOf(versions);
    if (expireUnless) {
      const options = { changed: (answer: boolean | undefined) => answer !== undefined };
      this.expireUnless = (key, ttlMs, beginning, call) =>
        this.#change({ keys: [key] }, call, () => expireUnless(key, ttlMs, beginning, call), options);
    }
    if (fences) this.fences = layeredFences(fences, this.#middle, this.#promotions, this.#changes);
  }

  async get(key: string, call: BackendCall): Promise<Wire | undefined> {
    const { backend } = this.#upper;
    if (this.#debts.owes(key)) return this.#record.get(key, call);
    let copy: Wire | undefined;
    try {
      copy = await this.#middle.read((own) => backend.get(key, own), call);
    } catch {
      return this.#reading([], call, () => this.#record.get(key, call));
    }
    if (copy !== undefined) return copy;
    const tickets = await this.#promotions.begin([key], call);
    const found = await this.#reading(tickets, call, () => this.#record.get(key, call));
    this.#promotions.end(tickets, new Map(found === undefined ? [] : [[key, found]]), call);
    return found;
  }

  async multiGet(keys: readonly string[], call: BackendCall): Promise<(Wire | undefined)[]> {
    const { backend } = this.#upper;
    const asked = keys.filter((key) => !this.#debts.owes(key));
    const copies = new Map<string, Wire>();
    let healthy = true;
    if (asked.length > 0) {
      try {
        const answers = await this.#middle.read((own) => backend.multiGet(asked, own), call);
        answers.forEach((copy, index) => copy !== undefined && copies.set(asked[index]!, copy));
      } catch {
        healthy = false;
      }
    }
    const missing = [...new Set(keys)].filter((key) => !copies.has(key));
    if (missing.length > 0) {
      const tickets = healthy ? await this.#promotions.begin(missing, call) : [];
      const answers = await this.#reading(tickets, call, () => this.#record.multiGet(missing, call));
      const found = new Map(missing.map((key, index) => [key, answers[index]]));
      this.#promotions.end(tickets, found, call);
      for (const [key, value] of found) copies.set(key, value);
    }
    return keys.map((key) => copies.get(key));
  }

  set(key: string, wire: Wire, ttlMs: number | undefined, call: BackendCall): Promise<void> {
    return this.#change({ keys: [key] }, call, (record) => record.set(key, wire, ttlMs, call));
  }

  multiSet(
    entries: readonly (readonly [key: string, wire: Wire])[],
    ttlMs: number | undefined,
    call: BackendCall,
  ): Promise<void> {
    const keys = entries.map(([key]) => key);
    return this.#change({ keys }, call, (record) => record.multiSet(entries, ttlMs, call));
  }

  /** Its answer cannot be had twice: it stands, though the middle tier could not be told. */
  add(key: string, wire: Wire, ttlMs: number | undefined, call: BackendCall): Promise<boolean> {
    const options = { reports: false, changed: (added: boolean) => added };
    return this.#change({ keys: [key] }, call, (record) => record.add(key, wire, ttlMs, call), options);
  }

  delete(keys: readonly string[], call: BackendCall): Promise<number> {
    return this.#change({ keys }, call, (record) => record.delete(keys, call));
  }

  exists(key: string, call: BackendCall): MaybePromise<boolean> {
    return this.#record.exists(key, call);
  }

  /** Like `add`: repeated, it would count twice. */
  increment(key: string, delta: number, ttlMs: number | undefined, call: BackendCall): Promise<number> {
    const run = (record: GuardedBackend): MaybePromise<number> => record.increment(key, delta, ttlMs, call);
    return this.#change({ keys: [key] }, call, run, { reports: false });
  }

  expire(key: string, ttlMs: number | undefined, call: BackendCall): Promise<boolean> {
    return this.#change({ keys: [key] }, call, (record) => record.expire(key, ttlMs, call));
  }

  ttl(key: string, call: BackendCall): MaybePromise<number | null | undefined> {
    return this.#record.ttl(key, call);
  }

  clear(prefix: string, call: BackendCall): Promise<void> {
    return this.#change({ prefix }, call, (record) => record.clear(prefix, call));
  }

  raw(command: string, args: readonly unknown[], call: BackendCall): MaybePromise<unknown> {
    return this.#record.raw(command, args, call);
  }

  async connect(): Promise<void> {
    const reach = async ({ backend }: Layer, place: string): Promise<void> => {
      try {
        await backend.connect?.();
      } catch (cause) {
        throw new BackendUnavailableError(`${place} (${backend.name}) is not there`, { cause });
      }
    };
    await Promise.all([reach(this.#upper, 'the middle tier'), reach(this.#lower, 'the last tier')]);
  }

  async close(): Promise<void> {
    this.#changes.close();
    for (const { release } of this.#breakers.splice(0)) release();
    const owned = [this.#upper, this.#lower].filter((layer) => layer.owned);
    await Promise.all(owned.map(({ backend }) => backend.close()));
  }

  #change<T>(
    scope: Scope,
    call: BackendCall,
    run: (record: GuardedBackend) => MaybePromise<T>,
    options: Partial<Pick<Change<T>, 'reports' | 'changed'>> = {},
  ): Promise<T> {
    return this.#changes.make({ scope, call, run: () => run(this.#record), reports: true, ...options });
  }

  async #reading<T>(
    tickets: Parameters<Promotions['abandon']>[0],
    { signal }: BackendCall,
    read: () => MaybePromise<T>,
  ): Promise<T> {
    try {
      // The middle tier took all the time there was: nobody listens, and a breaker would wait for what nobody follows.
      signal?.throwIfAborted();
      return await read();
    } catch (error) {
      this.#promotions.abandon(tickets);
      throw error;
    }
  }

  #versionsOf(versions: VersionedStore): VersionedStore {
    return {
      read: (key, call) => versions.read(key, call),
      compareAndSet: (key, version, wire, ttlMs, call) =>
        this.#changes.make({
          scope: { keys: [key] },
          call,
          run: () => versions.compareAndSet(key, version, wire, ttlMs, call),
          changed: (written) => written !== undefined,
          reports: false,
        }),
    };
  }
}
