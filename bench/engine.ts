import { mkdirSync, writeFileSync } from 'node:fs';
import { chosen } from './chosen.js';
import { drawCurves } from './curves.js';
import { measureEngineCpu } from './engine-cpu.js';
import { measureExpiry, measureFootprints } from './engine-memory.js';
import { bestOf, LRU, mean, measureHitRatios, OPTIMUM, OURS, summarize, type Cell } from './hit-ratio.js';
import { comparison, table, times } from './report.js';
import { readTraces } from './traces.js';

/** The lines of a picture, ours first. */
const DRAWN = [OURS, OPTIMUM, LRU, 'S3-FIFO', 'ARC', 'LIRS', 'W-TinyLFU, hill climbing', 'SIEVE'];

/**
 * `npm run bench -- --engine [--traces folder] [--trace name,name] [--only ratios,cpu,memory] [--quick] [--pictures]`: the memory
 * backend against `lru-cache` and published policies, as Markdown. The folder of traces may also be named by
 * `CACHEWRIGHT_TRACES`. `--pictures` draws hits over sizes into `docs/pictures`.
 */
export async function benchEngine(args: readonly string[]): Promise<void> {
  const option = (name: string): string | undefined => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const only = chosen(args, ['ratios', 'cpu', 'memory']);
  if (only.includes('ratios')) {
    const folder = option('--traces') ?? process.env['CACHEWRIGHT_TRACES'];
    if (folder === undefined) throw new Error('no traces; name their folder by --traces or CACHEWRIGHT_TRACES');
    showRatios(folder, option('--trace')?.split(','), args.includes('--pictures'));
  }
  if (only.includes('cpu')) {
    console.log('**CPU per request of the memory backend** (times `lru-cache`)\n');
    for (const { title, results } of await measureEngineCpu(args.includes('--quick'))) {
      console.log(`${comparison([{ title, results }])}\n`);
    }
  }
  if (only.includes('memory')) {
    console.log('**Memory per entry beyond key and value**\n');
    const sizes = [10_000, 100_000, 1_000_000].map((entries) => ({ entries, of: measureFootprints(entries) }));
    const rows = sizes[0]!.of.map(({ name }, index) => [
      name,
      ...sizes.map(({ of }) => `${of[index]!.bytes.toFixed(0)} bytes (${times(of[index]!.bytes / of[0]!.bytes)})`),
    ]);
    console.log(`${table(['', ...sizes.map(({ entries }) => `${entries.toLocaleString('en')} entries`)], rows)}\n`);
    const { entries, p99Ms, longestMs, tookMs, back } = measureExpiry(1_000_000);
    console.log(
      `${entries.toLocaleString('en')} entries that expired together, untouched: gone after ${tookMs.toFixed(0)} ms; the event loop late by ` +
        `${p99Ms.toFixed(1)} ms (p99), ${longestMs.toFixed(1)} ms at most; ${(100 * back).toFixed(1)} % of the memory back.\n`,
    );
  }
}

function showRatios(folder: string, names: readonly string[] | undefined, pictures: boolean): void {
  const cells = measureHitRatios(readTraces(folder, names), ({ trace, capacity, hits }) => {
    const lost = bestOf({ trace, capacity, hits }) - hits[OURS]!;
    console.error(`${trace} ${capacity}: ${hits[OURS]!.toFixed(1)} %, ${lost.toFixed(1)} behind the best`);
  });
  const best = mean(cells.map(bestOf)).toFixed(1);
  console.log(`**Hits over ${cells.length} pairs of trace and size** (the best published policy of each: ${best} %)\n`);
  const rows = summarize(cells).map((summary) => [
    summary.name,
    `${summary.mean.toFixed(1)} %`,
    `${summary.withinTwo.toFixed(0)} %`,
    `${summary.worst.toFixed(1)} (${summary.worstCell})`,
    `${summary.belowLru.toFixed(0)} %`,
  ]);
  const head = ['', 'mean hits', 'within 2 points of the best', 'worst distance to it', 'over 0.5 below LRU'];
  console.log(`${table(head, rows)}\n`);
  if (pictures) draw(cells);
}

function draw(cells: readonly Cell[]): void {
  const folder = new URL('../../docs/pictures/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  for (const trace of new Set(cells.map((cell) => cell.trace))) {
    const ofTrace = cells.filter((cell) => cell.trace === trace);
    writeFileSync(new URL(`hits-${trace}.svg`, folder), drawCurves(`hits of ${trace}`, ofTrace, DRAWN));
  }
}
