import { setTimeout as sleep } from 'node:timers/promises';
import { Arena, CANARY } from './arena.js';
import { nowUs } from './clock.js';
import { FAULTS, type FaultKind } from './faults.js';
import { Fleet } from './fleet.js';
import { Judge } from './judge.js';
import { Origin } from './origin.js';
import { Random } from './random.js';
import type { Footprint, Violation } from './records.js';
import { BUDGET_MS } from './stack.js';
import type { Second } from './timeline.js';

export interface ChaosOptions {
  readonly seed: number;
  /** Of faults; a quiet time before and after comes on top. */
  readonly seconds: number;
  readonly workers: number;
  /** Calls a second of each worker. */
  readonly rate: number;
  /** Between the beginnings of two faults, in ms. */
  readonly everyMs: number;
  /** By name, all = every one. */
  readonly only?: (kind: FaultKind) => boolean;
  /** Also judge what a busy machine spoils: latency, memory, loads under a lease, recovery. */
  readonly timed: boolean;
  /** Where the compiled worker is. Default: beside this file. */
  readonly script?: URL;
  readonly say?: (line: string) => void;
}

/** A fault as it happened. Times in µs of the machine's clock. */
export interface Injected {
  readonly name: string;
  readonly from: number;
  to: number;
}

export interface ChaosResult {
  readonly options: ChaosOptions;
  readonly startedAt: number;
  readonly injected: readonly Injected[];
  readonly violations: readonly Violation[];
  readonly seconds: readonly Second[];
  readonly figures: Readonly<Record<string, number | string>>;
}

const WARM_UP_MS = 8_000;
const CALM_DOWN_MS = 12_000;
/** What a machine may add to a call. */
const MARGIN_MS = 25;
const HEAP_BYTES = 24 * 1024 * 1024;

/** Runs workers under load while one thing after the other goes wrong, and judges what they saw. */
export async function chaos(options: ChaosOptions): Promise<ChaosResult> {
  const random = new Random(options.seed);
  const origin = new Origin(random.fork());
  const judge = new Judge({ newest: (key) => origin.versionOf(key) });
  const arena = new Arena(origin, judge, random.fork());
  const judging = setInterval(() => judge.judge(), 500);
  const injected: Injected[] = [];
  try {
    const ports = await arena.start(options.workers);
    const script = options.script ?? new URL('./worker.js', import.meta.url);
    const fleet = new Fleet({ script, ports, rate: options.rate }, origin, judge, random.fork());
    arena.fleet = fleet;
    await fleet.start();
    const startedAt = nowUs();
    await sleep(WARM_UP_MS);
    const before = await fleet.footprints();
    const warm = [startedAt + 3_000_000, startedAt + WARM_UP_MS * 1_000] as const;
    await sleep(1_000);
    await disturb(arena, options, random.fork(), injected);
    const healedAt = nowUs();
    await sleep(CALM_DOWN_MS);
    const calm = [healedAt + (CALM_DOWN_MS - 5_000) * 1_000, nowUs()] as const;
    const after = await fleet.footprints();
    await fleet.finish();
    judge.judge(Infinity);
    if (fleet.printed.includes(CANARY)) judge.violation('secrets', 'a password was printed');
    if (fleet.printed !== '') options.say?.(fleet.printed);
    const ratios = [judge.timeline.hitRatio(...warm), judge.timeline.hitRatio(...calm)] as const;
    const lost = judge.timeline.lost.quantile(0.999) / 1_000;
    const beside = judge.loadsBeside(healedAt + 6_000_000, nowUs());
    const growth = growthOf(before, after);
    if (options.timed) {
      if (lost > BUDGET_MS + MARGIN_MS) judge.violation('latency', `p99.9 of what calls lost: ${lost.toFixed(0)} ms`);
      if (ratios[1] < ratios[0] * 0.8) judge.violation('recovery', `hit ratio ${ratios.map(percent).join(' → ')}`);
      if (beside > 0) judge.violation('loads', `${beside} loads ran beside another under one lease`);
      if (growth.bytes > HEAP_BYTES) judge.violation('memory', `a heap grew by ${mega(growth.bytes)}`);
      for (const what of growth.resources) judge.violation('handles', what);
    }
    const { refused, discarded } = judge.counted;
    return {
      options,
      startedAt,
      injected,
      violations: judge.violations,
      seconds: judge.timeline.seconds(),
      figures: {
        faults: injected.length,
        'kinds of faults': new Set(injected.map(({ name }) => name)).size,
        calls: judge.calls,
        loads: judge.loads,
        'errors of the origin': judge.originErrors,
        'loader timeouts': judge.lateErrors,
        'acknowledged invalidations': judge.acknowledged,
        'plain commands refused': refused,
        'entries not trusted': discarded,
        'damaged plain values while the wire was': judge.unprotected,
        'lost to the cache, p50': `${(judge.timeline.lost.quantile(0.5) / 1_000).toFixed(2)} ms`,
        'lost to the cache, p99': `${(judge.timeline.lost.quantile(0.99) / 1_000).toFixed(1)} ms`,
        'lost to the cache, p99.9': `${lost.toFixed(1)} ms`,
        'stale after an invalidation, tags': `${(judge.staleUs.tags / 1_000).toFixed(0)} ms`,
        'stale after an invalidation, own keys': `${(judge.staleUs.own / 1_000).toFixed(0)} ms`,
        'stale after an invalidation, shared keys': `${(judge.staleUs.shared / 1_000).toFixed(0)} ms`,
        'hit ratio before and after': ratios.map(percent).join(' → '),
        'largest growth of a heap': mega(growth.bytes),
      },
    };
  } finally {
    clearInterval(judging);
    await arena.fleet?.dispose();
    await arena.dispose();
  }
}

/** One fault after the other: every kind once, in random order, before any comes again. */
async function disturb(arena: Arena, options: ChaosOptions, random: Random, injected: Injected[]): Promise<void> {
  const kinds = FAULTS.filter(options.only ?? (() => true));
  const until = performance.now() + options.seconds * 1_000;
  let deck: FaultKind[] = [];
  for (let due = performance.now(); due < until;) {
    if (deck.length === 0) deck = random.shuffled(kinds);
    const kind = deck.pop()!;
    const lastsMs = random.between(...kind.lasts);
    const record: Injected = { name: kind.name, from: nowUs(), to: 0 };
    injected.push(record);
    options.say?.(`${((record.from / 1e6) % 1e4).toFixed(1)} s  ${kind.name}`);
    const heal = await kind.inject(arena, random.fork());
    await sleep(lastsMs);
    await heal();
    record.to = nowUs();
    due = Math.max(due + options.everyMs, performance.now() + 300);
    await sleep(due - performance.now());
  }
}

interface Growth {
  readonly bytes: number;
  readonly resources: readonly string[];
}

/** Of workers that were replaced, from the average of those that were there in the beginning. */
function growthOf(before: ReadonlyMap<string, Footprint>, after: ReadonlyMap<string, Footprint>): Growth {
  const usual = Math.max(...[...before.values()].map(({ heapBytes }) => heapBytes));
  let bytes = 0;
  const resources: string[] = [];
  for (const [name, footprint] of after) {
    bytes = Math.max(bytes, footprint.heapBytes - (before.get(name)?.heapBytes ?? usual));
    for (const [kind, count] of Object.entries(footprint.resources)) {
      if (count > 30) resources.push(`${name} has ${count} × ${kind} at rest`);
    }
  }
  return { bytes, resources };
}

const percent = (ratio: number): string => `${(ratio * 100).toFixed(1)} %`;
const mega = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
