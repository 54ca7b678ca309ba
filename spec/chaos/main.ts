import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { faultsOf } from './faults/index.js';
import { ORACLES } from './records.js';
import { pageOf, seconds, shown } from './report.js';
import { STACKS } from './stack.js';
import { chaos, type ChaosResult } from './run.js';

/** `npm run chaos`: prints figures, draws a page, and ends with 1 when something happened that must not happen. */
const { values } = understood({
  options: {
    stack: { type: 'string', default: 'redis' },
    seed: { type: 'string' },
    minutes: { type: 'string' },
    seconds: { type: 'string' },
    every: { type: 'string', default: '5' },
    workers: { type: 'string', default: '4' },
    rate: { type: 'string', default: '500' },
    only: { type: 'string' },
    out: { type: 'string', default: 'build/chaos.html' },
    list: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
  },
});

const stack = STACKS.find((name) => name === values.stack) ?? fail(`--stack: one of ${STACKS.join(', ')}`);
const faults = faultsOf(stack);

if (values.list) {
  for (const { name } of faults) console.log(name);
  process.exit();
}

const seed = number('seed', values.seed) ?? Math.floor(Math.random() * 1e9);
const lastsSeconds = number('seconds', values.seconds) ?? (number('minutes', values.minutes) ?? 1) * 60;
const only = values.only?.split(',');
if (only?.some((part) => !faults.some(({ name }) => name.includes(part))))
  fail('--only: no fault is called like that; see --list');

// Half an hour later there would be nowhere to write to.
if (statSync(values.out, { throwIfNoEntry: false })?.isDirectory() === true)
  fail('--out: that is a directory; name a file');
mkdirSync(dirname(values.out), { recursive: true });

console.log(`seed ${seed}, ${lastsSeconds} s of faults`);
const result = await chaos({
  seed,
  stack,
  seconds: lastsSeconds,
  workers: number('workers', values.workers)!,
  rate: number('rate', values.rate)!,
  everyMs: number('every', values.every)! * 1_000,
  timed: true,
  ...(only === undefined ? {} : { only: ({ name }) => only.some((part) => name.includes(part)) }),
  ...(values.quiet ? {} : { say: (line: string) => console.log(line) }),
});
print(result);
writeFileSync(values.out, pageOf(result));
console.log(`\n${values.out} shows it`);
if (result.violations.length > 0) console.log(`once more: npm run chaos -- ${again()}`);
process.exit(result.violations.length > 0 ? 1 : 0);

function print({ figures, violations }: ChaosResult): void {
  console.log();
  for (const [name, figure] of Object.entries(figures)) console.log(`${name.padEnd(54)}${shown(figure)}`);
  console.log();
  for (const [oracle, promise] of Object.entries(ORACLES)) {
    const found = violations.filter((violation) => violation.oracle === oracle);
    console.log(`${found.length === 0 ? 'ok    ' : 'FAILED'} ${oracle.padEnd(10)} ${promise}`);
    for (const { at, what } of found.slice(0, 10)) console.log(`         ${seconds(result, at)} ${what}`);
    if (found.length > 10) console.log(`         and ${found.length - 10} more`);
  }
}

/** The arguments that make the same faults happen to the same calls. */
function again(): string {
  const { minutes: _, quiet: __, list: ___, ...rest } = values;
  const all = { ...rest, seed: `${seed}`, seconds: `${lastsSeconds}` };
  return Object.entries(all)
    .map(([name, value]) => `--${name} ${/^[\w./]+$/.test(value) ? value : `'${value}'`}`)
    .join(' ');
}

function understood<Config extends ParseArgsConfig>(config: Config): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    return fail(`${(error as Error).message}; see npm run chaos -- --help`);
  }
}

function number(name: string, text: string | undefined): number | undefined {
  if (text === undefined || (/^\d+(\.\d+)?$/.test(text) && Number(text) >= 0))
    return text === undefined ? undefined : Number(text);
  fail(`--${name}: a number is needed, not ${text}`);
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
