import { build } from './build.mjs';
import { inTurn, node } from './run.mjs';
import { ensureDependencies, ensureServers } from './setup.mjs';

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
