/** A town or city of the data set. Plain data: it travels over HTTP and, with `--redis`, through the cache as JSON. */
export interface Place {
  readonly id: number;
  readonly name: string;
  /** ISO 3166 code. */
  readonly country: string;
  readonly population: number;
  readonly latitude: number;
  readonly longitude: number;
}

export interface NearbyPlace extends Place {
  readonly km: number;
}

export interface PlaceDetails extends Place {
  /** 1 = the most populous place of its country. */
  readonly rankInCountry: number;
  /** The nearest other place of 100,000 inhabitants or more. */
  readonly nearestCity: { readonly id: number; readonly km: number };
}
