import { Cached, CacheEvict, cachedMethod, CachePut, MultiCached, optimistic, withLock, type Cache } from 'cachewright';

// Compiled in both decorator dialects, never run: what must compile does, and what must not is expected not to.

interface User {
  id: string;
}
declare const cache: Cache;
export class Users {
  mine = cache;
  @Cached() async a(id: string): Promise<User> {
    return { id };
  }
  @Cached({}) async a2(): Promise<void> {}
  @Cached({ cache: 'x', ttl: '10m', key: (id: string) => `user:${id}`, unless: (u: User | null) => u === null })
  async find(id: string): Promise<User | null> {
    return { id };
  }
  @Cached({ cache: (self: Users) => self.mine }) async b(id: string, n?: number): Promise<User> {
    return { id: id + n };
  }
  @Cached({ cache }) async b1(id: string, n?: number): Promise<User> {
    return { id: id + n };
  }
  @Cached({ ttl: (u: User, id: string) => (u.id === id ? '5m' : undefined), condition: (id: string) => id !== '' })
  async c(id: string): Promise<User> {
    return { id };
  }
  @Cached() static async s(id: string): Promise<User> {
    return { id };
  }
  @Cached() async g<T>(x: T): Promise<T> {
    return x;
  }
  @Cached() private async p(id: string): Promise<User> {
    return { id };
  }
  @Cached({ key: (...ids: string[]) => ids.join() }) async rest(...ids: string[]): Promise<User> {
    return { id: ids[0]! };
  }
  use() {
    return this.p('x');
  }
  @Cached({
    ttl: '1m',
    jitter: 0.1,
    staleWhileRevalidate: '1m',
    staleIfError: '1h',
    softTimeout: 50,
    hardTimeout: '2s',
  })
  async fresh(id: string): Promise<User> {
    return { id };
  }
  @Cached({
    tags: (u: User, id: string) => [u.id, id],
    errors: { ttl: '5s', when: (error: unknown) => error instanceof Error },
  })
  async tagged(id: string): Promise<User> {
    return { id };
  }
  // What gets the same whatever the method is needs no annotations.
  @Cached({
    staleIfError: '1h',
    staleIfErrorWhen: (error) => error instanceof Error,
    errors: { ttl: '5s', when: (error) => error instanceof Error },
    onCacheError: (error, { cache, key, phase }) => void [error.code, cache.name, key, phase],
  })
  async told(id: string): Promise<User> {
    return { id };
  }
  @MultiCached({ onCacheError: (error, { phase }) => void [error.code, phase] })
  async toldMany(ids: string[]): Promise<Map<string, User>> {
    return new Map(ids.map((id) => [id, { id }]));
  }
  @CachePut({ key: (u: User) => u.id, onCacheError: (error, { phase }) => void [error.code, phase] })
  async toldPut(u: User): Promise<User> {
    return u;
  }
  @CacheEvict({ clear: true, onCacheError: (error, { phase }) => void [error.code, phase] })
  async toldEvict(): Promise<void> {}
  @Cached({ tags: ['users'] }) async tagged2(id: string): Promise<User> {
    return { id };
  }
  // @ts-expect-error tags are text
  @Cached({ tags: [1] }) async tagged3(id: string): Promise<User> {
    return { id };
  }
  // @ts-expect-error the method answers no number
  @Cached({ tags: (n: number) => [String(n)] }) async tagged4(id: string): Promise<User> {
    return { id };
  }
  // @ts-expect-error the method takes no number
  @Cached({ tags: (u: User, id: number) => [u.id, String(id)] }) async tagged5(id: string): Promise<User> {
    return { id };
  }
  // @ts-expect-error what was put is not loaded
  @CachePut({ key: (u: User) => u.id, refreshAhead: 0.5 }) async put7(u: User): Promise<User> {
    return u;
  }
  @CachePut({ key: (u: User) => u.id, staleIfError: '1h', tags: (u: User) => [u.id] }) async put8(
    u: User,
  ): Promise<User> {
    return u;
  }
  @CacheEvict({ tags: (u: User) => [u.id] }) async evictTags(u: User): Promise<User> {
    return u;
  }
  // @ts-expect-error the method answers no text
  @CacheEvict({ tags: (text: string) => [text] }) async evictTags2(u: User): Promise<User> {
    return u;
  }
  @MultiCached({ tags: (u: User, id: string) => [u.id, id], staleIfError: '1h' })
  async manyTagged(ids: readonly string[]): Promise<Map<string, User>> {
    return new Map(ids.map((id) => [id, { id }]));
  }
  // @ts-expect-error the items are no numbers
  @MultiCached({ tags: (n: number) => [String(n)] })
  async manyTagged2(ids: readonly string[]): Promise<Map<string, User>> {
    return new Map(ids.map((id) => [id, { id }]));
  }
  @Cached({ lease: '5s' }) async leased(id: string): Promise<User> {
    return { id };
  }
  // @ts-expect-error a lease has a unit
  @Cached({ lease: '5 sec' }) async leased2(id: string): Promise<User> {
    return { id };
  }
  @Cached({ originConcurrency: 10 }) async limited(id: string): Promise<User> {
    return { id };
  }
  @MultiCached({ originConcurrency: 10 }) async limitedMany(ids: string[]): Promise<Map<string, User>> {
    return new Map(ids.map((id) => [id, { id }]));
  }
  // @ts-expect-error a limit is a number
  @Cached({ originConcurrency: '10' }) async limited2(id: string): Promise<User> {
    return { id };
  }
  // @ts-expect-error nothing is loaded
  @CachePut({ originConcurrency: 10, key: (user: User) => user.id }) async limitedPut(user: User): Promise<User> {
    return user;
  }
  // @ts-expect-error nothing is loaded
  @CacheEvict({ originConcurrency: 10, key: (id: string) => id }) async limitedEvict(id: string): Promise<void> {
    void id;
  }
  @MultiCached({ lease: '5s', errors: { ttl: '5s' } }) async leasedMany(ids: string[]): Promise<Map<string, User>> {
    return new Map(ids.map((id) => [id, { id }]));
  }
  // @ts-expect-error a lease has a length
  @MultiCached({ lease: true }) async leasedMany2(ids: string[]): Promise<Map<string, User>> {
    return new Map(ids.map((id) => [id, { id }]));
  }
  // @ts-expect-error nothing is loaded
  @CachePut({ lease: '5s', key: (id: string) => id }) async leasedPut(id: string): Promise<User> {
    return { id };
  }
  // @ts-expect-error sync
  @Cached() sync(id: string): User {
    return { id };
  }
  // @ts-expect-error maybe
  @Cached() maybe(id: string): User | Promise<User> {
    return { id };
  }
  // @ts-expect-error key param
  @Cached({ key: (id: number) => `${id}` }) async k1(id: string): Promise<User> {
    return { id };
  }
  // @ts-expect-error more parameters than the method has
  @Cached({ key: (id: string, x: string) => `${id}${x}` }) async k2(id: string): Promise<User> {
    return { id };
  }
  // @ts-expect-error optional
  @Cached({ key: (id: string, x: string) => `${id}${x}` }) async k3(id: string, x?: string): Promise<User> {
    return { id: id + x };
  }
  // @ts-expect-error key answers number
  @Cached({ key: (id: string) => id.length }) async k4(id: string): Promise<User> {
    return { id };
  }
  // @ts-expect-error unless
  @Cached({ unless: (u: number) => u === 1 }) async k5(id: string): Promise<User> {
    return { id };
  }
  // @ts-expect-error condition
  @Cached({ condition: (u: number) => u === 1 }) async k6(id: string): Promise<User> {
    return { id };
  }
  // @ts-expect-error ttl
  @Cached({ ttl: (u: number) => u }) async k7(id: string): Promise<User> {
    return { id };
  }
  // @ts-expect-error ttl text
  @Cached({ ttl: '5 minutes' }) async k8(id: string): Promise<User> {
    return { id };
  }
  // @ts-expect-error unknown
  @Cached({ ttll: '5m' }) async k9(id: string): Promise<User> {
    return { id };
  }
  // @ts-expect-error unannotated
  @Cached({ key: (id) => `${id}` }) async k10(id: string): Promise<User> {
    return { id };
  }
  // @ts-expect-error async key
  @Cached({ key: async (id: string) => id }) async k11(id: string): Promise<User> {
    return { id };
  }
  // @ts-expect-error other class
  @Cached({ cache: (_self: Date) => cache }) async k12(id: string): Promise<User> {
    return { id };
  }
  // @ts-expect-error unannotated
  @Cached({ unless: (u) => u === null }) async k13(id: string): Promise<User> {
    return { id };
  }

