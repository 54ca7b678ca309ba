import { AssertionError } from 'node:assert';
import { isDeepStrictEqual } from 'node:util';
import type { LoadContext } from '../contracts/loading.js';
import { ConfigError } from '../errors.js';

/** A loader, or any function, that knows how often it ran. */
export type CountedLoads<Load extends AnyFunction> = Load & {
  /** How often it ran so far, whatever became of it. */
  readonly loads: number;
  /** Counts from zero again. */
  resetLoads(): void;
};

/** By what {@link expectLoads} tells loads apart: the key of a `getOrSet` loader, or the first arguments of any other function. */
export type LoadArguments<Load extends AnyFunction> =
  Parameters<Load> extends [LoadContext, ...unknown[]] ? [key: string] : Partial<Parameters<Load>>;

/** What can be said about how often a function ran. Each fails with an `AssertionError`, which every runner shows. */
export interface LoadExpectation<Load extends AnyFunction> {
  /** Exactly this often. */
  toBe(count: number): void;
  toBeAtLeast(count: number): void;
  toBeAtMost(count: number): void;
  /** From here on only loads of this key, or with these first arguments, compared deeply. */
  for(...by: LoadArguments<Load>): LoadExpectation<Load>;
}

type AnyFunction = (...args: never) => unknown;

const runs = new WeakMap<AnyFunction, (readonly unknown[])[]>();

/**
 * Wraps a loader, a method or whatever is behind a cache, so that {@link expectLoads} can say how often it ran.
 * The wrapper takes and answers what `load` does, `this` included: `repository.find = countLoads(repository.find)`.
 * @throws ConfigError when it is no function
 */
export function countLoads<Load extends AnyFunction>(load: Load): CountedLoads<Load> {
  if (typeof load !== 'function')
    throw new ConfigError(`countLoads: the loader is of type ${typeof load}; give a function`);
  const seen: (readonly unknown[])[] = [];
  const counted = function (this: unknown, ...args: readonly unknown[]): unknown {
    seen.push(args);
    return Reflect.apply(load, this, args);
  };
  Object.defineProperties(counted, {
    name: { value: load.name },
    length: { value: load.length },
    loads: { get: () => seen.length },
    resetLoads: { value: () => void seen.splice(0) },
  });
  runs.set(counted, seen);
  return counted as unknown as CountedLoads<Load>;
}

/**
 * Says how often a counted function must have run: `expectLoads(find).toBe(1)`, `expectLoads(find).for('7').toBe(1)`.
 * @throws ConfigError when it is no function that {@link countLoads} answered with
 */
export function expectLoads<Load extends AnyFunction>(counted: CountedLoads<Load>): LoadExpectation<Load> {
  const seen = runs.get(counted);
  if (seen === undefined) throw new ConfigError('expectLoads: no counted function; wrap it with countLoads first');
  return expectation(counted.name || 'the loader', seen, seen, []);
}

type Runs = readonly (readonly unknown[])[];

function expectation<Load extends AnyFunction>(
  name: string,
  all: Runs,
  chosen: Runs,
  by: readonly unknown[],
): LoadExpectation<Load> {
  const check = (operator: string, wanted: number, holds: boolean): void => {
    if (holds) return;
    const message = `${name} should have run ${operator}${times(wanted)}${concerning(by)}: ${account(all, chosen)}`;
    throw new AssertionError({ message, actual: chosen.length, expected: wanted, operator: 'expectLoads' });
  };
  return {
    toBe: (count) => check('', count, chosen.length === count),
    toBeAtLeast: (count) => check('at least ', count, chosen.length >= count),
    toBeAtMost: (count) => check('at most ', count, chosen.length <= count),
    for: (...wanted) =>
      expectation(
        name,
        all,
        chosen.filter((args) => wanted.every((one, at) => isDeepStrictEqual(one, told(args[at])))),
        wanted,
      ),
  };
}

/** What an argument is told apart by. */
function told(argument: unknown): unknown {
  return isLoadContext(argument) ? argument.key : argument;
}

function isLoadContext(argument: unknown): argument is LoadContext {
  return typeof argument === 'object' && argument !== null && 'setTtl' in argument && 'signal' in argument;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

/** Arguments may hold anything, and a failed test is printed in public: only numbers and keys of a cache are shown. */
function concerning(by: readonly unknown[]): string {
  return by.length === 0 ? '' : ' for what was asked about';
}

function account(all: Runs, chosen: Runs): string {
  const others = all.length - chosen.length;
  const rest = others === 0 ? '' : `, and ${times(others)} for others`;
  return `it ran ${times(chosen.length)}${rest}${keysAmong(all)}`;
}

function keysAmong(all: Runs): string {
  const counts = new Map<string, number>();
  for (const [first] of all) {
    if (isLoadContext(first)) counts.set(first.key, (counts.get(first.key) ?? 0) + 1);
  }
  const listed = [...counts].slice(0, 10).map(([key, count]) => `${key} ${times(count)}`);
  return listed.length === 0 ? '' : ` (by key: ${listed.join(', ')}${counts.size > listed.length ? ', ...' : ''})`;
}
