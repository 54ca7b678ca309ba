import { setImmediate as turn } from 'node:timers/promises';
import type { Backend, BackendCall, LoadFences, LockStore, VersionedStore, Wire } from 'cachewright';
import { BACKEND_COMMANDS } from '#lib/testing/backend-commands.js';

/** What is wrong with a backend that is right otherwise. */
export type Breakage = (right: Backend) => Partial<Backend>;

/** `right` with something wrong. */
export function mutant(right: Backend, breakage: Breakage): Backend {
  const commands = [...BACKEND_COMMANDS, 'close' as const].map((name) => {
    const method = right[name] as (...args: unknown[]) => unknown;
    return [name, method.bind(right)] as const;
  });
  const { name, capabilities, fences, locks, versions } = right;
  const facets = { ...(fences && { fences }), ...(locks && { locks }), ...(versions && { versions }) };
  return { ...(Object.fromEntries(commands) as unknown as Backend), name, capabilities, ...facets, ...breakage(right) };
}

/** Wrong locks. */
const locked =
  (breakage: (right: LockStore) => Partial<LockStore>): Breakage =>
  ({ locks: right }) => ({
    locks: {
      acquire: (...args) => right!.acquire(...args),
      renew: (...args) => right!.renew(...args),
      release: (...args) => right!.release(...args),
      watch: (...args) => right!.watch!(...args),
      ...breakage(right!),
    },
  });

/** Wrong versions. */
const versioned =
  (breakage: (right: VersionedStore) => Partial<VersionedStore>): Breakage =>
  ({ versions: right }) => ({
    versions: {
      read: (...args) => right!.read(...args),
      compareAndSet: (...args) => right!.compareAndSet(...args),
      ...breakage(right!),
    },
  });

/** Wrong fences. */
const fenced =
  (breakage: (right: LoadFences, backend: Backend) => Partial<LoadFences>): Breakage =>
  (backend) => ({
    fences: {
      take: (...args) => backend.fences!.take(...args),
      store: (...args) => backend.fences!.store(...args),
      ...breakage(backend.fences!, backend),
    },
  });

/** Stores whatever comes. */
const open = fenced((_right, backend) => ({
  async store(entries, ttlMs, _withinMs, call) {
    for (const { key, wire } of entries) await backend.set(key, wire, ttlMs, call);
    return entries.map(() => true);
  },
}));

/** Stores nothing. */
const shut = fenced(() => ({ store: (entries) => entries.map(() => false) }));

/** Compares nothing: whoever comes wins. */
const careless: Breakage = (right) => ({
  versions: {
    read: (...args) => right.versions!.read(...args),
    async compareAndSet(key, _version, wire, ttlMs, call) {
      await right.set(key, wire, ttlMs, call);
      return { version: undefined };
    },
  },
});

/** The value of a counter or a text, whatever the kind of wire. */
function textOf(wire: Wire): string {
  if (wire instanceof Uint8Array) return Buffer.from(wire).toString();
  return typeof wire === 'object' && wire !== null ? (wire as { text: string }).text : String(wire);
}

function counter(count: number, { wire }: BackendCall): Wire {
  if (wire === 'reference') return count;
  return wire === 'text' ? `${count}` : Buffer.from(`${count}`);
}

/** Every command with its keys changed by `change`. */
const keysChanged =
  (change: (key: string) => string): Breakage =>
  (right) => ({
    get: (key, call) => right.get(change(key), call),
    set: (key, ...rest) => right.set(change(key), ...rest),
  });

/** Clears what `matches`, of the keys of `entries` that were ever written. */
const clearing =
  (matches: (key: string, prefix: string) => boolean): Breakage =>
  (right) => {
    const keys = new Set<string>();
    return {
      multiSet(entries, ...rest) {
        for (const [key] of entries) keys.add(key);
        return right.multiSet(entries, ...rest);
      },
      async clear(prefix, call) {
        const gone = [...keys].filter((key) => matches(key, prefix));
        if (gone.length > 0) await right.delete(gone, call);
      },
    };
  };

