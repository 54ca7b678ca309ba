import type { Backend, BackendCall, BackendCapabilities, BackendContext, Wire } from '../../contracts/backend.js';
import type { CopyStore } from '../../contracts/near.js';
import { addTo, writeCounter } from './counter.js';
import type { EntryStore } from './entry-store.js';
import { asKind } from './kind.js';
import { LiveEntries } from './live-entries.js';
import { MemoryLocks } from './locks.js';
import { LruStore } from './lru-store.js';
import { readMemoryOptions, type MemoryOptions } from './memory-options.js';
import { runRaw } from './raw-commands.js';
import { MemoryVersions } from './versions.js';

/**
 * A bounded store in this process.
 * @throws ConfigError when a bound is no whole number above 0
 */
export function memoryBackend(options: MemoryOptions, { clock }: BackendContext): MemoryBackend {
  const store: EntryStore = new LruStore(readMemoryOptions(options), clock);
  return new MemoryBackend(new LiveEntries(store, clock));
}

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
    const entry = this.#entries.find(key);
    if (entry === undefined) return undefined;
    this.#entries.touch(entry);
    return asKind(entry.value, call.wire);
  }

  multiGet(keys: readonly string[], call: BackendCall): (Wire | undefined)[] {
    return keys.map((key) => this.get(key, call));
  }

  set(key: string, wire: Wire, ttlMs: number | undefined): void {
    this.#entries.put(key, wire, ttlMs);
  }

  multiSet(entries: readonly (readonly [string, Wire])[], ttlMs: number | undefined): void {
    for (const [key, wire] of entries) this.#entries.put(key, wire, ttlMs);
  }

  add(key: string, wire: Wire, ttlMs: number | undefined): boolean {
    if (this.exists(key)) return false;
    this.#entries.put(key, wire, ttlMs);
    // What is heavier than the whole store was not kept.
    return this.exists(key);
  }

  delete(keys: readonly string[]): number {
    let deleted = 0;
    for (const key of keys) {
      const entry = this.#entries.find(key);
      if (entry === undefined) continue;
      this.#entries.remove(entry);
      deleted++;
    }
    return deleted;
  }

  exists(key: string): boolean {
    return this.#entries.find(key) !== undefined;
  }

  increment(key: string, delta: number, ttlMs: number | undefined, { wire }: BackendCall): number {
    const entry = this.#entries.find(key);
    if (entry === undefined) {
      this.#entries.put(key, writeCounter(delta, wire), ttlMs);
      return delta;
    }
    const count = addTo(entry.value, delta, wire);
    this.#entries.rewrite(entry, writeCounter(count, wire));
    return count;
  }

  expire(key: string, ttlMs: number | undefined): boolean {
    const entry = this.#entries.find(key);
    if (entry === undefined) return false;
    entry.expiresAt = this.#entries.expiryOf(ttlMs);
    return true;
  }

  /** Rounded up to whole milliseconds: what is alive never has `0` left. */
  ttl(key: string): number | null | undefined {
    const entry = this.#entries.find(key);
    if (entry === undefined) return undefined;
    return entry.expiresAt === Infinity ? null : Math.ceil(entry.expiresAt - this.#entries.clock.now());
  }

  clear(prefix: string): void {
    for (const entry of this.#entries.startingWith(prefix)) this.#entries.remove(entry);
  }

  /** See {@link MemoryRawCommands}. */
  raw(command: string, args: readonly unknown[]): unknown {
    return runRaw(this.#entries, command, args);
  }

  /** Drops everything. */
  async close(): Promise<void> {
    this.clear('');
  }
}
