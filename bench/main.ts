import { readFileSync, writeFileSync } from 'node:fs';
import { keepProcessorsAwake } from './awake.js';
import { benchEngine } from './engine.js';
import { measureHits } from './hits.js';
import { measureLease } from './lease.js';
import { measureMemcached } from './memcached.js';
import { measureRedis } from './redis.js';
import { chosen } from './chosen.js';
import { comparison, nanoseconds, table, times } from './report.js';
import { measureStampede } from './stampede.js';
import { measureTags } from './tags.js';
import { measureStaleness, measureTierHits } from './tiers.js';

/**
 * `npm run bench [-- --quick] [--only hits,stampede,redis,memcached,lease,tiers,tags] [--idle] [--write]`: ratios within one run, as Markdown.
 * `--idle` lets the processors sleep between round trips. `--write` puts the result into the README. `--engine` measures the memory backend instead: see {@link benchEngine}.
 */
const args = process.argv.slice(2);
if (args.includes('--engine')) {
  await benchEngine(args);
  process.exit(0);
}
const quick = args.includes('--quick');
const only = chosen(args, ['hits', 'stampede', 'redis', 'memcached', 'lease', 'tiers', 'tags']);

const sections: string[] = [];
const show = (section: string): void => {
  sections.push(section);
  console.log(`${section}\n`);
};

show(`Node ${process.versions.node}, medians of rounds in which the contestants take turns; lower is better.`);
if (only.includes('hits')) {
  show('**CPU per call of a cached method, memory backend** (times the hand-written one)');
  show(comparison(await measureHits(quick)));
}
if (only.includes('stampede')) {
  show('**10,000 concurrent callers of one cold key** (CPU per caller)');
  const rows = (await measureStampede(quick)).map(({ name, ratio, cpuNs, loads }) => [
    name,
    times(ratio),
    nanoseconds(cpuNs),
    loads.toLocaleString('en'),
  ]);
  show(table(['', 'times the in-flight map', 'per caller', 'loads'], rows));
}
const letSleep = args.includes('--idle') ? undefined : keepProcessorsAwake();
if (only.includes('redis')) {
  show('**Redis on one node** (elapsed time per call, times raw ioredis with `JSON.parse`)');
  show(comparison(await measureRedis(quick)));
}
if (only.includes('memcached')) {
  show(
    '**Memcached on one server** (elapsed time per call, times raw memjs with `JSON.parse`; `multiGet` against as many single gets)',
  );
  show(comparison(await measureMemcached(quick)));
}
letSleep?.();
if (only.includes('lease')) {
  show('**4 processes with 100 callers each ask for one cold key** (Redis, a `lease` of 1 s)');
  const measured = [await measureLease(200, quick ? 5 : 11), await measureLease(7_000, 1)];
  const rows = measured.map(({ loadMs, loads, overMs }) => [
    `a load of ${loadMs.toLocaleString('en')} ms`,
    `${loads}`,
    `${overMs.toFixed(1)} ms`,
  ]);
  show(table(['', 'loads', 'the slowest caller waits longer than the load by'], rows));
}
if (only.includes('tiers')) {
  const hits = await measureTierHits(quick);
  show(
    `**Memory over Redis, or over two, with a bus** (CPU per call, times memory alone; ${hits.sent} commands reached Redis)`,
  );
  show(comparison([hits]));
  const { p50Ms, p99Ms, maxMs } = await measureStaleness(quick);
  show(
    `A copy in one process after the write of another was answered: outdated for ${p50Ms.toFixed(2)} ms (median), ` +
      `${p99Ms.toFixed(2)} ms (p99), ${maxMs.toFixed(2)} ms (longest).`,
  );
}
if (only.includes('tags')) {
  show('**One `invalidateTags` of a tag that all entries have** (elapsed time, median)');
  const rows = (await measureTags(quick)).map(({ store, entries, fewUs, medianUs }) => [
    `${store}, ${entries.toLocaleString('en')} entries`,
    `${medianUs.toFixed(1)} µs`,
    times(medianUs / fewUs),
  ]);
  show(table(['', 'time', 'times that with 1,000 entries'], rows));
}

if (args.includes('--write')) {
  const readme = new URL('../../README.md', import.meta.url);
  const text = readFileSync(readme, 'utf8');
  const marked = /(<!-- bench:start -->)[\s\S]*(<!-- bench:end -->)/;
  if (!marked.test(text)) throw new Error('README.md has no bench markers');
  writeFileSync(
    readme,
    text.replace(marked, (_, start: string, end: string) => `${start}\n\n${sections.join('\n\n')}\n\n${end}`),
  );
}
process.exit(0);
