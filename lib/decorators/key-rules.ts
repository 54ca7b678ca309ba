import { InvalidKeyError } from '../errors.js';
import type { Class } from '../command/stack-spec.js';
import type { LiveNames } from './class-names.js';

/** What it takes to make keys of the arguments of one method. */
export interface KeyRules {
  /** What the key begins with: class and method, or the `prefix`. */
  readonly head: string;
  /** The method as messages call it: `Users.find`. */
  readonly method: string;
  /** Classes whose instances are nothing but their own enumerable properties. */
  readonly dataClasses: readonly Class[];
  /** The classes met in the arguments so far. */
  readonly argumentClasses: LiveNames;
}

/** How much of the way to a culprit is shown. */
const MAX_STEPS = 20;

/** What can be done about an argument that no key can be made of. */
export const REMEDY = {
  key: 'give the decorator a `key`',
  builtIn: 'give the decorator a `key`, or a class of your own a `toCacheKey()`',
  instance:
    'give the decorator a `key`, or the class a `toCacheKey()`, or list the class in `dataClasses` of the decorator or the registry',
} as const;

/**
 * The error for an argument that no key can be made of.
 * @param path steps from the arguments to the culprit: `['[0]', '.filter']`
 * @param problem what it is; never the value itself
 */
export function refusal(rules: KeyRules, path: readonly string[], problem: string, remedy: string): InvalidKeyError {
  const position = Number(path[0]?.slice(1, -1)) + 1;
  const way = path.length > MAX_STEPS ? [...path.slice(0, MAX_STEPS), ' …'] : path;
  return new InvalidKeyError(
    `${rules.method}: argument ${position} (args${way.join('')}) is ${problem}, which no key can be made of; ${remedy}`,
  );
}
