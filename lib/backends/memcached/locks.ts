import type { LockGranted, LockHeld, LockStore } from '../../contracts/locks.js';
import { Opcode, Status } from './packet.js';
import type { Servers } from './servers.js';
import { expirationOf, storage } from './storage.js';
import { wireKey } from './wire-key.js';

/** A lock nobody asked for in so long begins to count anew, from the clock. */
const TOKENS_LIVE_S = 30 * 24 * 3_600 - 1;
const SOON_MS = 200;

/** Who holds a lock, and until when by their own clock. */
interface Holder {
  readonly owner: string;
  readonly endsAt: number;
}

/** Locks as entries that are added, and ended, only by their owner. Leases are rounded up to seconds, plus one. */
export class MemcachedLocks implements LockStore {
  readonly #servers: Servers;

  constructor(servers: Servers) {
    this.#servers = servers;
  }

  async acquire(lock: string, owner: string, leaseMs: number): Promise<LockGranted | LockHeld> {
    const key = wireKey(lock, '');
    for (;;) {
      const { status } = await this.#servers.one({ opcode: Opcode.add, key, ...held(owner, leaseMs) });
      if (status === Status.ok) return { token: await this.#nextToken(key) };
      const found = await this.#servers.get(key);
      if (found === undefined) continue;
      const holder = read(found.value);
      if (holder.owner === owner) {
        if (await this.renew(lock, owner, leaseMs)) return { token: await this.#nextToken(key) };
        continue;
      }
      return { heldForMs: Math.min(Math.max(holder.endsAt - Date.now(), SOON_MS), leaseMs + SOON_MS) };
    }
  }

  async renew(lock: string, owner: string, leaseMs: number): Promise<boolean> {
    const key = wireKey(lock, '');
    const found = await this.#servers.get(key);
    if (found === undefined || read(found.value).owner !== owner) return false;
    const { status } = await this.#servers.one({ opcode: Opcode.set, key, cas: found.cas, ...held(owner, leaseMs) });
    return status === Status.ok;
  }

  async release(lock: string, owner: string): Promise<boolean> {
    const key = wireKey(lock, '');
    const found = await this.#servers.get(key);
    if (found === undefined || read(found.value).owner !== owner) return false;
    const { status } = await this.#servers.one({ opcode: Opcode.delete, key, cas: found.cas });
    return status === Status.ok;
  }

  /** Counted while the lock is held, so in the order of the holders. When the counter is lost, the clock is ahead of it. */
  async #nextToken(key: string): Promise<number> {
    const extras = Buffer.alloc(20);
    extras.writeBigUInt64BE(1n, 0);
    extras.writeBigUInt64BE(BigInt(Date.now()) * 1_000n, 8);
    extras.writeUInt32BE(TOKENS_LIVE_S, 16);
    const counter = wireKey(`%token:${key}`, '');
    const { value } = await this.#servers.one({ opcode: Opcode.increment, key: counter, extras });
    return Number(value.readBigUInt64BE());
  }
}

function held(owner: string, leaseMs: number): { value: Buffer; extras: Buffer } {
  return {
    value: Buffer.from(`${owner} ${Date.now() + leaseMs}`),
    extras: storage(0, expirationOf(Math.ceil(leaseMs / 1_000) + 1)),
  };
}

function read(value: Buffer): Holder {
  const [owner = '', endsAt] = value.toString('latin1').split(' ');
  return { owner, endsAt: Number(endsAt) };
}
