import type { Clock } from '../util/clock.js';
import { Breaker } from './breaker.js';
import type { BreakerSpec } from './stack-spec.js';

/** The breakers of one store, by their settings, and how many caches hold each. */
type OfStore = Map<string, { readonly breaker: Breaker; holders: number }>;

interface Stores {
  readonly byName: Map<unknown, OfStore>;
  readonly byObject: WeakMap<object, OfStore>;
}

/** By clock: what was measured on one says nothing on another. */
const storesByClock = new WeakMap<Clock, Stores>();

/** A breaker as one of its caches holds it. */
export interface HeldBreaker {
  readonly breaker: Breaker;
  /** To be called once, when the cache is closed. With its last cache the breaker is forgotten. */
  release(): void;
}

/**
 * The breaker of the store with this identity: caches of this process with equal settings and one clock share it, so that
 * each learns from the failures of all and a store that comes back is probed by one call.
 * @param role breakers of different roles are apart: a middle tier is given less time, so its timeouts say less
 */
export function holdBreaker(identity: unknown, spec: BreakerSpec, clock: Clock, role = ''): HeldBreaker {
  const stores = storesOf(clock);
  const byIdentity: Pick<Map<unknown, OfStore>, 'get' | 'set' | 'delete'> = typeof identity === 'object' &&
  identity !== null
    ? (stores.byObject as never)
    : stores.byName;
  let ofStore = byIdentity.get(identity);
  if (ofStore === undefined) byIdentity.set(identity, (ofStore = new Map()));
  const breakers = ofStore;

  const settings = `${role}${spec.after}/${spec.retryMs}/${spec.maxRetryMs}`;
  let held = breakers.get(settings);
  if (held === undefined) breakers.set(settings, (held = { breaker: new Breaker(spec, clock), holders: 0 }));
  const shared = held;
  shared.holders++;

  return {
    breaker: shared.breaker,
    release: () => {
      if (--shared.holders > 0) return;
      breakers.delete(settings);
      // An empty map that was replaced meanwhile is none of ours.
      if (breakers.size === 0 && byIdentity.get(identity) === breakers) byIdentity.delete(identity);
    },
  };
}

function storesOf(clock: Clock): Stores {
  let stores = storesByClock.get(clock);
  if (stores === undefined) storesByClock.set(clock, (stores = { byName: new Map(), byObject: new WeakMap() }));
  return stores;
}
