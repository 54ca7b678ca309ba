import { build } from './build.mjs';
import { inTurn, node } from './run.mjs';
import { ensureDependencies } from './setup.mjs';

await inTurn([
  () => ensureDependencies(),
  () => build(['samples']),
  () => node(['build/samples/nest-http/main.js', ...process.argv.slice(2)], { live: true, limitMs: 0 }),
]);
