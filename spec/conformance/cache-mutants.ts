import { setImmediate as turn } from 'node:timers/promises';
import type { Cache, CommandOptions } from 'cachewright';
import type { CacheConformanceOptions } from 'cachewright/testing';

type Create = CacheConformanceOptions['create'];

/** What is wrong with caches that are right otherwise. */
export type CacheBreakage = (create: Create) => Create;

/** Some members of a cache answer differently. */
const but =
  (breakage: (right: Cache) => Partial<Cache>): CacheBreakage =>
  (create) =>
  async (overrides) => {
    const right = await create(overrides);
    const wrong = breakage(right);
    return new Proxy(right, {
      get(_, name) {
        const member: unknown = Reflect.get(name in wrong ? wrong : right, name);
        return typeof member === 'function' ? member.bind(name in wrong ? wrong : right) : member;
      },
    });
  };

/** The cache is not told of some option. */
const deafTo =
  (option: 'namespace' | 'ttl' | 'plugins'): CacheBreakage =>
  (create) =>
  (overrides) =>
    create({ ...overrides, [option]: undefined });

/** Throws where it should reject. */
const throwing = (name: 'get' | 'set'): CacheBreakage =>
  but((right) => ({
    [name](key: string, ...rest: unknown[]): unknown {
      if (typeof key !== 'string' || key === '') throw new TypeError('no key');
      return (right[name] as (...args: unknown[]) => unknown)(key, ...rest);
    },
  }));

/** Options that a command never sees. */
const ignoring = (name: string): CacheBreakage =>
  but((right) => ({
    get: (key: string, options?: object) => right.get(key, { ...options, [name]: undefined }),
    set: (key, value, options) => right.set(key, value, { ...options, [name]: undefined }),
    multiGet: (keys, options) => right.multiGet(keys, { ...options, [name]: undefined }),
  }));

/** Loads without caring who else does. */
const unshared: CacheBreakage = but((right) => ({
  async getOrSet<T>(key: string, loader: (context: never) => T | Promise<T>): Promise<T> {
    const found = await right.get<T>(key);
    if (found !== undefined) return found;
    const value = await loader({ key } as never);
    await turn();
    await right.set(key, value);
    return value;
  },
}));

/** Commands that go past what guards the loads. */
const unfenced = (name: 'delete' | 'multiDelete' | 'clear' | 'set' | 'multiSet' | 'add' | 'expire'): CacheBreakage => {
  const pending = new Map<string, Promise<unknown>>();
  return but((right) => ({
    async getOrSet<T>(key: string, loader: (context: never) => T | Promise<T>): Promise<T> {
      const joined = pending.get(key);
      if (joined !== undefined) return joined as Promise<T>;
      const loading = Promise.resolve(loader({ key } as never));
      pending.set(key, loading);
      const value = await loading;
      pending.delete(key);
      await right.set(key, value);
      return value;
    },
    [name]: (...args: unknown[]) => (right[name] as (...all: unknown[]) => unknown)(...args),
  }));
};

const OVERTAKERS = ['delete', 'multiDelete', 'clear', 'set', 'multiSet', 'add', 'expire'] as const;

