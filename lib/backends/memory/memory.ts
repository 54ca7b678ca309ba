import type { Backend, BackendCall, BackendCapabilities, BackendContext, Wire } from '../../contracts/backend.js';
import type { CopyStore } from '../../contracts/near.js';
import { addTo, writeCounter } from './counter.js';
import { NO_SLOT } from './entry-store.js';
import { Adaptive } from './eviction/adaptive.js';
import { Lru } from './eviction/lru.js';
import { asKind } from './kind.js';
import { LiveEntries } from './live-entries.js';
import { MemoryLocks } from './locks.js';
import { checkContext, readMemoryOptions, type MemoryOptions } from './memory-options.js';
import { Removals } from './removals.js';
import { runRaw } from './raw-commands.js';
import { SlotStore } from './slot-store.js';
import { MemoryVersions } from './versions.js';

/**
 * A bounded store in this process.
 * @param context what `defineBackend` hands to its function
 * @throws ConfigError when a bound is no whole number above 0, there is no such policy or option, or there is no clock
 */
export function memoryBackend(options: MemoryOptions, context: BackendContext): MemoryBackend {
  const { clock } = checkContext(context);
  const { policy, onEviction, ...bounds } = readMemoryOptions(options);
  const rule = policy === 'lru' ? new Lru() : new Adaptive(bounds.maxEntries);
  const store = new SlotStore(bounds, rule, new Removals(onEviction), clock);
  return new MemoryBackend(new LiveEntries(store, clock));
}

/** Of calls that say nothing of themselves. */
const BARE: Pick<BackendCall, 'namespace'> = { namespace: '' };

/** The commands on memory. They answer at once, never with a promise. */
export class MemoryBackend implements Backend {
  readonly name = 'memory';
  readonly capabilities: BackendCapabilities = { wire: 'reference', ttlResolutionMs: 1, shared: false };
  readonly locks: MemoryLocks;
  readonly versions: MemoryVersions;
  readonly #entries: LiveEntries;

  constructor(entries: LiveEntries) {
    this.#entries = entries;
    this.locks = new MemoryLocks(entries.clock);
    this.versions = new MemoryVersions(entries);
  }

  /** The entries themselves, for those who want to hold on to one. */
  get near(): CopyStore {
    return this.#entries;
  }

  get(key: string, call: BackendCall): Wire | undefined {
    const slot = this.#entries.read(key);
    return slot === NO_SLOT ? undefined : asKind(this.#entries.valueOf(slot), call.wire);
  }

  multiGet(keys: readonly string[], call: BackendCall): (Wire | undefined)[] {
    return keys.map((key) => this.get(key, call));
  }

  set(key: string, wire: Wire, ttlMs: number | undefined, { namespace } = BARE): void {
    this.#entries.put(key, wire, ttlMs, namespace);
  }

  multiSet(entries: readonly (readonly [string, Wire])[], ttlMs: number | undefined, { namespace } = BARE): void {
    for (const [key, wire] of entries) this.#entries.put(key, wire, ttlMs, namespace);
  }

  add(key: string, wire: Wire, ttlMs: number | undefined, { namespace } = BARE): boolean {
    if (this.exists(key)) return false;
    this.#entries.put(key, wire, ttlMs, namespace);
    // What is heavier than the whole store was not kept.
    return this.exists(key);
  }

  delete(keys: readonly string[]): number {
    let deleted = 0;
    for (const key of keys) {
      const slot = this.#entries.slotOf(key);
      if (slot === NO_SLOT) continue;
      this.#entries.remove(slot);
      deleted++;
    }
    return deleted;
  }

  exists(key: string): boolean {
    return this.#entries.slotOf(key) !== NO_SLOT;
  }

  increment(key: string, delta: number, ttlMs: number | undefined, { namespace, wire }: BackendCall): number {
    const slot = this.#entries.slotOf(key);
    if (slot === NO_SLOT) {
      this.#entries.put(key, writeCounter(delta, wire), ttlMs, namespace);
      return delta;
    }
    const count = addTo(this.#entries.valueOf(slot), delta, wire);
    this.#entries.rewrite(slot, writeCounter(count, wire));
    return count;
  }

  expire(key: string, ttlMs: number | undefined): boolean {
    const slot = this.#entries.slotOf(key);
    if (slot === NO_SLOT) return false;
    this.#entries.expire(slot, ttlMs);
    return true;
  }

  /** Rounded up to whole milliseconds: what is alive never has `0` left. */
  ttl(key: string): number | null | undefined {
    const slot = this.#entries.slotOf(key);
    if (slot === NO_SLOT) return undefined;
    const expiresAt = this.#entries.expiryOf(slot);
    return expiresAt === Infinity ? null : Math.ceil(expiresAt - this.#entries.clock.now());
  }

  clear(prefix: string): void {
    this.#entries.clear(prefix);
  }

  /** See {@link MemoryRawCommands}. */
  raw(command: string, args: readonly unknown[]): unknown {
    return runRaw(this.#entries, command, args);
  }

  /** Drops everything. */
  async close(): Promise<void> {
    this.clear('');
    this.#entries.stop();
  }
}