  @MultiCached() async m(_ids: readonly string[]): Promise<Map<string, User>> {
    return new Map();
  }
  @MultiCached({ ttl: '10m', key: (id: string) => `user:${id}` }) async m0(
    _ids: readonly string[],
  ): Promise<Map<string, User>> {
    return new Map();
  }
  @MultiCached({
    key: (id: number, _lang: string) => `${id}${_lang}`,
    unless: (u: User, id: number, _lang: string) => u.id === _lang + id,
    ttl: (_u: User, id: number) => id,
  })
  async m1(_ids: number[], _lang: string): Promise<Map<number, User>> {
    return new Map();
  }
  @MultiCached({ idsFrom: 1, key: (id: number, _lang: string) => `${id}${_lang}` }) async m2(
    _lang: string,
    _ids: number[],
  ): Promise<Map<number, User>> {
    return new Map();
  }
  @MultiCached({ idOf: (u: User) => u.id }) async m3(_ids: string[]): Promise<User[]> {
    return [];
  }
  @MultiCached({ returns: 'record' }) async m4(_ids: string[]): Promise<Record<string, User>> {
    return {};
  }
  @MultiCached({ returns: 'record', unless: (u: User) => u.id === '' }) async m5(
    _ids: Iterable<string>,
  ): Promise<Record<string, User>> {
    return {};
  }
  @MultiCached() async m6(_ids: string[] = []): Promise<Map<string, User>> {
    return new Map();
  }
  @MultiCached() async m7(_ids?: string[], _lang = 'en'): Promise<Map<string, User>> {
    return new Map([[_lang, { id: '' }]]);
  }
  @MultiCached({ returns: 'record' }) async m8(_ids: number[]): Promise<Record<number, User>> {
    return {};
  }
  @MultiCached({ returns: 'record' }) async m8b(_ids: number[]): Promise<Record<string, User>> {
    return {};
  }
  @MultiCached({ returns: 'record' }) async m8c(_ids: string[]): Promise<Partial<Record<string, User>>> {
    return {};
  }
  // @ts-expect-error array needs
  @MultiCached() async n1(_ids: string[]): Promise<User[]> {
    return [];
  }
  // @ts-expect-error not a list
  @MultiCached() async n2(_ids: string): Promise<Map<string, User>> {
    return new Map();
  }
  // @ts-expect-error position
  @MultiCached({ idsFrom: 2 }) async n3(_ids: string[]): Promise<Map<string, User>> {
    return new Map();
  }
  // @ts-expect-error key of the list
  @MultiCached({ key: (_ids: string[]) => _ids.join() }) async n4(_ids: string[]): Promise<Map<string, User>> {
    return new Map();
  }
  // @ts-expect-error id type
  @MultiCached() async n5(_ids: string[]): Promise<Map<number, User>> {
    return new Map();
  }
  // @ts-expect-error value type
  @MultiCached({ unless: (u: Date) => u.getTime() > 0 }) async n6(_ids: string[]): Promise<Map<string, User>> {
    return new Map();
  }
  // @ts-expect-error a set cannot be cut down
  @MultiCached() async n7(_ids: Set<string>): Promise<Map<string, User>> {
    return new Map();
  }
  // @ts-expect-error idOf
  @MultiCached({ idOf: (u: User) => u.id }) async n8(_ids: number[]): Promise<User[]> {
    return [];
  }
  // @ts-expect-error idOf
  @MultiCached({ idOf: (u: Date) => String(u) }) async n9(_ids: string[]): Promise<User[]> {
    return [];
  }

