import { join } from 'node:path';
import { build } from './build.mjs';
import { inTurn, node, root } from './run.mjs';
import { ensureDependencies } from './setup.mjs';

// The libraries compared with live in a package of their own, so that a check of ours need not install them.
await inTurn([
  () => ensureDependencies(),
  () => ensureDependencies(join(root, 'bench')),
  () => build(['lib', 'bench']),
  () => node(['bench/dist/main.js', ...process.argv.slice(2)], { live: true, limitMs: 0 }),
]);
