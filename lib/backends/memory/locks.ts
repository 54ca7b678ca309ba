import type { LockGranted, LockHeld, LockStore } from '../../contracts/locks.js';
import type { Clock } from '../../util/clock.js';

interface Holder {
  readonly owner: string;
  readonly token: number;
  endsAt: number;
}

/** From this many on, those that ended without a release are looked for. */
const MANY = 1_000;

/** Locks between the callers of one process. */
export class MemoryLocks implements LockStore {
  readonly #clock: Clock;
  readonly #holders = new Map<string, Holder>();
  readonly #watchers = new Map<string, Set<() => void>>();
  #lastToken = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  acquire(key: string, owner: string, leaseMs: number): LockGranted | LockHeld {
    const now = this.#clock.now();
    const holder = this.#holders.get(key);
    if (holder !== undefined && holder.endsAt > now) {
      if (holder.owner !== owner) return { heldForMs: holder.endsAt - now };
      holder.endsAt = now + leaseMs;
      return { token: holder.token };
    }
    if (this.#holders.size >= MANY) this.#sweep(now);
    // Ahead of what any earlier process counted to, as on the servers.
    const token = Math.max(this.#lastToken + 1, Date.now() * 1_000);
    this.#lastToken = token;
    this.#holders.set(key, { owner, token, endsAt: now + leaseMs });
    return { token };
  }

  renew(key: string, owner: string, leaseMs: number): boolean {
    const holder = this.#held(key, owner);
    if (holder === undefined) return false;
    holder.endsAt = this.#clock.now() + leaseMs;
    return true;
  }

  release(key: string, owner: string): boolean {
    if (this.#held(key, owner) === undefined) return false;
    this.#holders.delete(key);
    for (const wake of this.#watchers.get(key) ?? []) wake();
    return true;
  }

  watch(key: string, wake: () => void): () => void {
    const watchers = this.#watchers.get(key) ?? new Set();
    this.#watchers.set(key, watchers.add(wake));
    return () => {
      watchers.delete(wake);
      if (watchers.size === 0) this.#watchers.delete(key);
    };
  }

  #held(key: string, owner: string): Holder | undefined {
    const holder = this.#holders.get(key);
    return holder?.owner === owner && holder.endsAt > this.#clock.now() ? holder : undefined;
  }

  #sweep(now: number): void {
    for (const [key, { endsAt }] of this.#holders) if (endsAt <= now) this.#holders.delete(key);
  }
}
