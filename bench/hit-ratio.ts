import { memoryBackend } from 'cachewright';
import { LRUCache } from 'lru-cache';
import { clairvoyantHits } from './policies/clairvoyant.js';
import { Arc, TwoQueues } from './policies/ghosts.js';
import { Lirs } from './policies/lirs.js';
import type { Policy, PolicyFactory } from './policies/policy.js';
import { S3Fifo } from './policies/s3-fifo.js';
import { Clock, Sieve } from './policies/simple.js';
import { WTinyLfu } from './policies/w-tinylfu.js';
import type { Trace } from './traces.js';

/** Entries, as many as a service may have room for; a trace is replayed with those that fit it. */
const SIZES: Readonly<Record<string, readonly number[]>> = {
  oltp: [500, 1_000, 2_000, 5_000, 10_000, 15_000],
  p3: [1_000, 4_096, 16_384, 65_536, 131_072],
  glimpse: [256, 512, 1_024, 1_500, 2_000],
  loop: [128, 256, 512, 768, 1_000],
  multi1: [100, 256, 512, 1_000, 1_500],
  multi3: [256, 512, 1_024, 2_000, 4_000],
  '2_pools': [128, 450, 1_000, 2_000, 4_000],
  sprite: [100, 256, 512, 1_000, 2_000],
  corda: [128, 512, 1_024, 4_096, 16_384],
  'corda-loop': [256, 512, 768, 1_024, 4_096],
  'orm-busy': [512, 1_000, 4_096, 10_000, 20_000],
  web07: [128, 512, 1_000, 2_000, 5_000],
  gcc: [128, 512, 1_024, 4_096, 8_192],
  'cloudphysics-io': [512, 1_024, 4_096, 10_000, 20_000],
  'zipf-1.0': [512, 1_000, 4_096, 16_384, 50_000],
  'zipf-drift-scan': [512, 1_000, 4_096, 16_384, 50_000],
};

export const OURS = 'cachewright, adaptive';
export const OUR_LRU = 'cachewright, lru';
export const LRU = 'lru-cache';
export const OPTIMUM = 'clairvoyant';

/** What the best of a cell is looked for among. */
export const PUBLISHED: Readonly<Record<string, PolicyFactory>> = {
  [LRU]: (capacity) => new LruCache(capacity),
  CLOCK: (capacity, keys) => new Clock(capacity, keys),
  SIEVE: (capacity, keys) => new Sieve(capacity, keys),
  'S3-FIFO': (capacity, keys) => new S3Fifo(capacity, keys),
  '2Q': (capacity, keys) => new TwoQueues(capacity, keys),
  ARC: (capacity, keys) => new Arc(capacity, keys),
  LIRS: (capacity, keys) => new Lirs(capacity, keys),
  'W-TinyLFU, 1 % window': (capacity, keys) => new WTinyLfu(capacity, keys),
  'W-TinyLFU, hill climbing': (capacity, keys) => new WTinyLfu(capacity, keys, { climbs: true }),
};

const CONTESTANTS: Readonly<Record<string, PolicyFactory>> = {
  ...PUBLISHED,
  [OUR_LRU]: (capacity) => new Memory(capacity, 'lru'),
  [OURS]: (capacity) => new Memory(capacity, 'adaptive'),
};

/** Hits in percent of the requests, by contestant. */
export interface Cell {
  readonly trace: string;
  readonly capacity: number;
  readonly hits: Readonly<Record<string, number>>;
}

class LruCache implements Policy {
  readonly #cache: LRUCache<number, number>;

  constructor(max: number) {
    this.#cache = new LRUCache({ max });
  }

  access(key: number): boolean {
    if (this.#cache.get(key) !== undefined) return true;
    this.#cache.set(key, key);
    return false;
  }
}

const call = { wire: 'reference', namespace: '', signal: undefined } as const;

/** Our store itself, with everything that a request of a program would run through. */
class Memory implements Policy {
  readonly #backend: ReturnType<typeof memoryBackend>;

  constructor(maxEntries: number, policy: 'adaptive' | 'lru') {
    this.#backend = memoryBackend({ maxEntries, policy }, { cache: 'bench', clock: performance });
  }

  access(key: number): boolean {
    const text = `k${key}`;
    if (this.#backend.get(text, call) !== undefined) return true;
    this.#backend.set(text, key, undefined);
    return false;
  }
}

/** Replays the traces from a cold cache: a `get`, and a `set` if it misses. Calls back after each cell. */
export function measureHitRatios(traces: readonly Trace[], done: (cell: Cell) => void): Cell[] {
  const cells: Cell[] = [];
  for (const trace of traces) {
    for (const capacity of SIZES[trace.name] ?? sizesOf(trace)) {
      const hits: Record<string, number> = {};
      for (const [name, create] of Object.entries(CONTESTANTS)) {
        hits[name] = percent(replay(create(capacity, trace.keys), trace.requests), trace);
      }
      hits[OPTIMUM] = percent(clairvoyantHits(trace.requests, trace.keys, capacity), trace);
      const cell = { trace: trace.name, capacity, hits };
      cells.push(cell);
      done(cell);
    }
  }
  return cells;
}

/** Five sizes from a hundredth to half of the keys, for traces that nobody chose sizes for. */
function sizesOf({ keys }: Trace): number[] {
  return [0.01, 0.03, 0.1, 0.25, 0.5].map((part) => Math.max(32, Math.round(part * keys)));
}

function replay(policy: Policy, requests: Int32Array): number {
  let hits = 0;
  for (const key of requests) if (policy.access(key)) hits++;
  return hits;
}

const percent = (hits: number, { requests }: Trace): number => (100 * hits) / requests.length;

/** One contestant over all cells. */
export interface Summary {
  readonly name: string;
  readonly mean: number;
  /** Part of the cells, in percent, in which it is at most 2 points behind the best published policy. */
  readonly withinTwo: number;
  /** Points behind the best published policy, in the worst cell. */
  readonly worst: number;
  readonly worstCell: string;
  /** Part of the cells, in percent, in which it is more than half a point behind LRU. */
  readonly belowLru: number;
}

export function summarize(cells: readonly Cell[]): Summary[] {
  return [...Object.keys(CONTESTANTS), OPTIMUM].map((name) => {
    const behind = cells.map((cell) => bestOf(cell) - cell.hits[name]!);
    const worst = Math.max(...behind);
    const { trace, capacity } = cells[behind.indexOf(worst)]!;
    return {
      name,
      mean: mean(cells.map(({ hits }) => hits[name]!)),
      withinTwo: 100 * mean(behind.map((points) => (points <= 2 ? 1 : 0))),
      worst,
      worstCell: `${trace}, ${capacity.toLocaleString('en')}`,
      belowLru: 100 * mean(cells.map(({ hits }) => (hits[name]! < hits[LRU]! - 0.5 ? 1 : 0))),
    };
  });
}

export function bestOf({ hits }: Cell): number {
  return Math.max(...Object.keys(PUBLISHED).map((name) => hits[name]!));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
