import { ConfigError } from '../errors.js';
import { checkNames } from '../registry/option.js';
import {
  functionReader,
  isRecord,
  mistyped,
  objectReader,
  readCount,
  readName,
  type Reader,
} from '../registry/readers.js';

/** One rule, and how it is checked: `run` rejects when what is on trial breaks it. */
export interface ConformanceCase<Trial> {
  /** The rule, as a sentence. */
  readonly name: string;
  run(trial: Trial): Promise<void>;
}

/** What every runner with globals has. */
interface Runner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}

/**
 * Declares one spec per case with the runner's global `describe` and `it`.
 * @throws ConfigError when there are none
 */
export function declareSuite<Case extends { readonly name: string }>(
  name: string,
  cases: readonly Case[],
  run: (rule: Case) => Promise<void>,
): void {
  const { describe, it } = globalThis as Partial<Runner>;
  if (typeof describe !== 'function' || typeof it !== 'function') {
    throw new ConfigError(
      'conformance suites need the global functions describe and it; run them with mocha, jest, or vitest with { globals: true }',
    );
  }
  describe(name, () => {
    for (const rule of cases) it(rule.name, () => run(rule));
  });
}

const flag: Reader<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw mistyped(value, path, 'use true or false');
  return value;
};

/** Nothing to check is nothing that was checked. */
const values: Reader<readonly unknown[]> = (value, path) => {
  if (!Array.isArray(value)) throw mistyped(value, path, 'use an array of values');
  if (value.length === 0) throw new ConfigError(`${path} is empty; give what is kept, or leave it out`);
  return value;
};

const READERS = {
  create: functionReader<unknown>(),
  clock: objectReader<{ now: unknown; advance: unknown }>(['now', 'advance']),
  ttlResolutionMs: readCount,
  exclusive: flag,
  wholeNamespaces: flag,
  counters: flag,
  values,
};

/**
 * Checks what a suite is given: rules that are not run because an option is misspelt would look like rules that are kept.
 * @throws ConfigError for the first thing that is wrong
 */
export function checkSuite(
  suite: string,
  name: unknown,
  options: unknown,
  known: readonly (keyof typeof READERS)[],
): void {
  readName(name, `${suite}: the name`);
  const path = `${suite}: options`;
  if (!isRecord(options)) throw mistyped(options, path, 'give { create }');
  checkNames(options, known, path, suite);
  if (options['create'] === undefined) throw new ConfigError(`${path}.create is missing; give a function`);
  for (const option of known) if (options[option] !== undefined) READERS[option](options[option], `${path}.${option}`);
}
