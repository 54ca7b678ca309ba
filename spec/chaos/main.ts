import { parseArgs } from 'node:util';
import { FAULTS } from './faults.js';
import { type ChaosResult, chaos } from './run.js';
import { ORACLES } from './records.js';

/** `npm run chaos [-- --seed 7 --minutes 30 --rate 500 --every 5]`; its exit code is 1 when an oracle has spoken. */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    minutes: { type: 'string' },
    seconds: { type: 'string' },
    rate: { type: 'string', default: '500' },
    every: { type: 'string', default: '5' },
    workers: { type: 'string', default: '4' },
    only: { type: 'string' },
    quiet: { type: 'boolean', default: false },
  },
});

const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed);
const seconds = values.minutes === undefined ? Number(values.seconds ?? 60) : Number(values.minutes) * 60;
const { only } = values;

console.log(`seed ${seed}, ${seconds} s of faults out of ${FAULTS.length} kinds`);
const result = await chaos({
  seed,
  seconds,
  workers: Number(values.workers),
  rate: Number(values.rate),
  everyMs: Number(values.every) * 1_000,
  timed: true,
  ...(only === undefined ? {} : { only: ({ name }) => name.includes(only) }),
  ...(values.quiet ? {} : { say: (line: string) => console.log(line) }),
});
show(result);
process.exit(result.violations.length > 0 ? 1 : 0);

function show({ figures, violations, startedAt }: ChaosResult): void {
  console.log();
  for (const [name, figure] of Object.entries(figures)) {
    console.log(`${name.padEnd(44)}${typeof figure === 'number' ? figure.toLocaleString('en') : figure}`);
  }
  console.log();
  for (const [oracle, promise] of Object.entries(ORACLES)) {
    const found = violations.filter((violation) => violation.oracle === oracle);
    console.log(`${found.length === 0 ? 'ok    ' : 'FAILED'} ${oracle.padEnd(10)} ${promise}`);
    for (const { at, what } of found.slice(0, 10))
      console.log(`         ${((at - startedAt) / 1e6).toFixed(3)} s ${what}`);
    if (found.length > 10) console.log(`         and ${found.length - 10} more`);
  }
  if (violations.length > 0)
    console.log(`\nonce more: npm run chaos -- ${process.argv.slice(2).join(' ')} --seed ${seed}`);
}
