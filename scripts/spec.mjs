import { build } from './build.mjs';
import { mocha } from './mocha.mjs';
import { inTurn, node } from './run.mjs';
import { ensureDependencies, ensureServers } from './setup.mjs';

await inTurn([
  () => ensureDependencies(),
  () => build(),
  async () => node(mocha(process.argv.slice(2)), { env: await ensureServers(), live: true, limitMs: 0 }),
]);
