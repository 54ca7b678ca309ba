import type { Row } from './row.js';
import type { ShapeName } from './shapes.js';

/** How a call ended: with a value, with the origin's error, or because the loader took too long. */
export type Outcome = 'value' | 'origin' | 'late';

/** One answer to one call; a call for many keys has one for each. Times in µs of the machine's clock. */
export interface CallRecord {
  readonly shape: ShapeName;
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly outcome: Outcome;
  /** 0 without a value. */
  readonly version: number;
  readonly readAt: number;
  /** What it lost to the cache, or to loads of other processes: neither its origin nor a standstill. `undefined` = not counted. */
  readonly lostUs: number | undefined;
}

/** An invalidation that its caller knows to be over. */
export interface AckRecord {
  readonly key: string;
  /** What was loaded before this version must not be seen any more. */
  readonly version: number;
  readonly at: number;
  /** It was carried out; else it is certain for the calls of this process only, and may be waiting for the backend. */
  readonly everywhere: boolean;
}

/** A number that has to be larger every time: the token of a lock that somebody got, or a counter that somebody increased. */
export interface GrowthRecord {
  readonly name: string;
  readonly asked: number;
  readonly answered: number;
  readonly number: number;
}

/** One run of a loader, per key. */
export interface LoadRecord {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/** What is watched, and what it says when nothing is wrong. */
export const ORACLES = {
  errors: 'callers get values, or exactly the error of the origin',
  values: 'every value is whole, and belongs to its key and owner',
  staleness: 'nothing older than an acknowledged invalidation, beyond what is published',
  age: 'no value outlives its ttl, its jitter and its stale time',
  unhandled: 'no unhandled rejection, no uncaught exception, no warning, no crash',
  loads: 'calls of one key share one load',
  latency: 'calls lose at most their budget to the cache, and 25 ms (p99.9)',
  settled: 'every call ends',
  locks: 'whoever asks for a lock after somebody got it gets a larger token',
  counters: 'whoever increases a counter after somebody did gets a larger number',
  memory: 'the heap is back where it was',
  handles: 'nothing is left behind, and processes end by themselves',
  recovery: 'the hit ratio is back after the last fault',
  secrets: 'no password is printed',
} as const;

export type OracleName = keyof typeof ORACLES;

/** Something that must not happen. */
export interface Violation {
  readonly oracle: OracleName;
  readonly at: number;
  readonly what: string;
  /** An entry without a checksum is concerned. */
  readonly plain?: boolean;
}

/** A process, as it is when nothing is going on. */
export interface Footprint {
  readonly heapBytes: number;
  readonly resources: Readonly<Record<string, number>>;
}

/** What a worker tells the one who runs it. */
export type FromWorker =
  | { readonly step: 'ready' }
  | { readonly step: 'asks'; readonly asks: readonly OriginAsk[] }
  | {
      readonly step: 'records';
      readonly until: number;
      readonly calls: readonly CallRecord[];
      readonly acks: readonly AckRecord[];
      readonly loads: readonly LoadRecord[];
      readonly locks: readonly GrowthRecord[];
      readonly counts: readonly GrowthRecord[];
      readonly violations: readonly Violation[];
      /** How long plain commands took, without standstills, in µs. */
      readonly commands: readonly number[];
      /** Plain commands that rejected with an error of the cache, as they may. So far. */
      readonly refused: number;
      /** Entries that were found and not trusted. So far. */
      readonly discarded: number;
    }
  | { readonly step: 'footprint'; readonly footprint: Footprint }
  | { readonly step: 'done'; readonly open: number; readonly left: Readonly<Record<string, number>> };

/** What it is told. */
export type ToWorker =
  | { readonly step: 'answers'; readonly answers: readonly OriginAnswer[] }
  | { readonly step: 'stall'; readonly ms: number }
  /** No more calls; a footprint as soon as those under way have ended. */
  | { readonly step: 'pause' }
  | { readonly step: 'resume' }
  | { readonly step: 'finish' };

export interface OriginAsk {
  readonly id: number;
  /** `load` = the rows, `bump` = new versions of the keys, `group` = new versions of all its keys. */
  readonly kind: 'load' | 'bump' | 'group';
  readonly keys: readonly string[];
}

export type OriginAnswer =
  { readonly id: number; readonly rows: readonly Row[] } | { readonly id: number; readonly error: string };
