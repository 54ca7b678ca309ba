/** How long an entry lives, as far as a property can tell without waiting. */
export type Lifetime = 'ever' | 'hour' | 'day';

export const MS: Readonly<Record<Lifetime, number>> = { ever: 0, hour: 3_600_000, day: 86_400_000 };

interface Entry {
  value: unknown;
  lifetime: Lifetime;
  /** Changes with every write. */
  version: number;
}

const NOT_A_NUMBER = { code: 'ERR_CACHE_NOT_A_NUMBER' };

/** What a cache with the serializer `json` does, said in the most obvious way. Keys hold their namespace. */
export class Model {
  readonly #entries = new Map<string, Entry>();
  #version = 0;

  set(key: string, value: unknown, lifetime: Lifetime): void {
    this.#entries.set(key, { value, lifetime, version: ++this.#version });
  }

  get(key: string): unknown {
    return this.#entries.get(key)?.value;
  }

  add(key: string, value: unknown, lifetime: Lifetime): boolean {
    if (this.#entries.has(key)) return false;
    this.set(key, value, lifetime);
    return true;
  }

  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  exists(key: string): boolean {
    return this.#entries.has(key);
  }

  increment(key: string, delta: number, lifetime: Lifetime): unknown {
    const entry = this.#entries.get(key);
    if (entry !== undefined && (!Number.isSafeInteger(entry.value) || Object.is(entry.value, -0))) return NOT_A_NUMBER;
    const sum = ((entry?.value as number | undefined) ?? 0) + delta;
    if (!Number.isSafeInteger(sum)) return NOT_A_NUMBER;
    this.set(key, sum, entry?.lifetime ?? lifetime);
    return sum;
  }

  expire(key: string, lifetime: Lifetime): boolean {
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.lifetime = lifetime;
    return entry !== undefined;
  }

  ttl(key: string): Lifetime | undefined {
    return this.#entries.get(key)?.lifetime;
  }

  clear(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }

  /** Absence has a version, too. */
  version(key: string): number | undefined {
    return this.#entries.get(key)?.version;
  }
}
