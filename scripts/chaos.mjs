import { build } from './build.mjs';
import { commandLine } from './command-line.mjs';
import { inTurn, node } from './run.mjs';
import { ensureDependencies, ensureServers } from './setup.mjs';

// What it is given is read by what is built below.
commandLine(`npm run chaos -- [options]                 see docs/chaos.md

  --seconds N, --minutes N   how long things go wrong (1 minute)
  --stack NAME               redis, tiered, cluster or three-tiers (redis)
  --every SECONDS            from one fault to the next (5)
  --workers N, --rate N      processes, and calls a second of each (4, 500)
  --seed N                   what everything random is drawn from (random, printed)
  --only NAMES               faults with one of these, separated by commas, in their names (all)
  --out FILE                 the page (build/chaos.html)
  --list                     what there is to go wrong
  --quiet                    no line for each fault`);

await inTurn([
  () => ensureDependencies(),
  () => build(['lib', 'spec']),
  async () =>
    node(['--enable-source-maps', 'build/spec/chaos/main.js', ...process.argv.slice(2)], {
      env: await ensureServers(),
      live: true,
      limitMs: 0,
    }),
]);
