import { Injectable } from '@nestjs/common';
import { Cached, CacheEvict, CachePut, MultiCached } from 'cachewright';
import { Atlas } from './atlas.js';
import { fold } from './matching.js';
import type { NearbyPlace, Place, PlaceDetails } from './place.js';

/** All that caching takes: one decorator a method. The methods read as if there were no cache. */
@Injectable()
export class PlacesService {
  constructor(private readonly atlas: Atlas) {}

  // `Zürich` and `zurich` are one search, so they are one entry. An empty answer is not worth keeping.
  @Cached({
    cache: 'searches',
    key: (query: string) => `search:${fold(query)}`,
    unless: (places: Place[]) => places.length === 0,
  })
  async search(query: string): Promise<Place[]> {
    return this.atlas.search(query);
  }

  // Without `key`, the key is made of class, method and arguments.
  @Cached({ cache: 'searches', ttl: '1h' })
  async nearest(latitude: number, longitude: number): Promise<NearbyPlace[]> {
    return this.atlas.nearest(latitude, longitude);
  }

  // One entry per id. The method runs with the ids that are neither cached nor being loaded by somebody else.
  @MultiCached({ key: (id: number) => `place:${id}` })
  async details(ids: readonly number[]): Promise<Map<number, PlaceDetails>> {
    const places = await this.atlas.details(ids);
    return new Map(places.map((place) => [place.id, place]));
  }

  // What it answers becomes the cached details (unless it is `undefined`), and any search may have listed the old name.
  @CacheEvict({ cache: 'searches', clear: true })
  @CachePut({ key: (id: number) => `place:${id}` })
  async rename(id: number, name: string): Promise<PlaceDetails | undefined> {
    if (!this.atlas.rename(id, name)) return undefined;
    const [details] = await this.atlas.details([id]);
    return details;
  }
}
