import { setTimeout as sleep } from 'node:timers/promises';
import { memoryBackend } from 'cachewright';
import { LRUCache } from 'lru-cache';

/** Fills one cache and prints what an entry takes beyond key and value. Arguments: its name, and how many entries. */
const [, , name, count] = process.argv;
const entries = Number(count);

type Set = (key: string) => void;

function build(capacity: number): { readonly store: unknown; readonly set: Set } {
  if (name === 'lru-cache') {
    const store = new LRUCache<string, number>({ max: capacity });
    return { store, set: (key) => void store.set(key, 1) };
  }
  const policy = name === 'cachewright, lru' ? 'lru' : 'adaptive';
  const store = memoryBackend({ maxEntries: capacity, policy }, { cache: 'bench', clock: performance });
  return { store, set: (key) => store.set(key, 1, undefined) };
}

/** Arrays outside of the heap are freed a little after the garbage collection. */
async function used(): Promise<number> {
  for (let time = 0; time < 5; time++) {
    globalThis.gc!();
    await sleep(20);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

// Texts in one piece: a text put together is copied by whoever reads it first.
const keys = Array.from({ length: 2 * entries }, (_, id) => JSON.parse(JSON.stringify(`user:profile:${id}`)) as string);
// Compiled code is no entry's.
const warm = build(1_000);
for (let round = 0; round < 10; round++) for (const key of keys.slice(0, 10_000)) warm.set(key);
const before = await used();
// Several of them, so that little else counts.
const stores = Array.from({ length: Math.ceil(1_000_000 / entries) }, () => build(entries));
for (const { set } of stores) for (const key of keys) set(key);
const bytes = ((await used()) - before) / entries / stores.length;
if (keys.length > 0 && stores.every(({ store }) => store !== warm.store)) console.log(bytes);