  @CachePut({ key: (u: User) => `user:${u.id}` }) async save(u: User): Promise<User> {
    return u;
  }
  @CachePut({ keyOf: (u: User, x: number) => `user:${u.id}${x}` }) async save2(x: number): Promise<User> {
    return { id: `${x}` };
  }
  @CachePut({ of: 'find' }) async save3(id: string): Promise<User> {
    return { id };
  }
  // @ts-expect-error key
  @CachePut({ key: (u: User) => `user:${u.id}` }) async save4(u: string): Promise<User> {
    return { id: u };
  }
  // @ts-expect-error keyOf
  @CachePut({ keyOf: (u: Date) => `user:${u}` }) async save5(u: string): Promise<User> {
    return { id: u };
  }
  // @ts-expect-error the sibling takes other arguments
  @CachePut({ of: 'find' }) async save6(u: number): Promise<User> {
    return { id: String(u) };
  }
  @CacheEvict({ key: (id: string) => `user:${id}` }) async remove(id: string): Promise<void> {
    void id;
  }
  @CacheEvict({ key: (id: string) => [`user:${id}`] }) async remove1(id: string): Promise<void> {
    void id;
  }
  @CacheEvict({ clear: true }) async remove2(id: string): Promise<void> {
    void id;
  }
  @CacheEvict({ of: 'find' }) async remove3(id: string): Promise<void> {
    void id;
  }
  @CacheEvict({ of: 'p' }) async remove33(id: string): Promise<void> {
    void id;
  }
  // @ts-expect-error the sibling takes other arguments
  @CacheEvict({ of: 'find' }) async remove4(id: string, n: number): Promise<void> {
    void [id, n];
  }
  // @ts-expect-error the sibling is no method
  @CacheEvict({ of: 'mine' }) async remove5(id: string): Promise<void> {
    void id;
  }
  // @ts-expect-error sync
  @CacheEvict({ clear: true }) remove6(id: string): void {
    void id;
  }
}

