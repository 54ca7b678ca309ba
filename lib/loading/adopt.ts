import { type Flight, NOT_FOUND } from './flight.js';
import type { Flights } from './flights.js';

/**
 * Ends a flight with the outcome of another one that loads the same key.
 * @param other one that it {@link canFollow}
 * @param load for what a batch did not find, and where only the cache of those has failed who began the other one
 */
export async function adopt<T>(
  flights: Flights,
  flight: Flight<T>,
  other: Flight<T>,
  load: () => Promise<T>,
): Promise<T> {
  flight.loadingSince ??= performance.now();
  flight.followed = other;
  if (other.begun) flight.begin();
  else void other.further().then(() => flight.begin());
  let value: T;
  try {
    value = await other.promise.catch((error: unknown) => other.instead(error));
  } catch (error) {
    flights.land(flight);
    throw error;
  }
  if ((value as unknown) === NOT_FOUND) {
    flight.followed = undefined;
    // Unless others have begun meanwhile.
    const next = flights.find(flight.finalKey) as Flight<T> | undefined;
    flight.follow(next === flight ? undefined : next);
    return load();
  }
  flights.land(flight);
  return value;
}
