import type { Application } from '../application.js';
import type { AtlasCall } from '../places/atlas.js';
import type { Stats } from '../stats.controller.js';
import { Client } from './client.js';
import { STEPS } from './steps.js';
import { headline, summary } from './summary.js';
import { type Row, Table } from './table.js';
import { Tally } from './tally.js';

/** Sends the application the requests of all steps, one step after the other, and shows what became of them. */
export async function tour(application: Application): Promise<void> {
  const { url, atlas } = application;
  const client = new Client(url);
  const tally = new Tally();
  console.log(headline(application));
  const table = new Table(
    process.stdout,
    STEPS.map(({ title }) => title),
  );
  for (const [index, { title, kind, requests = 1, prepare, perform }] of STEPS.entries()) {
    await prepare?.(client);
    const callsBefore = atlas.calls.length;
    const startedAt = performance.now();
    let answered = 0;
    const row = (answer: string, sent: number): Row => ({
      title,
      requests: sent.toLocaleString('en'),
      origin: described(atlas.calls.slice(callsBefore)),
      time: `${(performance.now() - startedAt).toFixed(1)} ms`,
      answer,
    });
    table.show(index, row('', 0), false);
    const answer = await perform(client, () => table.show(index, row('', ++answered), false));
    table.show(index, row(answer, requests), true);
    tally.add(kind, requests, atlas.calls.slice(callsBefore));
  }
  console.log(summary(tally, await client.get<Stats>('/stats'), application));
}

function described(calls: readonly AtlasCall[]): string {
  if (calls.length === 0) return '-';
  const scans = calls.filter(({ kind }) => kind !== 'rename').length;
  const parts = [`${scans} ${scans === 1 ? 'scan' : 'scans'}`];
  const ids = calls.reduce((sum, call) => sum + (call.ids ?? 0), 0);
  if (scans < calls.length) parts.unshift('edit');
  else if (ids > 0) parts.push(`${ids} ${ids === 1 ? 'id' : 'ids'}`);
  return parts.join(', ');
}
