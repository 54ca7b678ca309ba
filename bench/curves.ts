import type { Cell } from './hit-ratio.js';

const WIDTH = 640;
const HEIGHT = 360;
const LEFT = 48;
const RIGHT = 170;
const TOP = 32;
const BOTTOM = 40;

/** Colours that people who see colours differently can tell apart (M. Okabe and K. Ito). */
const COLOURS = ['#000000', '#d55e00', '#0072b2', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#8c8c8c'];

/** Hits over the number of entries, a line per contestant, as an SVG. */
export function drawCurves(title: string, cells: readonly Cell[], names: readonly string[]): string {
  const least = Math.log(Math.min(...cells.map(({ capacity }) => capacity)));
  const most = Math.log(Math.max(...cells.map(({ capacity }) => capacity)));
  const top = Math.max(
    10,
    Math.ceil(Math.max(...cells.flatMap(({ hits }) => names.map((name) => hits[name]!))) / 10) * 10,
  );
  const x = (capacity: number): number =>
    LEFT + ((Math.log(capacity) - least) / (most - least || 1)) * (WIDTH - LEFT - RIGHT);
  const y = (hits: number): number => HEIGHT - BOTTOM - (hits / top) * (HEIGHT - TOP - BOTTOM);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(LEFT, 20, title, 'start'),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, 'entries', 'middle'),
  ];
  for (let hits = 0; hits <= top; hits += top / 5) {
    parts.push(line(LEFT, y(hits), WIDTH - RIGHT, y(hits), '#dddddd'), text(LEFT - 6, y(hits) + 4, `${hits} %`, 'end'));
  }
  for (const { capacity } of cells) {
    parts.push(text(x(capacity), HEIGHT - BOTTOM + 16, capacity.toLocaleString('en'), 'middle'));
  }
  names.forEach((name, index) => {
    const colour = COLOURS[index % COLOURS.length]!;
    const points = cells.map(({ capacity, hits }) => `${round(x(capacity))},${round(y(hits[name]!))}`).join(' ');
    const width = index === 0 ? 3 : 1.5;
    parts.push(`<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="${width}"/>`);
    const at = TOP + 18 * index;
    parts.push(line(WIDTH - RIGHT + 12, at, WIDTH - RIGHT + 32, at, colour, width));
    parts.push(text(WIDTH - RIGHT + 38, at + 4, name, 'start'));
  });
  return `${parts.join('\n')}\n</svg>\n`;
}

function line(x1: number, y1: number, x2: number, y2: number, colour: string, width = 1): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}" stroke-width="${width}"/>`;
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${content}</text>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
