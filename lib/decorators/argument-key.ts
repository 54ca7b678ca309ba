import { createHash } from 'node:crypto';
import { ArgumentEncoder, primitiveText } from './argument-encoder.js';
import type { KeyRules } from './key-rules.js';

/** Longest default key, in characters, whose arguments are still readable. */
const MAX_READABLE = 200;

/**
 * The default key: `Users.find(1,"abc")`, or `Users.find(#…)` with a SHA-256 of the arguments when that is too long.
 * The same arguments have the same key in every process, different ones have different keys.
 * @throws InvalidKeyError when there is an argument no key can be made of
 */
export function argumentKey(args: ArrayLike<unknown>, rules: KeyRules): string {
  const alone = args.length === 1 ? primitiveText(args[0]) : undefined;
  const text = alone ?? new ArgumentEncoder(rules).encode(args);
  if (rules.head.length + text.length + 2 <= MAX_READABLE) return `${rules.head}(${text})`;
  return `${rules.head}(#${createHash('sha256').update(text).digest('base64url')})`;
}
