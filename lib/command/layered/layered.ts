import type { Backend, BackendCall, Wire } from '../../contracts/backend.js';
import type { LoadFences } from '../../contracts/load-fences.js';
import type { LockStore } from '../../contracts/locks.js';
import type { VersionedStore } from '../../contracts/versions.js';
import { BackendUnavailableError } from '../../errors.js';
import type { Clock } from '../../util/clock.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import { holdBreaker } from '../breakers.js';
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
  /** When the middle tier is left alone; `undefined` = never. */
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
  readonly #debts = new Debts();
  readonly #promotions: Promotions;
  readonly #changes: Changes;
  #releaseBreaker: (() => void) | undefined;

  constructor({ upper, lower, patience, breaker, cache, clock }: LayeredSpec) {
    const [above, below] = [upper.backend, lower.backend];
    this.name = `${above.name} over ${below.name}`;
    this.capabilities = commonCapabilities(above.capabilities, below.capabilities);
    this.identity = below.identity ?? below;
    this.#upper = upper;
    this.#lower = lower;
    const held = breaker && holdBreaker(above.identity ?? above, breaker, clock, 'middle tier: ');
    this.#releaseBreaker = held?.release;
    this.#middle = new Middle(above, patience, held?.breaker, cache);
    this.#promotions = new Promotions(this.#middle, below, upper.ttlMs, this.#debts);
    this.#changes = new Changes(this.#middle, this.#promotions, this.#debts);
    if (below.locks) this.locks = below.locks;
    if (below.versions) this.versions = this.#versionsOf(below.versions);
    if (below.expireUnless) {
      const options = { changed: (answer: boolean | undefined) => answer !== undefined };
      this.expireUnless = (key, ttlMs, beginning, call) =>
        this.#change({ keys: [key] }, call, () => below.expireUnless!(key, ttlMs, beginning, call), options);
    }
    if (below.fences) this.fences = layeredFences(below.fences, this.#middle, this.#promotions, this.#changes);
  }

  async get(key: string, call: BackendCall): Promise<Wire | undefined> {
    const { backend } = this.#upper;
    if (this.#debts.owes(key)) return this.#lower.backend.get(key, call);
    let copy: Wire | undefined;
    try {
      copy = await this.#middle.read((own) => backend.get(key, own), call);
    } catch {
      return this.#lower.backend.get(key, call);
    }
    if (copy !== undefined) return copy;
    const tickets = await this.#promotions.begin([key], call);
    const found = await this.#reading(tickets, () => this.#lower.backend.get(key, call));
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
      const answers = await this.#reading(tickets, () => this.#lower.backend.multiGet(missing, call));
      const found = new Map(missing.map((key, index) => [key, answers[index]]));
      this.#promotions.end(tickets, found, call);
      for (const [key, value] of found) copies.set(key, value);
    }
    return keys.map((key) => copies.get(key));
  }

  set(key: string, wire: Wire, ttlMs: number | undefined, call: BackendCall): Promise<void> {
    return this.#change({ keys: [key] }, call, (lower) => lower.set(key, wire, ttlMs, call));
  }

  multiSet(
    entries: readonly (readonly [key: string, wire: Wire])[],
    ttlMs: number | undefined,
    call: BackendCall,
  ): Promise<void> {
    const keys = entries.map(([key]) => key);
    return this.#change({ keys }, call, (lower) => lower.multiSet(entries, ttlMs, call));
  }

  /** Its answer cannot be had twice: it stands, though the middle tier could not be told. */
  add(key: string, wire: Wire, ttlMs: number | undefined, call: BackendCall): Promise<boolean> {
    const options = { reports: false, changed: (added: boolean) => added };
    return this.#change({ keys: [key] }, call, (lower) => lower.add(key, wire, ttlMs, call), options);
  }

  delete(keys: readonly string[], call: BackendCall): Promise<number> {
    return this.#change({ keys }, call, (lower) => lower.delete(keys, call));
  }

  exists(key: string, call: BackendCall): MaybePromise<boolean> {
    return this.#lower.backend.exists(key, call);
  }

  /** Like `add`: repeated, it would count twice. */
  increment(key: string, delta: number, ttlMs: number | undefined, call: BackendCall): Promise<number> {
    const run = (lower: Backend): MaybePromise<number> => lower.increment(key, delta, ttlMs, call);
    return this.#change({ keys: [key] }, call, run, { reports: false });
  }

  expire(key: string, ttlMs: number | undefined, call: BackendCall): Promise<boolean> {
    return this.#change({ keys: [key] }, call, (lower) => lower.expire(key, ttlMs, call));
  }

  ttl(key: string, call: BackendCall): MaybePromise<number | null | undefined> {
    return this.#lower.backend.ttl(key, call);
  }

  clear(prefix: string, call: BackendCall): Promise<void> {
    return this.#change({ prefix }, call, (lower) => lower.clear(prefix, call));
  }

  raw(command: string, args: readonly unknown[], call: BackendCall): MaybePromise<unknown> {
    return this.#lower.backend.raw(command, args, call);
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
    this.#releaseBreaker?.();
    this.#releaseBreaker = undefined;
    const owned = [this.#upper, this.#lower].filter((layer) => layer.owned);
    await Promise.all(owned.map(({ backend }) => backend.close()));
  }

  #change<T>(
    scope: Scope,
    call: BackendCall,
    run: (lower: Backend) => MaybePromise<T>,
    options: Partial<Pick<Change<T>, 'reports' | 'changed'>> = {},
  ): Promise<T> {
    return this.#changes.make({ scope, call, run: () => run(this.#lower.backend), reports: true, ...options });
  }

  async #reading<T>(tickets: Parameters<Promotions['abandon']>[0], read: () => MaybePromise<T>): Promise<T> {
    try {
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
