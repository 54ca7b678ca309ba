import { Cached, CacheEvict, CachePut, MultiCached, type Cache } from 'cachewright';
import type { OriginClient } from './origin-client.js';
import type { Row } from './row.js';
import { groupOf, SHAPES } from './shapes.js';

const { profile, article, price, feed, stock, session, report, quote } = SHAPES;

/** An application like many: every kind of call that the decorators know, with an origin behind it. */
export class Shop {
  constructor(
    readonly origin: OriginClient,
    readonly shared: Cache,
    readonly own: Cache,
  ) {}

  // Read by everybody, forgotten by key.

  @Cached({
    key: (key: string) => key,
    ttl: profile.ttlMs,
    jitter: profile.jitter,
    staleWhileRevalidate: '2s',
    staleIfError: profile.staleMs,
    softTimeout: '300ms',
    cache: (self: Shop) => self.shared,
  })
  async profile(key: string): Promise<Row> {
    return this.#one(key);
  }

  @CacheEvict({ key: (key: string) => key, cache: (self: Shop) => self.shared })
  async changeProfile(key: string): Promise<readonly Row[]> {
    return this.origin.bump([key]);
  }

  // Tags that are known when the load ends.

  @Cached({
    key: (key: string) => key,
    ttl: article.ttlMs,
    jitter: article.jitter,
    staleWhileRevalidate: '2s',
    staleIfError: article.staleMs,
    retryAfter: '500ms',
    tags: ({ key }: Row) => [key, groupOf(key)],
    cache: (self: Shop) => self.shared,
  })
  async article(key: string): Promise<Row> {
    return this.#one(key);
  }

  @CacheEvict({ tags: (_: readonly Row[], key: string) => [key], cache: (self: Shop) => self.shared })
  async changeArticle(key: string): Promise<readonly Row[]> {
    return this.origin.bump([key]);
  }

  @CacheEvict({ tags: (_: readonly Row[], group: string) => [group], cache: (self: Shop) => self.shared })
  async changeArticles(group: string): Promise<readonly Row[]> {
    return this.origin.bumpGroup(group);
  }

  // Without decorators, with tags that are known before, and loaded anew before it is too late.

  price(key: string): Promise<Row> {
    return this.shared.getOrSet(key, () => this.#one(key), {
      ttl: price.ttlMs,
      staleWhileRevalidate: price.staleMs,
      refreshAhead: 0.8,
      earlyExpiration: 1,
      tags: [key, groupOf(key)],
    });
  }

  // Conditional: what is kept may still be good. Tags and lifetime are the loader's own, and so is the serializer.

  feed(key: string): Promise<Row> {
    return this.shared.getOrSet(
      key,
      async ({ stale, setTags, setTtl }) => {
        const row = await this.#one(key);
        setTags([key]);
        setTtl(feed.ttlMs);
        const kept = stale as Row | undefined;
        return kept?.version === row.version ? kept : row;
      },
      {
        staleWhileRevalidate: feed.staleMs,
        staleIfError: feed.staleMs,
        jitter: feed.jitter,
        tags: [groupOf(key)],
        serializer: 'msgpack',
        isolation: 'copy',
      },
    );
  }

  // Many at once, and the same entries one by one.

  @MultiCached({
    key: (key: string) => key,
    ttl: stock.ttlMs,
    jitter: stock.jitter,
    staleIfError: stock.staleMs,
    tags: ({ key }: Row) => [key],
    cache: (self: Shop) => self.shared,
  })
  async stock(keys: readonly string[]): Promise<Map<string, Row>> {
    return new Map((await this.origin.load(keys)).map((row) => [row.key, row]));
  }

  @Cached({
    key: (key: string) => key,
    ttl: stock.ttlMs,
    jitter: stock.jitter,
    staleIfError: stock.staleMs,
    tags: ({ key }: Row) => [key],
    cache: (self: Shop) => self.shared,
  })
  async stockOf(key: string): Promise<Row> {
    return this.#one(key);
  }

  @CacheEvict({ tags: (_: readonly Row[], key: string) => [key], cache: (self: Shop) => self.shared })
  async changeStock(key: string): Promise<readonly Row[]> {
    return this.origin.bump([key]);
  }

  // Of one process only, in a cache of its own: as plain as can be.

  @Cached({ key: (key: string) => key, ttl: session.ttlMs, cache: (self: Shop) => self.own })
  async session(key: string): Promise<Row> {
    return this.#one(key);
  }

  @CachePut({ key: (key: string) => key, ttl: session.ttlMs, cache: (self: Shop) => self.own })
  async putSession(key: string): Promise<Row> {
    return (await this.origin.bump([key]))[0]!;
  }

  @CacheEvict({ key: (key: string) => key, cache: (self: Shop) => self.own })
  async endSession(key: string): Promise<readonly Row[]> {
    return this.origin.bump([key]);
  }

  @CacheEvict({ clear: true, cache: (self: Shop) => self.own })
  async endSessions(keys: readonly string[]): Promise<readonly Row[]> {
    return this.origin.bump(keys);
  }

  // One load in all processes.

  @Cached({ key: (key: string) => key, ttl: report.ttlMs, lease: '2s', cache: (self: Shop) => self.shared })
  async report(key: string): Promise<Row> {
    return this.#one(key);
  }

  @CacheEvict({ key: (key: string) => key, cache: (self: Shop) => self.shared })
  async changeReport(key: string): Promise<readonly Row[]> {
    return this.origin.bump([key]);
  }

  // Impatient, and with failures that are remembered.

  @Cached({
    key: (key: string) => key,
    ttl: quote.ttlMs,
    jitter: quote.jitter,
    hardTimeout: quote.hardMs,
    errors: { ttl: '300ms' },
    tags: ({ key }: Row) => [key],
    cache: (self: Shop) => self.shared,
  })
  async quote(key: string): Promise<Row> {
    return this.#one(key);
  }

  @CacheEvict({ tags: (_: readonly Row[], key: string) => [key], cache: (self: Shop) => self.shared })
  async changeQuote(key: string): Promise<readonly Row[]> {
    return this.origin.bump([key]);
  }

  async #one(key: string): Promise<Row> {
    return (await this.origin.load([key]))[0]!;
  }
}