declare const users: Users;

const find = cachedMethod(users, 'find');
export const key: string = find.key('1');
export const found: Promise<User | null | undefined> = find.peek('1');
export const again: Promise<User | null> = find.refresh('1');
export const gone: Promise<void> = find.invalidate('1');
// @ts-expect-error the method takes a string
find.key(1);
// @ts-expect-error the method takes an argument
void find.peek();
// @ts-expect-error no such method
cachedMethod(users, 'fnd');
// @ts-expect-error no async method
cachedMethod(users, 'mine');

const many = cachedMethod(users, 'm2');
export const keyOfOne: string = many.key('de', 1);
export const foundOne: Promise<User | undefined> = many.peek('de', 1);
// @ts-expect-error the ids are numbers
many.key('de', '1');
export const listed: Promise<User | undefined> = cachedMethod(users, 'm3').peek('1');
export const ofStatic: string = cachedMethod(Users, 's').key('1');

export async function locks(): Promise<void> {
  (await withLock(cache, 'k', { lease: '5s', wait: null }, ({ token, signal }) =>
    signal.aborted ? 0 : token,
  )) satisfies number;
  const entry = await optimistic<User>(cache, 'k');
  entry.value satisfies User | undefined;
  await entry.compareAndSet({ id: 'x' }, { ttl: '5m' });
  // @ts-expect-error a lease is needed
  await withLock(cache, 'k', {}, () => 1);
  // @ts-expect-error a lock does not last for ever
  await withLock(cache, 'k', { lease: null }, () => 1);
  // @ts-expect-error of another type
  await entry.compareAndSet('x');
}
