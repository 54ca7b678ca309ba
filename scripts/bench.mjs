import { join } from 'node:path';
import { build } from './build.mjs';
import { commandLine } from './command-line.mjs';
import { inTurn, node, root } from './run.mjs';
import { ensureDependencies } from './setup.mjs';

commandLine(
  `npm run bench -- [options]

  --only NAMES      hits, stampede, redis, memcached, lease, tiers, tags, separated by commas (all)
  --quick           fewer rounds
  --idle            let the processors sleep between round trips
  --write           put the result into the README
  --engine          the memory backend instead; --only: ratios, cpu, memory
  --traces FOLDER   traces for its ratios, or CACHEWRIGHT_TRACES
  --trace NAMES     only these of them
  --pictures        draw hits over sizes into docs/pictures`,
  {
    ...Object.fromEntries(['quick', 'idle', 'write', 'engine', 'pictures'].map((name) => [name, { type: 'boolean' }])),
    ...Object.fromEntries(['only', 'traces', 'trace'].map((name) => [name, { type: 'string' }])),
  },
);

// The libraries compared with live in a package of their own, so that a check of ours need not install them.
await inTurn([
  () => ensureDependencies(),
  () => ensureDependencies(join(root, 'bench')),
  () => build(['lib', 'bench']),
  () => node(['bench/dist/main.js', ...process.argv.slice(2)], { live: true, limitMs: 0 }),
]);
