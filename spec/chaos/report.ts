import { ORACLES } from './records.js';
import type { ChaosResult, Injected } from './run.js';
import type { StackName } from './stack.js';
import type { Second } from './timeline.js';

const PLACES: Readonly<Record<StackName, string>> = {
  redis: 'one Redis',
  cluster: 'a cluster of three masters',
  tiered: 'memory and one Redis',
  'three-tiers': 'memory and two Redis, one with copies and one with the entries',
};

const WIDTH = 1_200;
const LEFT = 64;
const PLOT = 96;
const GAP = 34;
const LANES = 4;
const LANE = 12;

/** One line or area of a plot. */
interface Series {
  readonly name: string;
  readonly color: string;
  readonly of: (second: Second) => number;
}

interface Plot {
  readonly title: string;
  readonly series: readonly Series[];
  /** Value → 0 (bottom) to 1 (top). */
  readonly scale: (value: number) => number;
  readonly marks: readonly (readonly [value: number, label: string])[];
}

const toMs = (us: number): number => us / 1_000;
/** 0.1 ms to 10 s. */
const logarithmic = (ms: number): number => (Math.log10(Math.max(0.1, ms)) + 1) / 5;

const PLOTS: readonly Plot[] = [
  {
    title: 'How long calls take, with the origin',
    scale: logarithmic,
    marks: [
      [0.1, '0.1 ms'],
      [1, '1 ms'],
      [10, '10 ms'],
      [100, '100 ms'],
      [1_000, '1 s'],
      [10_000, '10 s'],
    ],
    series: [
      { name: 'p99.9', color: 'var(--b)', of: ({ slowest }) => toMs(slowest) },
      { name: 'median', color: 'var(--a)', of: ({ median }) => toMs(median) },
    ],
  },
  {
    title: 'What calls lose to the cache, p99.9',
    scale: logarithmic,
    marks: [
      [1, '1 ms'],
      [25, '25 ms'],
      [250, '250 ms'],
    ],
    series: [{ name: 'lost', color: 'var(--b)', of: ({ lost }) => toMs(lost) }],
  },
  {
    title: 'Hit ratio',
    scale: (ratio) => ratio,
    marks: [
      [0, '0 %'],
      [0.5, '50 %'],
      [1, '100 %'],
    ],
    series: [
      { name: 'hits', color: 'var(--c)', of: ({ calls, loads }) => (calls === 0 ? 0 : Math.max(0, 1 - loads / calls)) },
    ],
  },
  {
    title:
      'Oldest value seen after its invalidation: copies in other processes, which end with their lifetime; all else never',
    scale: (ms) => Math.min(1, ms / 10_000),
    marks: [
      [0, '0 s'],
      [5_000, '5 s'],
      [10_000, '10 s'],
    ],
    series: [{ name: 'stale', color: 'var(--d)', of: ({ stale }) => toMs(stale) }],
  },
];

const STYLE = `
:root { color-scheme: light dark; --a: #2563eb; --b: #c2410c; --c: #15803d; --d: #7e22ce; --fault: #b9191933; --ink: #1f2328; --faint: #8886; --page: #fff; }
@media (prefers-color-scheme: dark) { :root { --a: #7aa2f7; --b: #ff9e64; --c: #6ccf7b; --d: #c099ff; --fault: #ff6b6b33; --ink: #e6e6e6; --page: #16181c; } }
body { font: 14px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: ${WIDTH}px; margin: 2rem auto; padding: 0 1rem; }
svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: currentColor; }
table { border-collapse: collapse; margin: 1rem 0; } td, th { padding: .15rem 1rem .15rem 0; text-align: left; vertical-align: top; }
.columns { display: flex; flex-wrap: wrap; gap: 0 4rem; } .bad { color: var(--b); font-weight: 600; } pre { white-space: pre-wrap; }`;

