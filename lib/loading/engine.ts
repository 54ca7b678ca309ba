import type { Commands } from '../command/compile.js';
import type { Stack } from '../command/stack.js';
import { checkUnused } from '../command/unused-options.js';
import type { NearEntry } from '../contracts/near.js';
import { CacheClosedError } from '../errors.js';
import { tolerate } from './failure.js';
import type { Flight } from './flight.js';
import { Flights } from './flights.js';
import type { LoadPlan } from './plan.js';
import { Refreshes } from './refreshes.js';
import { Rests } from './rests.js';
import { currentScope } from './scope.js';

/** What all loads of one cache share. */
export class LoadEngine {
  readonly flights: Flights;
  readonly refreshes = new Refreshes();
  readonly rests: Rests;

  constructor(
    readonly stack: Stack,
    readonly commands: Commands,
  ) {
    this.flights = new Flights(stack.fence, stack.clock);
    this.rests = new Rests(stack.clock);
  }

  /**
   * Whether loads use the cache at all now.
   * @throws CacheClosedError when it is closed and the plan wants to see failures
   */
  usable(plan: LoadPlan, key: string | readonly string[]): boolean {
    const { gate, name } = this.stack;
    if (gate.open) {
      if (!gate.enabled) checkUnused(this.stack, { namespace: plan.namespace });
      return gate.enabled;
    }
    tolerate(new CacheClosedError('the cache is closed', { cache: name }), plan.onCacheError, this.stack, key, 'read');
    return false;
  }

  /** A caller was answered before the load ended, which goes on. After a hard timeout nobody else shall wait for it. */
  leave(flight: Flight, hard: boolean): void {
    for (let slow: Flight | undefined = hard ? flight : undefined; slow !== undefined; slow = slow.followed) {
      // One that has not begun yet cannot be stuck, and another one would only stand further back.
      if (slow.running.line === undefined) slow.joinable = false;
    }
    this.refreshes.keep(flight);
  }

  /** The entry that answers a call with this key, where hits may be taken straight from the entries. Counts as a use. */
  hit(key: string, plan: LoadPlan): NearEntry | undefined {
    if (plan.hits === undefined || !this.direct || currentScope() !== undefined) return undefined;
    return this.entry(this.stack.keys.final(key, plan.namespace));
  }

  /** The entry in this process. Counts as a use. */
  entry(finalKey: string): NearEntry | undefined {
    const near = this.stack.near!;
    const entry = near.find(finalKey);
    if (entry !== undefined) near.touch(entry);
    return entry;
  }

  /** Hits may be taken straight from the entries: no hook watches them, and no invalidation is under way. */
  get direct(): boolean {
    return this.stack.gate.direct && this.stack.fence.open;
  }
}
