import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { commandLine } from './command-line.mjs';
import { attempt, node, root, tool } from './run.mjs';

const PROJECTS = [
  { source: 'lib', output: 'dist' },
  { source: 'spec', output: 'build/spec' },
  { source: 'spec', output: 'build/spec-standard' },
  { source: 'samples', output: 'build/samples' },
];

/**
 * Compiles the whole solution, or only the given projects and what they refer to.
 *
 * @param {readonly string[]} [projects]
 */
export async function build(projects = []) {
  for (const project of PROJECTS) removeStale(project);
  return node([tool('typescript', 'tsc'), '-b', ...projects]);
}

/** The compiler leaves the output of deleted sources behind; mocha would run it and npm would pack it. */
function removeStale({ source, output }) {
  const folder = join(root, output);
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder, { recursive: true })) {
    const stem = /^(.*?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(file)?.[1];
    if (stem !== undefined && !existsSync(join(root, source, `${stem}.ts`))) rmSync(join(folder, file));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  commandLine('npm run build -- [projects, such as lib] [options of tsc -b]');
  const { ok, output } = await attempt(() => build(process.argv.slice(2)));
  process.stdout.write(output);
  process.exitCode = ok ? 0 : 1;
}