/** A lifetime handled by a timer that nobody cancels, as it were: the entry goes when the time comes, whatever it is then. */
const staleTimers: Breakage = (right) => {
  const doomed = new Map<string, number>();
  return {
    multiSet(entries, ttlMs, call) {
      if (ttlMs !== undefined && ttlMs < 60_000) for (const [key] of entries) doomed.set(key, ttlMs);
      return right.multiSet(entries, ttlMs, call);
    },
    multiGet(keys, call) {
      return keys.map((key) => (doomed.has(key) ? undefined : right.get(key, call)));
    },
  };
};

/** By rule: backends that break it. */
export const BACKEND_MUTANTS: Readonly<Record<string, readonly Breakage[]>> = {
  'get answers undefined for a key that is not there': [
    (right) => ({ get: async (key, call) => (await right.get(key, call)) ?? null }),
  ],
  'get answers what set stored, in the kind that was asked for': [
    (right) => ({ get: async (key, call) => textOf((await right.get(key, call)) ?? '') }),
    () => ({ get: () => undefined }),
    keysChanged(() => 'one key for all'),
  ],
  'set replaces the value': [(right) => ({ set: async (...args) => void (await right.add(...args)) })],
  'an empty value is a value': [
    (right) => ({
      async get(key, call) {
        const wire = await right.get(key, call);
        return wire === undefined || textOf(wire) === '' ? undefined : wire;
      },
    }),
    (right) => ({ exists: async (key, call) => textOf((await right.get(key, call)) ?? '') !== '' }),
    (right) => ({ delete: async (keys, call) => ((await right.delete(keys, call)) > 0 && keys.length > 1 ? 1 : 0) }),
  ],
  'text comes back as it was, character for character': [
    (right) => ({ set: (key, wire, ...rest) => right.set(key, textOf(wire).normalize(), ...rest) }),
    (right) => ({ set: (key, wire, ...rest) => right.set(key, textOf(wire).trim(), ...rest) }),
    (right) => ({
      set: (key, wire, ...rest) => right.set(key, Buffer.from(textOf(wire), 'latin1').toString('latin1'), ...rest),
    }),
    (right) => ({ set: (key, wire, ...rest) => right.set(key, textOf(wire).replace(/\0.*/s, ''), ...rest) }),
  ],
  'bytes come back as they were, wherever they lay': [
    (right) => ({ set: (key, wire, ...rest) => right.set(key, Buffer.from(textOf(wire)), ...rest) }),
    (right) => ({ set: (key, wire, ...rest) => right.set(key, Buffer.from((wire as Uint8Array).buffer), ...rest) }),
    (right) => ({ get: async (key, call) => textOf(await right.get(key, call)) }),
  ],
  'references are kept, and nothing but undefined is a miss': [
    (right) => ({ set: (key, wire, ...rest) => right.set(key, structuredClone(wire), ...rest) }),
    (right) => ({ get: async (key, call) => (await right.get(key, call)) ?? undefined }),
    (right) => ({ exists: async (key, call) => Boolean(await right.get(key, call)) }),
  ],
  'text can be read as bytes, and bytes as text': [
    (right) => ({ get: (key) => right.get(key, { wire: 'text', namespace: '', signal: undefined }) }),
    (right) => ({ multiGet: (keys) => right.multiGet(keys, { wire: 'bytes', namespace: '', signal: undefined }) }),
  ],
  'keys are taken as they are: no two of them are one': [
    keysChanged((key) => key.toLowerCase()),
    keysChanged((key) => key.normalize()),
    keysChanged((key) => key.replaceAll(/\s/g, '_')),
    keysChanged((key) => Buffer.from(key, 'latin1').toString('latin1')),
  ],
  'exists answers true or false': [
    (right) => ({ exists: async (key, call) => ((await right.exists(key, call)) ? 1 : 0) as unknown as boolean }),
    () => ({ exists: () => true }),
    () => ({ exists: () => false }),
  ],
  'multiGet answers by position, undefined for what is not there': [
    (right) => ({
      multiGet: async (keys, call) => (await right.multiGet(keys, call)).filter((wire) => wire !== undefined),
    }),
    (right) => ({ multiGet: (keys, call) => right.multiGet([...keys].sort(), call) }),
    (right) => ({ multiGet: async (keys, call) => (await right.multiGet(keys, call)).map((wire) => wire ?? null) }),
  ],
  'multiGet answers a key as often as it is asked for': [
    (right) => ({ multiGet: (keys, call) => right.multiGet([...new Set(keys)], call) }),
  ],
  'multiSet stores every entry, with the lifetime of all': [
    (right) => ({ multiSet: (entries, _ttl, call) => right.multiSet(entries, undefined, call) }),
    (right) => ({ multiSet: (entries, ttl, call) => right.multiSet(entries.slice(0, 1), ttl, call) }),
    (right) => ({
      async multiSet(entries, ttl, call) {
        await right.multiSet(entries, undefined, call);
        await right.expire(entries[0]![0], ttl, call);
      },
    }),
  ],
  'multiSet replaces values and lifetimes': [
    (right) => ({
      async multiSet(entries, ttl, call) {
        const left = await right.ttl(entries[0]![0], call);
        await right.multiSet(entries, ttl ?? left ?? undefined, call);
      },
    }),
    (right) => ({
      async multiSet(entries, ttl, call) {
        for (const [key, wire] of entries) await right.add(key, wire, ttl, call);
      },
    }),
  ],
  'of two entries with one key, multiSet keeps the last': [
    (right) => ({ multiSet: (entries, ...rest) => right.multiSet([...entries].reverse(), ...rest) }),
  ],
  'thousands of keys fit into one call': [
    (right) => ({ multiSet: (entries, ...rest) => right.multiSet(entries.slice(0, 1_000), ...rest) }),
    (right) => ({ multiGet: (keys, call) => right.multiGet(keys.slice(0, 1_000), call) }),
    (right) => ({ delete: (keys, call) => right.delete(keys.slice(0, 1_000), call) }),
  ],
  'add stores what is not there yet, with its lifetime': [
    (right) => ({ add: (key, wire, _ttl, call) => right.add(key, wire, undefined, call) }),
    (right) => ({ add: async (...args) => ((await right.add(...args)) ? 1 : 0) as unknown as boolean }),
    () => ({ add: () => true }),
  ],
  'add leaves what is there as it is': [
    (right) => ({ add: async (...args) => (await right.set(...args), true) }),
    (right) => ({
      add: async (...args) =>
        (!(await right.exists(args[0], args[3])) && (await right.set(...args), true)) ||
        (await right.set(...args), false),
    }),
    (right) => ({
      async add(key, wire, ttl, call) {
        const added = await right.add(key, wire, ttl, call);
        if (!added) await right.expire(key, ttl, call);
        return added;
      },
    }),
  ],
  'add sees through expired entries': [
    (right) => {
      const written = new Set<string>();
      return {
        multiSet(entries, ...rest) {
          for (const [key] of entries) written.add(key);
          return right.multiSet(entries, ...rest);
        },
        add: (key, ...rest) => !written.has(key) && right.add(key, ...rest),
      };
    },
  ],
  'delete removes the keys, and no other': [
    (right) => ({ delete: (keys, call) => right.delete(keys.slice(0, 1), call) }),
    (right) => ({ delete: async (keys, call) => (await right.clear(keys[0]!.slice(0, -1), call), keys.length) }),
    () => ({ delete: (keys) => keys.length }),
  ],
  'delete answers how many of the keys were there': [
    (right) => ({ delete: async (keys, call) => (await right.delete(keys, call), keys.length) }),
    (right) => ({ delete: async (keys, call) => ((await right.delete(keys, call)) > 0 ? 1 : 0) }),
    (right) => ({ delete: async (keys, call) => ((await right.delete(keys, call)) > 0) as unknown as number }),
  ],
  'a deleted key can be written again, and knows nothing of its past': [
    (right) => {
      const dead = new Set<string>();
      return {
        delete(keys, call) {
          for (const key of keys) dead.add(key);
          return right.delete(keys, call);
        },
        add: (key, ...rest) => !dead.has(key) && right.add(key, ...rest),
      };
    },
    (right) => {
      let kept: number | undefined;
      return {
        async delete(keys, call) {
          kept = (await right.ttl(keys[0]!, call)) ?? undefined;
          return right.delete(keys, call);
        },
        add: (key, wire, ttl, call) => right.add(key, wire, ttl ?? kept, call),
      };
    },
  ],
  'increment starts a missing key at delta, with its lifetime': [
    (right) => ({ increment: (key, delta, _ttl, call) => right.increment(key, delta, undefined, call) }),
    (right) => ({ increment: (key, delta, ttl, call) => right.increment(key, Math.abs(delta), ttl, call) }),
    (right) => ({
      async increment(key, delta, ttl, call) {
        if (await right.exists(key, call)) return right.increment(key, delta, ttl, call);
        return right.increment(key, 0, ttl, call);
      },
    }),
  ],
  'increment adds to what is stored, in either direction and through zero': [
    (right) => ({
      increment: async (key, delta, ttl, call) => (await right.increment(key, delta, ttl, call)) || delta,
    }),
    (right) => ({
      increment: async (key, delta, ttl, call) => Math.max(0, await right.increment(key, delta, ttl, call)),
    }),
    (right) => ({ increment: (key, delta, ttl, call) => right.increment(key, delta || 1, ttl, call) }),
    (right) => ({
      increment: async (key, delta, ttl, call) => (await right.set(key, counter(delta, call), ttl, call), delta),
    }),
  ],
  'increment keeps the lifetime of an existing key': [
    (right) => ({
      async increment(key, delta, ttl, call) {
        const sum = await right.increment(key, delta, ttl, call);
        await right.expire(key, ttl, call);
        return sum;
      },
    }),
    (right) => ({
      async increment(key, delta, ttl, call) {
        const sum = await right.increment(key, delta, ttl, call);
        await right.expire(key, undefined, call);
        return sum;
      },
    }),
  ],
  'increment starts anew where an entry has expired': [
    (right) => {
      const written = new Map<string, Wire>();
      return {
        multiSet(entries, ...rest) {
          for (const [key, wire] of entries) written.set(key, wire);
          return right.multiSet(entries, ...rest);
        },
        async increment(key, delta, ttl, call) {
          if (written.has(key)) await right.add(key, written.get(key), 60_000, call);
          await right.delete([key], call);
          return right.increment(key, delta, written.has(key) ? 60_000 : ttl, call);
        },
      };
    },
  ],
  'increment counts up to the last safe integers': [
    (right) => ({ increment: async (key, delta, ttl, call) => (await right.increment(key, delta, ttl, call)) | 0 }),
    (right) => ({
      increment: async (key, delta, ttl, call) => Math.fround(await right.increment(key, delta, ttl, call)),
    }),
  ],
  'increment refuses a sum that is no safe integer, and changes nothing': [
    (right) => ({
      async increment(key, delta, ttl, call) {
        const sum = Number(textOf(await right.get(key, call))) + delta;
        await right.set(key, counter(sum, call), ttl, call);
        return sum;
      },
    }),
    (right) => ({
      async increment(key, delta, ttl, call) {
        await right.expire(key, undefined, call);
        return right.increment(key, delta, ttl, call);
      },
    }),
  ],
  'increment refuses what is no counter, and changes nothing': [
    (right) => ({
      increment: async (key, delta, _ttl, call) => (Number.parseInt(textOf(await right.get(key, call))) || 0) + delta,
    }),
    (right) => ({
      async increment(key, delta, ttl, call) {
        try {
          return await right.increment(key, delta, ttl, call);
        } catch (error) {
          await right.delete([key], call);
          throw error;
        }
      },
    }),
    (right) => ({
      async increment(key, delta, ttl, call) {
        try {
          return await right.increment(key, delta, ttl, call);
        } catch {
          throw new TypeError('not a number');
        }
      },
    }),
    (right) => ({
      async increment(key, delta, ttl, call) {
        const number = Number(textOf(await right.get(key, call)));
        return Number.isSafeInteger(number) ? number + delta : right.increment(key, delta, ttl, call);
      },
    }),
  ],
  'ttl answers what remains, null for ever, and undefined for a key that is not there': [
    (right) => ({ ttl: async (key, call) => ((await right.ttl(key, call)) ?? 0) / 1_000 }),
    (right) => ({ ttl: async (key, call) => ((await right.ttl(key, call)) === null ? -1 : right.ttl(key, call)) }),
    (right) => ({ ttl: async (key, call) => (await right.ttl(key, call)) ?? null }),
    (right) => ({ ttl: async (key, call) => (await right.ttl(key, call)) ?? undefined }),
  ],
  'expired entries are absent for every method': [
    (right) => ({
      get: async (key, call) => (await right.get(key, call)) ?? (call.wire === 'text' ? 'old' : undefined),
    }),
    (right) => ({
      multiGet: async (keys, call) => (await right.multiGet(keys, call)).map((wire) => wire ?? Buffer.from('old')),
    }),
    (right) => ({ ttl: async (key, call) => ((await right.exists(key, call)) ? right.ttl(key, call) : 0) }),
    (right) => ({ expire: async (...args) => (await right.expire(...args), true) }),
    (right) => ({ delete: async (keys, call) => (await right.delete(keys, call), keys.length) }),
    (right) => ({ multiSet: (entries, ttl, call) => right.multiSet(entries, ttl! * 1_000, call) }),
    (right) => ({ multiSet: (entries, ttl, call) => right.multiSet(entries, ttl! / 2, call) }),
  ],
  'set replaces the lifetime': [
    (right) => ({
      async set(key, wire, ttl, call) {
        await right.set(key, wire, ttl ?? (await right.ttl(key, call)) ?? undefined, call);
      },
    }),
    (right) => ({
      async set(key, wire, ttl, call) {
        await right.set(key, wire, (await right.ttl(key, call)) ?? ttl, call);
      },
    }),
    (right) => ({ set: (key, wire, _ttl, call) => right.set(key, wire, undefined, call) }),
  ],
  'an earlier lifetime does not end what was written since': [staleTimers],
  'expire sets and changes the lifetime, and answers whether the key was there': [
    () => ({ expire: () => true }),
    (right) => ({ expire: async (key, _ttl, call) => right.exists(key, call) }),
    (right) => ({ expire: async (...args) => ((await right.expire(...args)) ? 1 : 0) as unknown as boolean }),
    (right) => ({
      async expire(key, ttl, call) {
        if ((await right.ttl(key, call)) === null) return right.expire(key, ttl, call);
        return right.exists(key, call);
      },
    }),
  ],
  'expire without a lifetime lifts it, and answers whether the key was there': [
    (right) => ({
      expire: (key, ttl, call) => (ttl === undefined ? right.exists(key, call) : right.expire(key, ttl, call)),
    }),
    (right) => ({
      expire: async (key, ttl, call) =>
        ttl === undefined ? (await right.delete([key], call)) > 0 : right.expire(key, ttl, call),
    }),
    // PERSIST as it is: false where there was no lifetime to lift.
    (right) => ({
      async expire(key, ttl, call) {
        const had = await right.ttl(key, call);
        return (await right.expire(key, ttl, call)) && typeof had === 'number';
      },
    }),
  ],
  'expire ends an entry when it says so': [
    (right) => ({ expire: (key, ttl, call) => right.expire(key, ttl! * 1_000, call) }),
    (right) => ({ expire: (key, _ttl, call) => right.expire(key, 1, call) }),
  ],
  'expireUnless is expire, but leaves alone what begins so': [
    (right) => ({ expireUnless: (key, ttl, _beginning, call) => right.expire(key, ttl, call) }),
    () => ({ expireUnless: () => false }),
    () => ({ expireUnless: () => true }),
    (right) => ({
      async expireUnless(key, ttl, beginning, call) {
        const value = await right.get(key, call);
        if (value !== undefined && String(value).includes(beginning)) return undefined;
        await right.set(key, value ?? '', ttl, call);
        return value !== undefined;
      },
    }),
    (right) => ({
      async expireUnless(key, ttl, beginning, call) {
        const done = await right.expire(key, ttl, call);
        return String(await right.get(key, call)).startsWith(beginning) ? undefined : done;
      },
    }),
  ],
  'clear deletes the keys that begin with the prefix, and nothing else': [
    clearing((key, prefix) => key.startsWith(prefix.replace(/:$/, ''))),
    clearing((key, prefix) => key.toLowerCase().startsWith(prefix.toLowerCase())),
    clearing((key, prefix) =>
      new RegExp(
        `^${prefix
          .replaceAll(/[\\^$+.(){}|[\]]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')}`,
      ).test(key),
    ),
    clearing((key, prefix) =>
      new RegExp(
        `^${prefix
          .replaceAll(/[\\^$+.(){}|[\]*?]/g, '\\$&')
          .replaceAll('%', '.*')
          .replaceAll('_', '.')}`,
      ).test(key),
    ),
    clearing((key, prefix) => key.startsWith(prefix) && !/[^ -~]/.test(prefix)),
    () => ({ clear: () => undefined }),
    (right) => ({ clear: (_prefix, call) => right.clear('', call) }),
  ],
  'clear looks at the beginning of keys only': [
    clearing((key, prefix) => key.endsWith('in:1') || key.startsWith(prefix)),
    clearing((key, prefix) => key.startsWith(prefix) && key !== prefix),
  ],
  'clear deletes thousands of keys, and leaves those beside them': [
    (right) => {
      let all: readonly string[] = [];
      return {
        multiSet(entries, ...rest) {
          all = entries.map(([key]) => key);
          return right.multiSet(entries, ...rest);
        },
        clear: async (prefix, call) =>
          void (await right.delete(all.filter((key) => key.startsWith(prefix)).slice(0, 1_000), call)),
      };
    },
  ],
  'clear is content with nothing to delete': [(right) => ({ clear: (_prefix, call) => right.clear('', call) })],
  "clear('') deletes everything": [
    (right) => ({ clear: (prefix, call) => (prefix === '' ? undefined : right.clear(prefix, call)) }),
    (right) => ({ clear: (_prefix, call) => right.clear('conformance:', call) }),
  ],
  'of many who add one key at once, one succeeds': [
    (right) => ({
      async add(...args) {
        if (await right.exists(args[0], args[3])) return false;
        await turn();
        await right.set(...args);
        return true;
      },
    }),
  ],
  'no increment of many at once is lost': [
    (right) => ({
      async increment(key, delta, ttl, call) {
        const stored = await right.get(key, call);
        const sum = (stored === undefined ? 0 : Number(textOf(stored))) + delta;
        await right.set(key, counter(sum, call), ttl, call);
        return sum;
      },
    }),
  ],
  'a lock has one holder, and tells others how long to wait': [
    locked(() => ({ acquire: () => ({ token: 1 }) })),
    locked((right) => ({ acquire: (_key, ...rest) => right.acquire('one for all', ...rest) })),
    locked((right) => ({
      acquire: async (...args) =>
        ({ heldForMs: 0, ...(await right.acquire(...args)) }).heldForMs === 0
          ? right.acquire(...args)
          : { heldForMs: 1e12 },
    })),
  ],
  'of many who want a lock at once, one gets it': [
    locked((right) => ({
      async acquire(key, _owner, leaseMs, call) {
        return right.acquire(key, 'everybody', leaseMs, call);
      },
    })),
  ],
  'a lock is granted again to the owner that holds it, and its lease begins anew': [
    locked((right) => ({ acquire: (key, owner, ...rest) => right.acquire(key, owner + Math.random(), ...rest) })),
    locked((right) => {
      const answers = new Map<string, ReturnType<LockStore['acquire']>>();
      return {
        acquire(key, owner, ...rest) {
          const answer = answers.get(owner) ?? right.acquire(key, owner, ...rest);
          answers.set(owner, answer);
          return answer;
        },
      };
    }),
  ],
  'a lock is released and renewed by its owner only': [
    locked(() => ({ renew: () => true })),
    locked(() => ({ release: () => true })),
    locked((right) => ({ release: async (...args) => void (await right.release(...args)) as unknown as boolean })),
    locked((right) => ({
      acquire: async (...args) => ({
        ...(await right.acquire(...args)),
        ...('token' in (await right.acquire(...args)) && { token: 1 }),
      }),
    })),
  ],
  'a lock ends with its lease, and tokens grow all the same': [
    locked((right) => ({ acquire: (key, owner, _leaseMs, call) => right.acquire(key, owner, 1e9, call) })),
    locked(() => ({ release: () => true })),
  ],
  'a renewed lease begins anew': [locked(() => ({ renew: () => true }))],
  'clear does not touch locks': [
    (right) => {
      let last: (() => unknown) | undefined;
      return {
        locks: {
          acquire(key, owner, leaseMs, call) {
            last = () => right.locks!.release(key, owner, call);
            return right.locks!.acquire(key, owner, leaseMs, call);
          },
          renew: () => false,
          release: () => false,
        },
        clear: async () => void (await last?.()),
      };
    },
  ],
  'those who watch a lock are woken by its release, until they stop': [
    locked(() => ({ watch: () => () => undefined })),
  ],
  'compare-and-set replaces what was read, and its lifetime': [
    versioned(() => ({ compareAndSet: () => undefined })),
    versioned((right) => ({
      compareAndSet: (key, version, wire, _ttlMs, call) => right.compareAndSet(key, version, wire, undefined, call),
    })),
    versioned((right) => ({
      compareAndSet: async (...args) => (await right.compareAndSet(...args)) && { version: args[1] },
    })),
  ],
  'compare-and-set creates what was not there, if it still is not': [
    versioned((right) => ({
      async compareAndSet(key, version, wire, ttlMs, call) {
        const found = await right.read(key, call);
        return found.wire === undefined ? undefined : right.compareAndSet(key, version, wire, ttlMs, call);
      },
    })),
    careless,
  ],
  'compare-and-set sees through expired entries': [versioned(() => ({ compareAndSet: () => undefined }))],
  'compare-and-set refuses after a set': [careless],
  'compare-and-set refuses after a multiSet': [careless],
  'compare-and-set refuses after a deletion': [careless],
  'compare-and-set refuses after a deletion and a creation': [careless],
  'compare-and-set refuses after a clear': [careless],
  'of many who compare and set at once, one succeeds': [careless],
  'what was loaded is stored, with its lifetime, if nothing happened meanwhile': [
    shut,
    fenced((right) => ({ store: (entries, _ttlMs, ...rest) => right.store(entries, undefined, ...rest) })),
  ],
  ...Object.fromEntries(
    [
      'a set',
      'a multiSet',
      'an add',
      'a deletion',
      'a deletion of several',
      'a creation and a deletion',
      'a clear',
    ].map((change) => [`what was loaded is not stored after ${change}`, [open, shut]]),
  ),
  'what was loaded in place of an entry is not stored after a deletion of that': [open],
  'a load that began after an invalidation does not let one from before through': [open],
  'of a batch, what was invalidated is not stored, and the rest is': [open, shut],
  'what was loaded is not stored once its time is over': [open],
  'taking a token changes nothing that can be read': [
    fenced((right, backend) => ({
      async take(keys, call) {
        for (const key of keys) await backend.add(key, 'token', undefined, call);
        return right.take(keys, call);
      },
    })),
  ],
  'it has a name and says what it can do': [
    () => ({ name: '' }),
    ({ capabilities }) => ({ capabilities: { ...capabilities, ttlResolutionMs: 0 } }),
    ({ capabilities }) => ({ capabilities: { ...capabilities, maxKeyBytes: Infinity } }),
    ({ capabilities }) => ({ capabilities: { ...capabilities, shared: undefined as unknown as boolean } }),
  ],
  'connecting, if it can, works and can be repeated': [
    () => {
      let connected = false;
      return {
        async connect() {
          if (connected) throw new Error('connected already');
          connected = true;
        },
      };
    },
    () => ({ connect: async () => undefined, get: () => undefined }),
  ],
  'it can be closed more than once, used or not': [
    () => {
      let closed = 0;
      return {
        async close() {
          if (++closed === 2) throw new Error('closed already');
        },
      };
    },
  ],
};
