import { build } from './build.mjs';
import { inTurn, node } from './run.mjs';
import { ensureDependencies } from './setup.mjs';

/** Builds one project and runs a program of it in this terminal, with the arguments given to us. */
export function start(project, program) {
  return inTurn([
    ensureDependencies,
    () => build([project]),
    () => node([program, ...process.argv.slice(2)], { live: true, limitMs: 0 }),
  ]);
}
