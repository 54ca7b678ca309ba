import { build } from './build.mjs';
import { commandLine, misused } from './command-line.mjs';
import { mocha } from './mocha.mjs';
import { inTurn, node } from './run.mjs';
import { ensureDependencies, ensureServers } from './setup.mjs';

/** `npm run proofs [-- interleavings,mutations]`: specs that `npm test` runs for seconds, for as long as it takes to trust them. */
const PROOFS = {
  interleavings: ['spec/loading/@(interleavings|patience).spec.ts', { CACHEWRIGHT_INTERLEAVINGS: '233334' }],
  stories: ['spec/loading/stories.spec.ts', { CACHEWRIGHT_STORIES: '100000' }],
  mutations: ['spec/entries/mutations.spec.ts', { CACHEWRIGHT_MUTATIONS: '10000000' }],
  fences: ['spec/loading/fence*.spec.ts', { CACHEWRIGHT_ROUNDS: '170' }],
  joined: ['spec/loading/joined-rounds.spec.ts', { CACHEWRIGHT_ROUNDS: '20000' }],
  network: ['spec/faults/proxy-rounds.spec.ts', { CACHEWRIGHT_ROUNDS: '2000' }],
  cycles: ['spec/faults/cycles.spec.ts', { CACHEWRIGHT_CYCLES: '200', CACHEWRIGHT_SETS: '1000000' }],
  leases: ['spec/locks/processes.spec.ts', { CACHEWRIGHT_LOAD_MS: '40000' }],
  equivalence: ['spec/equivalence/*.spec.ts', { CACHEWRIGHT_RUNS: '1000', CACHEWRIGHT_OPERATIONS: '400' }],
};

const usage = `npm run proofs -- [names, separated by commas]

  there are ${Object.keys(PROOFS).join(', ')}; without names, all of them: about an hour`;

commandLine(usage);
const chosen = process.argv[2]?.split(',') ?? Object.keys(PROOFS);
const unknown = chosen.filter((name) => !Object.hasOwn(PROOFS, name));
if (unknown.length > 0) misused(`no proof is called ${unknown.join(', ')}`, usage);

const prove = (name, servers) => async () => {
  const [spec, env] = PROOFS[name];
  const begun = performance.now();
  const { ok } = await node(mocha([spec]), { env: { ...servers, ...env }, live: true, limitMs: 0 });
  const minutes = ((performance.now() - begun) / 60_000).toFixed(1);
  return { ok, output: `${name}: ${ok ? 'ok' : 'FAILED'} after ${minutes} minutes (${JSON.stringify(env)})\n\n` };
};

await inTurn([() => ensureDependencies(), () => build(['lib', 'spec'])]);
if (process.exitCode === undefined) {
  const servers = await ensureServers();
  // One that fails does not keep the others from being tried.
  for (const name of chosen) await inTurn([prove(name, servers)]);
}