/** The run as one page that needs nothing else. */
export function pageOf(result: ChaosResult): string {
  const { options, figures, injected, violations } = result;
  const rows = (cells: readonly (readonly string[])[]): string =>
    `<table>${cells.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('')}</table>`;
  const oracles = Object.entries(ORACLES).map(([name, promise]) => {
    const count = violations.filter(({ oracle }) => oracle === name).length;
    return [count === 0 ? 'kept' : `<span class="bad">${count} ×</span>`, name, escape(promise)];
  });
  const kinds = new Map<string, number>();
  for (const { name } of injected) kinds.set(name, (kinds.get(name) ?? 0) + 1);
  const found = violations.slice(0, 200).map(({ oracle, at, what }) => `${seconds(result, at)} ${oracle}: ${what}`);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Chaos, seed ${options.seed}</title><style>${STYLE}</style>
<h1>${violations.length === 0 ? 'Nothing went wrong, though everything did' : `${violations.length} violations`}</h1>
<p>Seed ${options.seed}: ${options.workers} processes with ${options.rate} calls a second each over ${PLACES[options.stack ?? 'redis']}, a fault every ${options.everyMs / 1_000} s.</p>
${drawing(result)}
<div class="columns"><div><h2>Figures</h2>${rows(Object.entries(figures).map(([name, figure]) => [escape(name), shown(figure)]))}</div>
<div><h2>Promises</h2>${rows(oracles)}</div>
<div><h2>Faults</h2>${rows([...kinds].sort().map(([name, count]) => [`${count} ×`, escape(name)]))}</div></div>
${found.length === 0 ? '' : `<h2>Violations</h2><pre>${escape(found.join('\n'))}</pre>`}
</html>
`;
}

function drawing(result: ChaosResult): string {
  const { seconds } = result;
  const first = seconds[0]?.second ?? 0;
  const span = Math.max(1, (seconds.at(-1)?.second ?? 0) - first + 1);
  const x = (us: number): number => LEFT + ((us / 1_000_000 - first) / span) * (WIDTH - LEFT);
  const top = LANES * LANE + GAP;
  const height = top + PLOTS.length * (PLOT + GAP);
  const bars = result.injected.map((fault, index) => bar(fault, LANE * (index % LANES), height - GAP, x)).join('');
  const plots = PLOTS.map((plot, index) => plotted(plot, seconds, top + index * (PLOT + GAP), x)).join('');
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="timeline">${bars}${plots}</svg>`;
}

function bar({ name, from, to }: Injected, y: number, bottom: number, x: (us: number) => number): string {
  const left = x(from);
  const width = Math.max(1.5, x(to) - left);
  const label = `<text x="${round(left)}" y="${y + 9}" font-size="8">${width > 40 ? escape(name) : ''}</text>`;
  const title = `<title>${escape(name)}</title>`;
  return `<g><rect x="${round(left)}" y="${y}" width="${round(width)}" height="${bottom - y}" fill="var(--fault)">${title}</rect>${label}</g>`;
}

function plotted(plot: Plot, seconds: readonly Second[], top: number, x: (us: number) => number): string {
  const y = (value: number): number => top + PLOT * (1 - plot.scale(value));
  const marks = plot.marks.map(
    ([value, label]) =>
      `<line x1="${LEFT}" x2="${WIDTH}" y1="${round(y(value))}" y2="${round(y(value))}" stroke="var(--faint)"/>` +
      `<text x="${LEFT - 6}" y="${round(y(value)) + 4}" text-anchor="end">${label}</text>`,
  );
  const lines = plot.series.map(({ of, color, name }) => {
    const points = seconds.map((second) => `${round(x((second.second + 0.5) * 1_000_000))},${round(y(of(second)))}`);
    return `<polyline fill="none" stroke="${color}" stroke-width="1.5" points="${points.join(' ')}"><title>${name}</title></polyline>`;
  });
  const legend =
    plot.series.length < 2
      ? ''
      : plot.series.map(({ name, color }) => ` <tspan fill="${color}">■</tspan> ${name}`).join('');
  return `<text x="${LEFT}" y="${top - 8}">${escape(plot.title)}${legend}</text>${marks.join('')}${lines.join('')}`;
}

/** Since the run began. */
export function seconds({ startedAt }: ChaosResult, at: number): string {
  return `${((at - startedAt) / 1_000_000).toFixed(3)} s`;
}

export function shown(figure: number | string): string {
  return typeof figure === 'number' ? figure.toLocaleString('en') : figure;
}

const round = (value: number): number => Math.round(value * 10) / 10;

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
