import type { BackendCall, Wire } from '../../contracts/backend.js';
import type { LoadToken } from '../../contracts/load-fences.js';
import { ignoreRejection } from '../../util/maybe-promise.js';
import type { Debts, Scope } from './debts.js';
import type { Middle } from './middle.js';

/** A key on its way into the middle tier. */
export interface Ticket {
  readonly key: string;
  token: LoadToken;
  /** It was changed by this process meanwhile. */
  spoilt: boolean;
}

/** Beyond so many at the same time nothing is copied: copying must not become a queue of its own. */
const MOST = 1_000;

/**
 * Copies what was read from the store of record into the middle tier, behind the reader's back. With a token that was taken
 * before the reading, so that nothing lands after an invalidation; where the tier has no tokens, only where nothing is.
 */
export class Promotions {
  readonly #under = new Map<string, Ticket>();

  constructor(
    private readonly middle: Middle,
    /** The store of record. Nobody waits for what is asked here, so it has a deadline as well. */
    private readonly record: Middle,
    private readonly ttlMs: number | undefined,
    private readonly debts: Debts,
  ) {}

  /** Before the reading. Those that are not to be copied are left out. */
  async begin(keys: readonly string[], call: BackendCall): Promise<Ticket[]> {
    const free = [...new Set(keys)].filter((key) => !this.#under.has(key) && !this.debts.owes(key));
    if (free.length === 0 || this.#under.size + free.length > MOST) return [];
    const { fences } = this.middle.backend;
    const tickets: Ticket[] = free.map((key) => ({ key, token: undefined, spoilt: false }));
    for (const ticket of tickets) this.#under.set(ticket.key, ticket);
    if (fences === undefined) return tickets;
    try {
      const tokens = await this.middle.read((own) => fences.take(free, own), call);
      tickets.forEach((ticket, index) => (ticket.token = tokens[index]));
      return tickets;
    } catch {
      this.abandon(tickets);
      return [];
    }
  }

  abandon(tickets: readonly Ticket[]): void {
    for (const ticket of tickets) if (this.#under.get(ticket.key) === ticket) this.#under.delete(ticket.key);
  }

  /** After the reading: copies what was found. */
  end(tickets: readonly Ticket[], found: ReadonlyMap<string, Wire>, call: BackendCall): void {
    const { wire, namespace } = call;
    for (const ticket of tickets) {
      const value = found.get(ticket.key);
      if (value === undefined) this.abandon([ticket]);
      else {
        const copied = this.#copy(ticket, value, { wire, namespace, signal: undefined });
        ignoreRejection(copied.finally(() => this.abandon([ticket])));
      }
    }
  }

  /** Somebody in this process changes this: what is on its way may be outdated. */
  spoil(scope: Scope): void {
    if (this.#under.size === 0) return;
    if ('prefix' in scope) {
      for (const [key, ticket] of this.#under) if (key.startsWith(scope.prefix)) ticket.spoilt = true;
      return;
    }
    for (const key of scope.keys) {
      const ticket = this.#under.get(key);
      if (ticket !== undefined) ticket.spoilt = true;
    }
  }

  /** How long a copy may live of what has `leftMs` to live, known `sinceMs` ago. `0` = too short to be worth it. */
  lifetime(leftMs: number | undefined, sinceMs: number): number | undefined {
    if (leftMs === undefined && this.ttlMs === undefined) return undefined;
    // It may arrive as late as its deadline, and must not outlive its original for all that.
    const left = (leftMs ?? Infinity) - sinceMs - this.middle.patience.readMs;
    const { ttlResolutionMs } = this.middle.backend.capabilities;
    return Math.max(0, Math.floor(Math.min(left, this.ttlMs ?? Infinity) / ttlResolutionMs) * ttlResolutionMs);
  }

  async #copy(ticket: Ticket, wire: Wire, call: BackendCall): Promise<void> {
    const { key, token } = ticket;
    const { backend, patience } = this.middle;
    const { fences } = backend;
    if (fences !== undefined && token === undefined) return;
    const asked = performance.now();
    const left = await this.record.change((own) => this.record.backend.ttl(key, own), call);
    if (left === undefined || ticket.spoilt) return;
    const ttlMs = this.lifetime(left ?? undefined, performance.now() - asked);
    if (ttlMs === 0) return;
    await this.middle.read<unknown>(
      (own) =>
        fences === undefined
          ? backend.add(key, wire, ttlMs, own)
          : fences.store([{ key, wire, token }], ttlMs, patience.readMs, own),
      call,
    );
  }
}
