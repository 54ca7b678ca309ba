import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';
import { commandLine, misused } from './command-line.mjs';
import { mocha } from './mocha.mjs';
import { attempt, node, root, tool } from './run.mjs';
import { ensureDependencies, ensureServers } from './setup.mjs';

/** In this order; but for the first, every chosen stage runs, whatever became of the others. `needs` are chosen along. */
const STAGES = {
  install: { run: () => ensureDependencies() },
  // Every project of the solution, hence both decorator dialects.
  build: { run: () => build() },
  format: { run: () => node([tool('prettier'), '--check', '.']) },
  // The type-aware rules read the built declarations.
  lint: { needs: ['build'], run: () => node([tool('oxlint'), '--type-aware', '--deny-warnings']) },
  layers: { run: () => node([tool('dependency-cruiser', 'depcruise'), 'lib', '--config', '--progress', 'none']) },
  // The same sources under the next compiler.
  types: { run: () => node([tool('ts7', 'tsc'), '-p', 'lib', '--noEmit']) },
  specs: { needs: ['build'], run: runSpecs },
  package: { needs: ['build'], run: () => node(['scripts/package.mjs']) },
  consumers: { needs: ['build'], run: () => node(['scripts/consumers.mjs']) },
};

const usage = `npm test -- [--only stages] [--skip stages], separated by commas

  there are ${Object.keys(STAGES).join(', ')}; without options, all of them`;

const counts = { passed: 0, failed: 0, skipped: 0 };

async function runSpecs() {
  const env = await ensureServers();
  const folder = mkdtempSync(join(tmpdir(), 'cachewright-specs-'));
  const countsFile = join(folder, 'counts.json');
  try {
    const excluded = typeOnlySources().flatMap((source) => ['--exclude', source]);
    const result = await node([tool('c8'), ...excluded, process.execPath, ...mocha()], {
      env: { ...env, SPEC_COUNTS: countsFile },
      live: true,
    });
    Object.assign(counts, JSON.parse(readFileSync(countsFile, 'utf8')));
    return result;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Sources that compile to nothing: no spec could cover their lines. */
function typeOnlySources() {
  const outputs = readdirSync(join(root, 'dist'), { recursive: true }).filter((file) => file.endsWith('.js'));
  const empty = outputs.filter((file) =>
    /^export \{\};\n(?:\/\/#.*)?\s*$/.test(readFileSync(join(root, 'dist', file), 'utf8')),
  );
  return empty.map((file) => join('lib', file.replace(/js$/, 'ts')));
}

async function check(stages) {
  const failed = [];
  for (const name of stages) {
    const started = performance.now();
    process.stdout.write(`${name.padEnd(10)} `);
    const { ok, output } = await attempt(STAGES[name].run);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    // The specs have written to the terminal in between.
    const title = name === 'specs' ? 'specs'.padEnd(11) : '';
    console.log(`${title}${ok ? 'ok    ' : 'FAILED'} ${seconds.padStart(6)} s`);
    if (ok) continue;
    failed.push(name);
    process.stdout.write(output);
    if (name === 'install') break;
  }
  return failed;
}

function chosenStages() {
  const values = commandLine(usage, { only: { type: 'string' }, skip: { type: 'string', default: '' } });
  const list = (text) => text.split(',').filter((name) => name !== '');
  const all = Object.keys(STAGES);
  const only = values.only === undefined ? all : list(values.only);
  const skip = list(values.skip);
  const unknown = [...only, ...skip].filter((name) => !all.includes(name));
  if (unknown.length > 0) misused(`no such stage: ${unknown.join(', ')}`, usage);
  const wanted = new Set(['install', ...only.flatMap((name) => [...(STAGES[name].needs ?? []), name])]);
  return all.filter((name) => wanted.has(name) && !skip.includes(name));
}

const stages = chosenStages();
const failed = await check(stages);
// Specs that were to run and could not be counted must not look clean.
if (stages.includes('specs') && failed.length > 0 && counts.passed + counts.failed === 0) counts.failed = 1;
if (failed.length > 0) console.log(`failed: ${failed.join(', ')}`);
console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
);
process.exitCode = failed.length > 0 ? 1 : 0;
