import type { Footprint, OracleName } from './records.js';
import { BUDGET_MS, TIMEOUT_MS } from './stack.js';

/** What a machine may add to what a call loses to the cache, at the 99.9th percentile. */
const MARGIN_MS = 25;
const HEAP_BYTES = 24 * 1024 * 1024;
const MOST_RESOURCES = 30;

/** What a run came to, as far as a busy machine can spoil it. */
export interface Measured {
  /** The 99.9th percentile. */
  readonly lostMs: number;
  /** The same of how long plain commands took. */
  readonly commandMs: number;
  /** The hit ratio before the first fault and after the last one. */
  readonly hitRatios: readonly [before: number, after: number];
  /** Loads that ran beside another under one lease, when nothing was wrong. */
  readonly loadsBeside: number;
  /** By worker. */
  readonly before: ReadonlyMap<string, Footprint>;
  readonly after: ReadonlyMap<string, Footprint>;
}

/** What of it must not be. */
export function verdictsOn(measured: Measured): (readonly [OracleName, string])[] {
  const { commandMs, lostMs, hitRatios, loadsBeside } = measured;
  const verdicts: (readonly [OracleName, string])[] = [];
  if (lostMs > BUDGET_MS + MARGIN_MS) verdicts.push(['latency', `p99.9 of what calls lost: ${lostMs.toFixed(0)} ms`]);
  if (commandMs > TIMEOUT_MS + MARGIN_MS)
    verdicts.push(['latency', `p99.9 of plain commands: ${commandMs.toFixed(0)} ms`]);
  if (hitRatios[1] < hitRatios[0] * 0.8) verdicts.push(['recovery', `hit ratio ${hitRatios.map(percent).join(' → ')}`]);
  if (loadsBeside > 0) verdicts.push(['loads', `${loadsBeside} loads ran beside another under one lease`]);
  const bytes = growthOf(measured);
  if (bytes > HEAP_BYTES) verdicts.push(['memory', `a heap grew by ${megabytes(bytes)}`]);
  for (const [name, { resources }] of measured.after) {
    for (const [kind, count] of Object.entries(resources)) {
      if (count > MOST_RESOURCES) verdicts.push(['handles', `${name} has ${count} × ${kind} at rest`]);
    }
  }
  return verdicts;
}

/** The largest growth of a heap. Workers that were replaced are compared with the largest of those that were there at first. */
export function growthOf({ before, after }: Pick<Measured, 'before' | 'after'>): number {
  const usual = Math.max(...[...before.values()].map(({ heapBytes }) => heapBytes));
  return Math.max(...[...after].map(([name, { heapBytes }]) => heapBytes - (before.get(name)?.heapBytes ?? usual)));
}

export const percent = (ratio: number): string => `${(ratio * 100).toFixed(1)} %`;
export const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
