import { InvalidKeyError } from '../errors.js';
import { disown, isPending } from '../util/maybe-promise.js';
import { argumentKey } from './argument-key.js';
import type { Plan } from './plan.js';
import type { Site } from './site.js';

/** A function from arguments to a key, as an option. */
export type KeyFunction = (...args: never) => unknown;

/** The key of a call: what the `key` option says, or the default one. */
export function keyFor(
  site: Site,
  plan: Plan,
  key: KeyFunction | undefined,
  keyArgs: readonly unknown[],
  args: readonly unknown[],
): string {
  if (key === undefined) return argumentKey(args, plan.rules!);
  return keyText(site, key(...(keyArgs as never)));
}

/** @throws InvalidKeyError when a key function answered something else */
export function keyText(site: Site, answer: unknown): string {
  if (typeof answer === 'string' && answer !== '' && answer.isWellFormed()) return answer;
  disown(answer);
  const got =
    typeof answer !== 'string'
      ? isPending(answer)
        ? 'a promise'
        : `something of type ${answer === null ? 'null' : typeof answer}`
      : answer === ''
        ? 'an empty string'
        : 'a malformed string (with a lone surrogate)';
  throw new InvalidKeyError(
    `@${site.decorator} on ${site.label}: the key function answered ${got}; let it answer a non-empty, well-formed string`,
  );
}
