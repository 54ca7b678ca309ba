import type { Cache, GetOrSetOptions } from 'cachewright';

// Compiled, never run: what must compile does, and what must not is expected not to.

interface User {
  id: string;
}
declare const cache: Cache;

export async function loads(): Promise<void> {
  const user: User = await cache.getOrSet('k', async () => ({ id: 'x' }), { tags: (u) => [u.id], ttl: '1m' });
  const one: number = await cache.getOrSet('k', (context) => (context.stale === undefined ? 1 : 2));
  const options: GetOrSetOptions = { ttl: '1m', staleWhileRevalidate: '5m', tags: ['a'], errors: { ttl: 5 } };
  const two: number = await cache.getOrSet('k', ({ setTags, setTtl }) => (setTags(['a']), setTtl('1s'), 2), options);
  // @ts-expect-error the value has no name
  await cache.getOrSet('k', async () => ({ id: 'x' }), { tags: (u) => [u.name] });
  // @ts-expect-error a fraction is a number
  await cache.getOrSet('k', async () => 1, { jitter: '10%' });
  // @ts-expect-error errors are remembered for some time
  await cache.getOrSet('k', async () => 1, { errors: {} });
  await cache.getOrSet('k', async () => 1, { originConcurrency: 10 });
  await cache.getOrSet('k', async () => 1, { originConcurrency: null });
  // @ts-expect-error a limit is a number
  await cache.getOrSet('k', async () => 1, { originConcurrency: '10' });
  // @ts-expect-error a plain read loads nothing
  await cache.get('k', { originConcurrency: 10 });
  // @ts-expect-error nobody knows what the stale value is
  await cache.getOrSet('k', (context): number => context.stale);
  // @ts-expect-error a tag is text
  await cache.invalidateTags([1]);
  // @ts-expect-error a text is a collection of characters
  await cache.invalidateTags('a');
  // @ts-expect-error the same
  await cache.multiGet('a');
  // @ts-expect-error the same
  await cache.multiDelete('a');
  await cache.multiGet(new Map([['a', 1]]).keys());
  await cache.multiDelete(['a'] as const);
  await cache.invalidateTags(new Set(['a']), { namespace: 'n', timeout: '1s' });
  console.log(user, one, two);
}
