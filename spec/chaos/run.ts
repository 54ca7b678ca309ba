import { setTimeout as sleep } from 'node:timers/promises';
import { Arena } from './arena.js';
import { nowUs } from './clock.js';
import { type FaultKind, faultsOf } from './faults/index.js';
import { Fleet } from './fleet.js';
import { Judge } from './judge.js';
import { Origin } from './origin.js';
import { Random } from './random.js';
import type { Violation } from './records.js';
import { PASSWORD } from './site.js';
import { copiesIn, type StackName } from './stack.js';
import type { Histogram, Second } from './timeline.js';
import { growthOf, type Measured, megabytes, percent, verdictsOn } from './verdicts.js';

export interface ChaosOptions {
  readonly seed: number;
  /** Of faults; a quiet time before and after comes on top. */
  readonly seconds: number;
  /** Default: `redis`. */
  readonly stack?: StackName;
  readonly workers: number;
  /** Calls a second of each worker. */
  readonly rate: number;
  /** Between the beginnings of two faults, in ms. */
  readonly everyMs: number;
  /** Which faults. Default: all. */
  readonly only?: (kind: FaultKind) => boolean;
  /** Also judge what a busy machine spoils: latency, memory, loads under a lease, recovery. */
  readonly timed: boolean;
  /** Without faults, in the beginning and in the end, in ms. */
  readonly warmUpMs?: number;
  readonly calmDownMs?: number;
  /** The longest that calls under way are waited for in the end, in ms. */
  readonly patienceMs?: number;
  /** The compiled worker. Default: the one beside this file. */
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

/** Runs workers under load while one thing after the other goes wrong, and judges what they saw. */
export async function chaos(options: ChaosOptions): Promise<ChaosResult> {
  const { rate, stack = 'redis', warmUpMs = 8_000, calmDownMs = 12_000, patienceMs = 10_000 } = options;
  const random = new Random(options.seed);
  const origin = new Origin(random.fork());
  const judge = new Judge({ newest: (key) => origin.versionOf(key), ...copiesIn(stack) });
  const arena = new Arena(origin, judge, stack);
  const judging = setInterval(() => judge.judge(), 500);
  try {
    const places = await arena.start(options.workers);
    const script = options.script ?? new URL('./worker.js', import.meta.url);
    const fleet = new Fleet(
      { script, stack, places, rate, patienceMs, password: PASSWORD },
      origin,
      judge,
      random.fork(),
    );
    arena.fleet = fleet;
    await fleet.start();
    const startedAt = nowUs();
    await sleep(warmUpMs);
    const warmAt = nowUs();
    const before = await fleet.footprints();
    const injected = await disturb(arena, options, random.fork());
    const healedAt = nowUs();
    await sleep(calmDownMs);
    const calmAt = nowUs();
    const after = await fleet.footprints();
    await fleet.finish();
    judge.finish();
    if (fleet.printed.includes(PASSWORD)) judge.violation('secrets', 'a worker printed a password');
    const { timeline } = judge;
    const measured: Measured = {
      lostMs: judge.lost.quantile(0.999) / 1_000,
      commandMs: judge.commands.quantile(0.999) / 1_000,
      hitRatios: [
        timeline.hitRatio((startedAt + warmAt) / 2, warmAt),
        timeline.hitRatio((healedAt + calmAt) / 2, calmAt),
      ],
      loadsBeside: judge.loadsBeside((healedAt + calmAt) / 2, nowUs()),
      before,
      after,
    };
    if (options.timed) for (const verdict of verdictsOn(measured)) judge.violation(...verdict);
    if (fleet.printed !== '')
      options.say?.(`the workers printed:\n${fleet.printed.replaceAll(PASSWORD, '(password)')}`);
    const { violations } = judge;
    const figures = figuresOf(judge, injected, measured);
    return { options, startedAt, injected, violations, seconds: timeline.seconds(), figures };
  } finally {
    clearInterval(judging);
    await arena.fleet?.dispose();
    await arena.dispose();
  }
}

/** One fault after the other: every kind once, in random order, before any comes again. */
async function disturb(
  arena: Arena,
  { everyMs, only, say, stack = 'redis', ...options }: ChaosOptions,
  random: Random,
): Promise<Injected[]> {
  const kinds = only === undefined ? faultsOf(stack) : faultsOf(stack).filter(only);
  const injected: Injected[] = [];
  const startedAt = performance.now();
  const until = startedAt + options.seconds * 1_000;
  let deck: FaultKind[] = [];
  for (let due = startedAt; due < until && kinds.length > 0;) {
    if (deck.length === 0) deck = random.shuffled(kinds);
    const kind = deck.pop()!;
    // Drawn before anything happens: what happens must not change what follows.
    const lastsMs = random.between(...kind.lasts);
    const own = random.fork();
    const fault: Injected = { name: kind.name, from: nowUs(), to: 0 };
    injected.push(fault);
    say?.(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(7)} s  ${kind.name}`);
    try {
      await arena.site.aim(own, kind.tier);
      const over = arena.judge.mayForget();
      const heal = await kind.inject(arena, own);
      await sleep(lastsMs);
      await heal();
      over(await arena.site.settle());
    } catch (error) {
      throw new Error(`this cannot be made to happen, or to end: ${kind.name}`, { cause: error });
    }
    fault.to = nowUs();
    due = Math.max(due + everyMs, performance.now() + 300);
    await sleep(due - performance.now());
  }
  return injected;
}

function figuresOf(judge: Judge, injected: readonly Injected[], measured: Measured): Record<string, number | string> {
  const { lost, lostToLeases, stale } = judge;
  const { refused, discarded } = judge.counted;
  return {
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
    'lost to the cache, p50': inMs(lost.quantile(0.5), 2),
    'lost to the cache, p99': inMs(lost.quantile(0.99), 1),
    'lost to the cache, p99.9': inMs(lost.quantile(0.999), 1),
    'lost to the cache, longest': inMs(lost.longest, 1),
    'lost under a lease, p99': inMs(lostToLeases.quantile(0.99), 1),
    'lost under a lease, longest': inMs(lostToLeases.longest, 1),
    'plain commands, p99.9': inMs(judge.commands.quantile(0.999), 1),
    'plain commands, longest': inMs(judge.commands.longest, 1),
    'stale after an invalidation, own keys': staleness(stale.own),
    'stale after an invalidation, keys of all': staleness(stale.keys),
    'stale after an invalidation, tags': staleness(stale.tags),
    'joined a load from before an invalidation elsewhere': staleness(stale.joined),
    'hit ratio before and after': measured.hitRatios.map(percent).join(' → '),
    'largest growth of a heap': megabytes(growthOf(measured)),
  };
}

const inMs = (us: number, digits = 0): string => `${(us / 1_000).toFixed(digits)} ms`;
const staleness = (stale: Histogram): string => {
  if (stale.count === 0) return 'never';
  return `${stale.count.toLocaleString('en')} ×, p99 ${inMs(stale.quantile(0.99))}, ${inMs(stale.longest)} at most`;
};
