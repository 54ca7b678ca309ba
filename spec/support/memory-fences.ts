import type { Backend, Clock, LoadFences } from 'cachewright';

interface Token {
  readonly id: number;
  readonly version: unknown;
  readonly takenAt: number;
}

/** A memory backend that watches loads, as a store that processes share would. */
export function withFences(memory: Backend, clock: Clock): Backend {
  const ids = new Map<string, number>();
  let last = 0;
  const idOf = (key: string): number => {
    const id = ids.get(key) ?? ++last;
    ids.set(key, id);
    return id;
  };
  const fences: LoadFences = {
    async take(keys, call) {
      const takenAt = clock.now();
      return Promise.all(
        keys.map(async (key): Promise<Token> => {
          const { version } = await memory.versions!.read(key, call);
          return { id: idOf(key), version, takenAt };
        }),
      );
    },
    async store(entries, ttlMs, withinMs, call) {
      const late = withinMs !== undefined && withinMs < 0;
      const stored: boolean[] = [];
      for (const { key, wire, token } of entries) {
        const { id, version } = token as Token;
        const untouched = !late && ids.get(key) === id;
        stored.push(untouched && (await memory.versions!.compareAndSet(key, version, wire, ttlMs, call)) !== undefined);
      }
      return stored;
    },
  };
  return new Proxy(memory, {
    get(target, name) {
      if (name === 'fences') return fences;
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      const method = (...args: unknown[]): unknown => Reflect.apply(value, target, args) as unknown;
      if (name === 'delete') {
        return (keys: readonly string[], ...rest: unknown[]) => {
          for (const key of keys) ids.delete(key);
          return method(keys, ...rest);
        };
      }
      if (name !== 'clear') return method;
      return (prefix: string, ...rest: unknown[]) => {
        for (const key of ids.keys()) if (key.startsWith(prefix)) ids.delete(key);
        return method(prefix, ...rest);
      };
    },
  });
}
