import fc from 'fast-check';
import type { CacheScopeOptions } from 'cachewright';

/** How long failures are remembered, in ms. */
export const ERRORS_MS = 15;
export const JITTER = 0.5;

const sometimes = <T>(value: T): fc.Arbitrary<T> => fc.constant(value);

type Of<A> = A extends fc.Arbitrary<infer T> ? T : never;

const freshness = fc.record(
  {
    ttl: fc.constantFrom(12, 40),
    jitter: sometimes(JITTER),
    staleWhileRevalidate: sometimes(30),
    staleIfError: sometimes(60),
    staleIfErrorWhen: sometimes(() => false),
    softTimeout: fc.constantFrom(0, 10),
    hardTimeout: sometimes(20),
    refreshAhead: sometimes(0.5),
    earlyExpiration: sometimes(1),
    retryAfter: sometimes(15),
    errors: sometimes({ ttl: ERRORS_MS }),
    isolation: fc.constantFrom('copy' as const, 'freeze' as const),
  },
  { requiredKeys: ['ttl'] },
);
export type Freshness = Of<typeof freshness>;

/** How often others may go first. */
const pauses = fc.oneof(fc.nat({ max: 8 }), fc.nat({ max: 40 }));

const call = fc.record({
  pauses,
  by: fc.constantFrom<0 | 1>(0, 1),
  key: fc.constantFrom('a', 'a', 'a', 'b'),
  what: fc.constant('call' as const),
  options: freshness,
  tagsBy: fc.constantFrom('list', 'result', 'context'),
  scope: fc.option(fc.constantFrom<CacheScopeOptions>({ read: false }, { write: false }, { awaitWrite: false }), {
    freq: 5,
  }),
  loader: fc.constantFrom('answers', 'answers', 'fails', 'is not modified', 'skips', 'sets a ttl'),
  /** How often others may go first until it gives up. */
  abortsAfter: fc.option(fc.nat({ max: 14 }), { freq: 4 }),
});
export type Call = Of<typeof call>;

const other = fc.record({
  pauses,
  by: fc.constantFrom<0 | 1>(0, 1),
  key: fc.constantFrom('a', 'a', 'a', 'b'),
  what: fc.constantFrom('delete', 'invalidateTags', 'clear', 'set', 'off', 'close', 'failing store'),
  lasts: fc.nat({ max: 10 }),
});
export type Other = Of<typeof other>;

export const step = fc.oneof({ arbitrary: call, weight: 5 }, { arbitrary: other, weight: 2 });

/** Options that do nothing without others are mistakes. */
export function allowed(given: Freshness): Freshness {
  const options = { ...given };
  const { staleIfError, staleWhileRevalidate, refreshAhead, earlyExpiration } = given;
  if (staleIfError === undefined) {
    delete options.softTimeout;
    delete options.staleIfErrorWhen;
  }
  if ((staleIfError ?? staleWhileRevalidate ?? refreshAhead ?? earlyExpiration) === undefined)
    delete options.retryAfter;
  return options;
}