/** By rule: caches that break it. */
export const CACHE_MUTANTS: Readonly<Record<string, readonly CacheBreakage[]>> = {
  'a value comes back as it was, and is there, however empty it is': [
    but((right) => ({ get: async (key: string) => (await right.get(key)) ?? undefined })),
    but((right) => ({
      get: async (key: string, options?: { default?: unknown }) => (await right.get(key)) || options?.default,
    })),
    but((right) => ({ exists: async (key) => Boolean(await right.get(key)) })),
    but((right) => ({
      getOrSet: async (key: string, loader: (context: never) => never) => (await right.get(key)) ?? loader({} as never),
    })),
    but((right) => ({
      multiGet: async (keys: Iterable<string>) =>
        (await right.multiGet(keys)).map((value) => value || undefined) as never[],
    })),
  ],
  'a miss is undefined, or the default, which is not stored': [
    but((right) => ({
      get: async (key: string, options: object | undefined) => (await right.get(key, options)) ?? null,
    })),
    ignoring('default'),
    but((right) => ({
      async get(key: string, options: { default?: unknown } = {}) {
        if (options.default !== undefined) await right.add(key, options.default);
        return right.get(key);
      },
    })),
  ],
  'undefined is refused, and nothing is changed': [
    but((right) => ({ set: async (key, value) => (value === undefined ? undefined : right.set(key, value)) })),
    but((right) => ({ set: (key, value) => right.set(key, value ?? null) })),
    but((right) => ({
      async multiSet(entries) {
        for (const [key, value] of entries as Iterable<readonly [string, unknown]>) await right.set(key, value);
      },
    })),
  ],
  'a call may bring its own serializer, and exactly what that makes is stored': [ignoring('serializer')],
  'a serializer that fails is a SerializationError that shows no value': [
    ignoring('serializer'),
    but((right) => ({
      set: (key, value, options) =>
        right.set(key, typeof options?.serializer === 'object' ? options.serializer.serialize(value) : value, options),
    })),
    but((right) => ({
      set: (key, value, options) =>
        right.set(key, value, options).catch((error: Error) => {
          error.message += ` for ${String(value)}`;
          error.stack += ` for ${String(value)}`;
          throw error;
        }),
    })),
  ],
  'add stores only what is not there, and says so': [
    but((right) => ({ add: async (...args) => (await right.set(...args), true) })),
    but((right) => ({ add: (key, value) => right.add(key, value) })),
  ],
  'set answers nothing and replaces the value': [
    but((right) => ({ set: async (...args) => void (await right.add(...args)) })),
    but((right) => ({ set: async (...args) => (await right.set(...args), true) as unknown as undefined })),
  ],
  'multiGet answers by position, as often as asked, for any iterable': [
    but((right) => ({
      multiGet: async (keys: Iterable<string>) =>
        (await right.multiGet(keys)).filter((value) => value !== undefined) as never[],
    })),
    but((right) => ({ multiGet: (keys: Iterable<string>) => right.multiGet(new Set(keys)) as Promise<never[]> })),
    but((right) => ({
      multiGet: (keys: Iterable<string>) => right.multiGet(Array.isArray(keys) ? keys : []) as Promise<never[]>,
    })),
  ],
  'multiSet takes pairs, any iterable of pairs, a Map and a plain object': [
    but((right) => ({ multiSet: (entries) => right.multiSet(Object.entries(entries)) })),
    but((right) => ({ multiSet: (entries) => right.multiSet(Symbol.iterator in entries ? entries : []) })),
    but((right) => ({
      async multiSet(entries) {
        if (Array.isArray(entries) && entries.length === 0) throw new Error('empty already');
        return right.multiSet(entries);
      },
    })),
  ],
  'of two entries with one key, multiSet keeps the last': [
    but((right) => ({
      multiSet: (entries) => right.multiSet([...(entries as Iterable<readonly [string, unknown]>)].reverse()),
    })),
  ],
  'delete answers whether the key was there': [
    but((right) => ({ delete: async (key) => (await right.delete(key), true) })),
    but((right) => ({ delete: async (key) => Number(await right.delete(key)) as unknown as boolean })),
    but((right) => ({ delete: async (key) => (await right.clear(), right.delete(key)) })),
  ],
  'multiDelete answers how many of the keys were there, each counted once': [
    but((right) => ({ multiDelete: async (keys) => (await right.multiDelete(keys), [...keys].length) })),
    but((right) => ({
      async multiDelete(keys) {
        const there = await Promise.all([...keys].map((key) => right.exists(key)));
        await right.multiDelete(keys);
        return there.filter(Boolean).length;
      },
    })),
    but((right) => ({ multiDelete: async (keys) => ([...keys].length === 0 ? 1 : right.multiDelete(keys)) })),
  ],
  'exists answers true or false': [
    but((right) => ({ exists: async (key) => Number(await right.exists(key)) as unknown as boolean })),
    but(() => ({ exists: async () => true })),
  ],
  'increment starts at delta, 1 by default, and adds to it, through zero too': [
    but((right) => ({ increment: async (key, delta = 1) => (await right.increment(key, delta)) || delta })),
    but((right) => ({ increment: (key, delta) => right.increment(key, delta || 1) })),
    but((right) => ({ increment: async (key, delta = 1) => Math.max(0, await right.increment(key, delta)) })),
  ],
  'increment counts on from what set stored, and get reads what increment stored': [
    but((right) => ({ increment: (key, delta) => right.increment(`counter:${key}`, delta) })),
    but((right) => ({ increment: async (key, delta) => (await right.increment(key, delta)) % 2 ** 32 })),
  ],
  'increment gives a new counter its ttl, and leaves that of an old one': [
    but((right) => ({ increment: (key, delta) => right.increment(key, delta) })),
    but((right) => ({
      async increment(key, delta, options) {
        const sum = await right.increment(key, delta);
        await right.expire(key, options?.ttl ?? null);
        return sum;
      },
    })),
  ],
  'increment refuses text and sums that are no safe integers, and changes nothing': [
    but((right) => ({
      async increment(key, delta = 1) {
        const sum = Number(await right.get(key)) + delta;
        await right.set(key, sum);
        return sum;
      },
    })),
    but((right) => ({ increment: async (key, delta) => (await right.expire(key, null), right.increment(key, delta)) })),
  ],
  'increment refuses a delta that is no safe integer': [
    but((right) => ({ increment: (key, delta) => right.increment(key, Math.trunc(Number(delta)) || 1) })),
  ],
  'increment is refused where its counters could not be read back': [
    but((right) => ({ increment: (key, delta) => right.increment(key, delta, { serializer: 'json' }) })),
  ],
  'ttl answers what remains, null for ever, and undefined for a key that is not there': [
    but((right) => ({ ttl: async (key) => ((await right.ttl(key)) ?? 0) / 1_000 })),
    but((right) => ({ ttl: async (key) => (await right.ttl(key)) ?? null })),
    but((right) => ({ ttl: async (key) => (await right.ttl(key)) ?? undefined })),
  ],
  'every writer takes a ttl, and set and multiSet replace the one there was': [
    but((right) => ({ set: (key, value) => right.set(key, value) })),
    but((right) => ({ add: (key, value) => right.add(key, value) })),
    but((right) => ({ multiSet: (entries) => right.multiSet(entries) })),
    but((right) => ({ getOrSet: (key, loader) => right.getOrSet(key, loader) })),
    but((right) => ({
      set: async (key, value, options) => right.set(key, value, { ttl: options?.ttl ?? (await right.ttl(key)) }),
    })),
  ],
  'without a ttl the default of the cache holds; 0 and null mean for ever': [
    deafTo('ttl'),
    but((right) => ({ set: (key, value, options) => right.set(key, value, { ttl: options?.ttl || undefined }) })),
    but((right) => ({ multiSet: (entries, options) => right.multiSet(entries, { ttl: options?.ttl ?? undefined }) })),
    but((right) => ({ set: (key, value, options) => right.set(key, value, { ttl: options?.ttl ?? null }) })),
  ],
  'a ttl may be a text with its unit': [
    but((right) => ({
      set: (key, value, options) => right.set(key, value, { ttl: Number.parseFloat(String(options?.ttl)) }),
    })),
    but((right) => ({ expire: (key, ttl) => right.expire(key, ttl === '1.5d' ? '1d' : ttl) })),
  ],
  'expire changes the ttl, 0 and null lift it; it answers whether the key was there': [
    but((right) => ({ expire: async (key, ttl) => (ttl === 0 ? right.delete(key) : right.expire(key, ttl)) })),
    but((right) => ({ expire: async (key, ttl) => (await right.expire(key, ttl), true) })),
    but((right) => ({ expire: async (key, ttl) => (ttl === null ? right.exists(key) : right.expire(key, ttl)) })),
  ],
  'an expired entry is a miss for every command': [
    but((right) => ({ multiSet: (entries) => right.multiSet(entries) })),
    but(() => ({ add: async () => false })),
    but((right) => ({ get: async (key: string) => (await right.get(key)) ?? 'old' })),
    but((right) => ({ multiDelete: async (keys) => (await right.multiDelete(keys), [...keys].length) })),
  ],
  'a wrong ttl is a ConfigError that names the option, and nothing is stored': [
    but((right) => ({
      set: (key, value, options) => right.set(key, value, { ttl: Number.parseInt(String(options?.ttl)) || 0 }),
    })),
    but((right) => ({
      async set(key, value, options) {
        await right.set(key, value);
        return right.set(key, value, options);
      },
    })),
    but((right) => ({ expire: (key, ttl) => right.expire(key, ttl ?? null) })),
  ],
  'every well-formed text is a key, and no two of them are one': [
    but((right) => ({
      multiSet: (entries) =>
        right.multiSet(
          [...(entries as Iterable<[string, unknown]>)].map(
            ([key, value]) => [key.trim().toLowerCase(), value] as const,
          ),
        ),
    })),
    but((right) => ({
      multiSet: (entries) =>
        right.multiSet(
          [...(entries as Iterable<[string, unknown]>)].map(([key, value]) => [key.normalize(), value] as const),
        ),
      get: (key: string) => right.get(key.normalize()) as Promise<never>,
    })),
  ],
  'anything else is an InvalidKeyError, for every command': [
    throwing('get'),
    throwing('set'),
    but((right) => ({ exists: (key) => right.exists(String(key) || 'empty') })),
    but((right) => ({
      get: (key: string) => right.get(typeof key === 'string' ? key.toWellFormed() : key) as Promise<never>,
    })),
    but((right) => ({ getOrSet: (key, loader) => right.getOrSet(key || 'empty', loader) })),
  ],
  'it has the namespace it was given': [deafTo('namespace')],
  'no key of one namespace is a key of another': [
    but((right) => ({
      add: (key, value, { namespace } = {}) => right.add(`${namespace}:${key}`, value, { namespace: '' }),
    })),
    but((right) => ({
      add: (key, value, { namespace } = {}) =>
        right.add(`${namespace?.replaceAll(':', '%3A')}:${key}`, value, { namespace: '' }),
    })),
    but((right) => ({ add: (key, value) => right.add(key, value) })),
  ],
  'the namespace of a call replaces that of the cache, for every command': [
    ignoring('namespace'),
    but((right) => ({ ttl: (key) => right.ttl(key) })),
    but((right) => ({ expire: (key, ttl) => right.expire(key, ttl) })),
    but((right) => ({ multiSet: (entries) => right.multiSet(entries) })),
    but((right) => ({ getOrSet: (key, loader) => right.getOrSet(key, loader) })),
  ],
  'an empty namespace means bare keys': [
    but((right) => ({
      set: (key, value, options) => right.set(key, value, { namespace: options?.namespace || undefined }),
      get: (key: string, options?: CommandOptions) =>
        right.get(key, { namespace: options?.namespace || undefined }) as Promise<never>,
    })),
    deafTo('namespace'),
  ],
  'clear deletes its own namespace and nothing else': [
    but((right) => ({ clear: () => right.clear({ namespace: '' }) })),
    but(() => ({ clear: async () => undefined })),
    but((right) => ({ clear: async () => (await right.clear(), true) as unknown as undefined })),
    but((right) => ({ clear: async () => (await right.clear(), right.clear({ namespace: `${right.namespace}ab` })) })),
  ],
  'clear with a namespace deletes that one and nothing else': [
    but((right) => ({ clear: () => right.clear() })),
    but((right) => ({
      clear: async (options) => (
        await right.clear(options),
        right.clear({ namespace: options?.namespace?.replaceAll('%3A', ':') })
      ),
    })),
    but((right) => ({
      clear: (options) => (options?.namespace?.includes('*') ? right.clear({ namespace: '' }) : right.clear(options)),
    })),
  ],
  'a key that was cleared is a miss for every command, and can be written again': [
    but(() => ({ clear: async () => undefined })),
    but((right) => ({ add: async (...args) => !right.closed && (await right.add(...args), false) })),
  ],
  'a signal that was aborted before rejects every command with its reason, and nothing is done': [
    ignoring('signal'),
    but((right) => ({
      async expire(key, ttl, options) {
        await right.expire(key, ttl);
        return right.expire(key, ttl, options);
      },
    })),
    but((right) => ({
      get: (key: string, options?: object) =>
        right.get(key, options).catch(() => {
          throw new Error('aborted already');
        }) as Promise<never>,
    })),
  ],
  'a signal that is aborted later rejects the command with its reason': [
    deafTo('plugins'),
    but((right) => ({ get: (key: string) => right.get(key, { timeout: 5 }) as Promise<never> })),
  ],
  'a command that takes longer than its timeout is a CommandTimeoutError': [
    deafTo('plugins'),
    but(() => ({
      get: async () => {
        throw new Error('timed out already');
      },
    })),
  ],
  '0 and null mean no timeout': [
    but((right) => ({
      set(key, value, options) {
        return options?.timeout === '0s' ? Promise.reject(new Error('too late already')) : right.set(key, value);
      },
    })),
  ],
  'a wrong timeout is a ConfigError that names the option, for every command': [ignoring('timeout')],
  'what is no list of keys, no entries, no namespace or no loader is a ConfigError': [
    but((right) => ({ multiGet: (keys: Iterable<string>) => right.multiGet(keys ?? []) as Promise<never[]> })),
    but((right) => ({ multiGet: (keys: Iterable<string>) => right.multiGet([...keys]) as Promise<never[]> })),
    but((right) => ({
      getOrSet: async (key, loader) =>
        typeof loader === 'function' ? right.getOrSet(key, loader) : (undefined as never),
    })),
    ignoring('serializer'),
  ],
  'an iterable that throws is a rejection with what it threw': [
    but((right) => ({ multiGet: (keys: Iterable<string>) => right.multiGet([...keys]) as Promise<never[]> })),
    but(() => ({ multiSet: async () => undefined })),
  ],
  'a plugin hook that throws is a rejection of its command': [
    deafTo('plugins'),
    but((right) => ({ set: (key, value) => right.set(key, value).catch(() => undefined) })),
  ],
  'a disabled cache answers as an empty one would, and touches nothing': [
    but(() => ({ disable: () => undefined })),
    but(() => ({ enable: () => undefined })),
    but((right) => ({
      multiGet: async (keys: Iterable<string>) => (right.enabled ? right.multiGet(keys) : []) as never,
    })),
    but((right) => ({ increment: (key, delta = 1) => right.increment(key, right.enabled ? delta : 1) })),
    but((right) => ({ get: async (key: string) => (await right.get(key)) as never })),
    but((right) => ({ clear: async () => (right.enable(), await right.clear(), right.disable()) })),
  ],
  'loaders just run while the cache is disabled': [
    but(() => ({ disable: () => undefined })),
    but((right) => ({
      getOrSet: async (key, loader) => (right.enabled ? right.getOrSet(key, loader) : (undefined as never)),
    })),
  ],
  'no hook runs while the cache is disabled': [but(() => ({ disable: () => undefined })), deafTo('plugins')],
  'getOrSet loads what is missing, stores it, and finds it from then on': [
    but(() => ({ getOrSet: async (key: string, loader) => loader({ key } as never) })),
    but((right) => ({ getOrSet: (key, loader) => right.getOrSet(key, () => loader({} as never)) })),
  ],
  'many callers share one load': [unshared],
  'loads of different keys and namespaces do not mix': [
    but((right) => ({ getOrSet: (key, loader) => right.getOrSet(key, loader) })),
    but((right) => ({ getOrSet: (_key, loader, options) => right.getOrSet('one', loader, options) })),
  ],
  'an error of the loader reaches all its callers untouched, and is not stored': [
    unshared,
    but((right) => ({
      getOrSet: (key, loader, options) =>
        right.getOrSet(key, loader, options).catch((error: unknown) => {
          throw new Error('loading failed', { cause: error });
        }),
    })),
    but((right) => ({
      getOrSet: (key, loader, options) =>
        right.getOrSet(key, loader, options).catch(async (error: unknown) => {
          await right.set(key, 'failed');
          throw error;
        }),
    })),
  ],
  'undefined is answered, and not stored': [
    but((right) => ({
      getOrSet: async (key, loader, options) =>
        right.getOrSet(key, async (load) => ((await loader(load)) ?? null) as never, options),
    })),
  ],
  'the loader may choose the ttl, or that nothing is stored': [
    but((right) => ({
      getOrSet: (key, loader, options) =>
        right.getOrSet(key, (load) => loader({ ...load, setTtl: () => undefined, skip: () => load.skip() }), options),
    })),
    but((right) => ({
      getOrSet: (key, loader, options) =>
        right.getOrSet(
          key,
          (load) => loader({ ...load, skip: () => undefined, setTtl: (ttl) => load.setTtl(ttl) }),
          options,
        ),
    })),
  ],
  ...Object.fromEntries(
    OVERTAKERS.flatMap((name) => [
      [`a load that ${name} overtakes is answered, but not stored`, [unfenced(name)]],
      [`nobody who comes after ${name} joins a load from before it`, [unfenced(name)]],
    ]),
  ),
  'close can be repeated, and so can asyncDispose': [
    but((right) => ({
      close: () => (right.closed ? Promise.reject(new Error('closed already')) : right.close()),
    })),
    but(() => ({ closed: false })),
    but(() => ({ [Symbol.asyncDispose]: async () => undefined })),
  ],
  'every command of a closed cache is a CacheClosedError': [
    but(() => ({ close: async () => undefined })),
    but((right) => ({
      getOrSet: async (key, loader) => (right.closed ? loader({ key } as never) : right.getOrSet(key, loader)),
    })),
    but((right) => ({ get: async (key: string) => (right.closed ? undefined : right.get(key)) as never })),
    but(() => ({ connect: async () => undefined })),
  ],
};
