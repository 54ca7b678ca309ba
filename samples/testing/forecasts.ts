import { Cached } from 'cachewright';

export interface Forecast {
  readonly city: string;
  readonly celsius: number;
}

/** Where forecasts come from. In production an HTTP client, in the tests a function. */
export type Fetcher = (city: string) => Promise<Forecast>;

/** The code under test. */
export class Forecasts {
  readonly #fetch: Fetcher;

  constructor(fetcher: Fetcher) {
    this.#fetch = fetcher;
  }

  @Cached({ ttl: '10m' })
  async today(city: string): Promise<Forecast> {
    return this.#fetch(city);
  }
}
