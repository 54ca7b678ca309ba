import type { Result } from './measure.js';

/** A Markdown table; the first column to the left, the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

export const times = (ratio: number): string => `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0)}×`;

export const nanoseconds = (ns: number): string => `${Math.round(ns).toLocaleString('en')} ns`;

/** Results of several cases side by side: a row per contestant, a column per case. */
export function comparison(cases: readonly { readonly title: string; readonly results: readonly Result[] }[]): string {
  const names = [...new Set(cases.flatMap(({ results }) => results.map(({ name }) => name)))];
  const cell = (name: string, results: readonly Result[]): string => {
    const result = results.find((one) => one.name === name);
    return result === undefined ? '–' : `${times(result.ratio)} (${nanoseconds(result.cpuNs)})`;
  };
  return table(
    ['', ...cases.map(({ title }) => title)],
    names.map((name) => [name, ...cases.map(({ results }) => cell(name, results))]),
  );
}
