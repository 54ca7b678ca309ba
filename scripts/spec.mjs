import { build } from './build.mjs';
import { commandLine } from './command-line.mjs';
import { mocha } from './mocha.mjs';
import { inTurn, node } from './run.mjs';
import { ensureDependencies, ensureServers } from './setup.mjs';

commandLine(`npm run spec -- [files] [options of mocha]

  spec/loading/fence.spec.ts   only the specs in this file; without files, all of them
  --grep 'single flight'       only those with this in their names`);

await inTurn([
  () => ensureDependencies(),
  () => build(),
  async () => node(mocha(process.argv.slice(2)), { env: await ensureServers(), live: true, limitMs: 0 }),
]);
