import { memoryBackend } from 'cachewright';
import { LRUCache } from 'lru-cache';
import { mix } from './policies/w-tinylfu.js';
import { measure, type Contestant, type Result } from './measure.js';

const CAPACITIES = [1_000, 10_000, 100_000];
const call = { wire: 'reference', namespace: '', signal: undefined } as const;

const KEYS: Readonly<Record<string, (id: number) => string>> = {
  'whole numbers as keys': String,
  'texts as keys': (id) => `user:profile:${id}`,
};

interface Store {
  get(key: string): unknown;
  set(key: string, value: number): void;
}

const STORES: Readonly<Record<string, (capacity: number) => Store>> = {
  'lru-cache': (max) => new LRUCache<string, number>({ max }) as Store,
  'cachewright, adaptive': (maxEntries) => memory(maxEntries, 'adaptive'),
};

function memory(maxEntries: number, policy: 'adaptive' | 'lru'): Store {
  const backend = memoryBackend({ maxEntries, policy }, { cache: 'bench', clock: performance });
  return { get: (key) => backend.get(key, call), set: (key, value) => backend.set(key, value, undefined) };
}

export interface CpuCase {
  readonly title: string;
  readonly results: readonly Result[];
}

/** CPU per `get` and, if it misses, `set`; and per `get` that hits. Keys as by Zipf's law, twenty times as many as there is room for. */
export async function measureEngineCpu(quick: boolean): Promise<CpuCase[]> {
  const cases: CpuCase[] = [];
  for (const [kind, keyOf] of Object.entries(KEYS)) {
    for (const capacity of CAPACITIES) {
      const keys = Array.from({ length: 20 * capacity }, (_, id) => keyOf(id));
      const requests = zipf(quick ? 200_000 : 1_000_000, keys.length);
      const how = { rounds: quick ? 5 : 9, count: requests.length };
      const through: Contestant[] = contestants(capacity, (store, index) => {
        const key = keys[requests[index % requests.length]!]!;
        if (store.get(key) === undefined) store.set(key, index);
      });
      const title = `${capacity.toLocaleString('en')} entries, ${kind}`;
      cases.push({ title, results: await measure(through, how) });
      const hits = contestants(
        capacity,
        (store, index) => store.get(keys[(index * 7_919) % (capacity >> 1)]!),
        (store) => {
          for (let id = 0; id < capacity >> 1; id++) store.set(keys[id]!, id);
        },
      );
      cases.push({ title: `hits alone: ${title}`, results: await measure(hits, how) });
    }
  }
  return cases;
}

function contestants(
  capacity: number,
  request: (store: Store, index: number) => void,
  fill: (store: Store) => void = () => undefined,
): Contestant[] {
  return Object.entries(STORES).map(([name, create]) => {
    const store = create(capacity);
    fill(store);
    return {
      name,
      async run(count, from) {
        for (let index = from; index < from + count; index++) request(store, index);
      },
    };
  });
}

/** Requests by Zipf's law with exponent 1, the popular keys in no particular order, the same in every run. */
function zipf(count: number, keys: number): Int32Array {
  const requests = new Int32Array(count);
  for (let at = 0; at < count; at++) {
    const part = mix(at) / 2 ** 32;
    // The inverse of the harmonic numbers, taken for logarithms.
    const rank = Math.min(keys - 1, Math.floor(Math.exp(part * Math.log(keys + 1))) - 1);
    requests[at] = mix(rank) % keys;
  }
  return requests;
}
