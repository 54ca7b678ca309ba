import { ConfigError } from '../errors.js';

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
