import type { Fence } from '../command/fence.js';
import type { Stack } from '../command/stack.js';
import type { Holding } from '../locks/holding.js';
import { Lock } from '../locks/lock.js';
import { type Bound, obtain } from '../locks/obtain.js';
import { ignoreRejection } from '../util/maybe-promise.js';
import { Allowance } from './allowance.js';
import type { Flight } from './flight.js';
import { type AskedLease, canAwait, type RunningLoad } from './reentrance.js';

/** A load, as far as the lease is concerned. */
export interface LeasedLoad<T> {
  /** Of the lock. */
  readonly key: string;
  readonly leaseMs: number;
  /** Of every question to the backend, in ms; `undefined` = no limit. */
  readonly timeoutMs: number | undefined;
  /** What is left of that for this call: for all questions together that are not part of waiting for somebody else's load. */
  readonly budgetMs: number | undefined;
  /** What is stored by now, if that is told within so many ms; never rejects. */
  read(withinMs: number | undefined): Promise<T | undefined>;
  /** @param budgetMs what is left for the cache */
  load(budgetMs: number | undefined): Promise<T>;
  /** Somebody else has loaded it. */
  found(): void;
  /** Somebody else is loading it, and that is waited for. */
  held?(): void;
}

/**
 * One load across processes: of all who miss, one holds a lock and loads, the others wait until it is released and read what
 * was stored meanwhile. The value is written before that. How long they wait is up to the holder, who renews the lock
 * as long as it loads; when it vanishes, or stores nothing, the next one takes over. Without a lock to be had,
 * or the time to ask for one, everybody loads.
 */
export async function loadUnderLease<T>(stack: Stack, flight: Flight<T>, work: LeasedLoad<T>): Promise<T> {
  const allowance = new Allowance(work.budgetMs);
  const asked = new LeaseOfKey(stack.fence, flight);
  if (allowance.spent || asked.wouldWaitForItself()) return work.load(allowance.leftMs);
  const read = (): Promise<T | undefined> => allowance.spend((withinMs) => work.read(withinMs));
  const held = (): void => {
    allowance.wait();
    work.held?.();
  };
  const within: Bound = (ask, share) => allowance.spend(ask, share);
  let lease: Holding | { readonly instead: T } | undefined;
  const { running } = flight;
  (running.asks ??= new Set()).add(asked);
  try {
    const lock = new Lock(stack, work.key, work.leaseMs, work.timeoutMs);
    lease = await obtain(lock, { giveUp: flight.signal, meanwhile: read, held, persistent: false, within });
  } catch {
    // Failures of locks are failures of the cache: the load does not depend on them.
  }
  running.asks.delete(asked);
  if (lease === undefined) return work.load(allowance.leftMs);
  if ('instead' in lease) {
    work.found();
    return lease.instead;
  }
  allowance.resume();
  flight.leased = true;
  return loadWith(lease, flight, work, allowance);
}

/**
 * The lease of a load's key. Another load of this process may have it until it ends: one that was fenced, before or after this one
 * began.
 */
class LeaseOfKey implements AskedLease {
  constructor(
    private readonly fence: Fence,
    private readonly flight: Flight,
  ) {}

  *holders(): Iterable<RunningLoad> {
    let other = this.fence.newest(this.flight.finalKey) as Flight | undefined;
    for (; other !== undefined; other = other.next as Flight | undefined)
      if (other.leased && other !== this.flight) yield other.running;
  }

  wouldWaitForItself(): boolean {
    for (const holder of this.holders()) if (!canAwait(this.flight.running, holder)) return true;
    return false;
  }
}

async function loadWith<T>(lease: Holding, flight: Flight<T>, work: LeasedLoad<T>, allowance: Allowance): Promise<T> {
  // Between our miss and the lock somebody may have had it, and stored the value.
  const stored = allowance.spent ? undefined : await allowance.spend((withinMs) => work.read(withinMs));
  if (stored !== undefined) {
    ignoreRejection(lease.release());
    work.found();
    return stored;
  }
  // Whoever holds the lock now has the newer value.
  const lost = (): void => flight.fence();
  if (lease.signal.aborted) lost();
  else lease.signal.addEventListener('abort', lost, { once: true });
  try {
    return await work.load(allowance.leftMs);
  } finally {
    const release = (): void => void lease.release();
    if (flight.storing === undefined) release();
    else flight.storing.then(release, release);
  }
}
