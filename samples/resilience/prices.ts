import { Cached, CacheEvict, type Cache } from 'cachewright';

/** Where prices come from. */
export interface Origin {
  price(article: string): Promise<number>;
}

export class Prices {
  constructor(
    readonly cache: Cache,
    private readonly origin: Origin,
  ) {}

  @Cached({
    cache: (self: Prices) => self.cache,
    key: (article: string) => article,
    ttl: '1m',
    staleWhileRevalidate: '5m',
    staleIfError: '1h',
    softTimeout: '50ms',
    tags: (_price: number, article: string) => [`shelf:${article[0]}`],
  })
  async of(article: string): Promise<number> {
    return this.origin.price(article);
  }

  @CacheEvict({ cache: (self: Prices) => self.cache, tags: (_: void, shelf: string) => [`shelf:${shelf}`] })
  async emptied(_shelf: string): Promise<void> {}
}
