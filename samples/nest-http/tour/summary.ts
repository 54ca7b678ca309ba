import type { Application } from '../application.js';
import type { Stats } from '../stats.controller.js';
import type { Tally } from './tally.js';

export function headline({ atlas, url, store, trouble }: Application): string {
  const lines = [`A Nest application on ${url} searches ${count(atlas.size)} places of the world.`, `Cache: ${store}`];
  if (trouble !== undefined) lines.push(`${store} does not answer (${trouble}). The application answers all the same.`);
  return `\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

export function summary(tally: Tally, stats: Stats, { store, trouble }: Application): string {
  const { requests, calls, busyMs, sparedMs } = tally;
  const lines = [
    `${count(requests)} requests were answered; the origin was called ${count(calls)} times for them.`,
    `It worked for ${seconds(busyMs)}. Without a cache it would have been about ${seconds(busyMs + sparedMs)}.`,
    trouble === undefined
      ? reads(tally, stats)
      : `${store} did not answer: no request failed for it, and simultaneous ones still shared one load.`,
  ];
  return `\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

/** What the plugins counted. A call that joins a load under way reads nothing, so they do not see it. */
function reads(tally: Tally, { searches, places }: Stats): string {
  const joined = tally.requestsOf('search') + tally.requestsOf('nearest') - searches.hits - searches.misses;
  const ratios = `Hit ratio: searches ${percent(searches.ratio)}, details ${percent(places.ratio)}`;
  return `${ratios}; ${count(joined)} searches joined a load under way.`;
}

const count = (value: number): string => value.toLocaleString('en');
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`;
