import type { LoadEngine } from './engine.js';
import { type Flight, NOT_FOUND } from './flight.js';
import { joinWithin, leftOf, SPENT } from './patience.js';
import { canFollow } from './reentrance.js';

/** How a flight goes on by itself. @param budgetMs what is left for the cache */
type Load<T> = (budgetMs: number | undefined) => Promise<T>;

/**
 * Ends a flight with the outcome of another one that loads the same key.
 * @param other one that it can follow
 * @param budgetMs of the flight: what is left of it to wait for the other one's cache with
 * @param load for what a batch did not find, and where only the cache of those has failed who began the other one, or is too slow
 */
export async function adopt<T>(
  engine: LoadEngine,
  flight: Flight<T>,
  other: Flight<T>,
  budgetMs: number | undefined,
  load: Load<T>,
): Promise<T> {
  const { flights, stack } = engine;
  const since = performance.now();
  flight.loadingSince ??= since;
  flight.followed = other;
  keepUp(flight, other);
  let value: T | typeof SPENT;
  try {
    const answerMs = budgetMs;
    const outcome = budgetMs === undefined ? other.promise : joinWithin(other, { answerMs, budgetMs }, stack.deadlines);
    value = await outcome.catch((error: unknown) => other.instead(error));
  } catch (error) {
    flights.land(flight);
    throw error;
  }
  if (value !== SPENT && (value as unknown) !== NOT_FOUND) {
    flights.land(flight);
    return value;
  }
  flight.followed = undefined;
  if (value === SPENT) {
    const leftMs = leftOf({ answerMs: budgetMs, budgetMs }, since);
    const { successor } = other;
    flight.awaits?.delete(other.running);
    // Somebody else could not wait for that one either.
    if (successor !== undefined && canFollow(flight, successor.running))
      return adopt(engine, flight, successor, leftMs, load);
    flights.turn(flight, other);
    return load(leftMs);
  }
  // Unless others have begun meanwhile.
  const next = flights.find(flight.finalKey) as Flight<T> | undefined;
  flight.follow(next === flight ? undefined : next);
  return load(budgetMs);
}

/** Those who wait for the flight have to know how far the other one has got. */
function keepUp<T>(flight: Flight<T>, other: Flight<T>): void {
  if (flight.followed !== other) return;
  if (other.begun) flight.begin();
  if (other.loaded !== undefined) flight.stores(other.loaded.value);
  else void other.further().then(() => keepUp(flight, other));
}
