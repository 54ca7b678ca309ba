import { createHash } from 'node:crypto';

/** What every server takes without misunderstanding: visible ASCII, up to this long. */
const MAX_LENGTH = 250;
const PLAIN = /^[!-~]+$/;

/**
 * A key as it travels, always `[!-~]{1,250}`. Simple keys stay readable; others, and those that begin like something of
 * ours (`%`), are hashed, so that no two keys ever become one.
 * @param generation of the key's namespace; `''` = none
 */
export function wireKey(key: string, generation: string): string {
  if (generation === '') return isPlain(key, 0) && !key.startsWith('%') ? key : `%hash:${hash(key)}`;
  return isPlain(key, generation.length + 1) ? `${generation}:${key}` : `${generation}#${hash(key)}`;
}

/** Whether a server takes this as it is. */
export function isWireKey(key: unknown): key is string {
  return typeof key === 'string' && isPlain(key, 0);
}

/** Where the generation of a namespace is kept. */
export function generationKey(namespace: string): string {
  return `%generation:${hash(namespace)}`;
}

function isPlain(key: string, taken: number): boolean {
  return key.length + taken <= MAX_LENGTH && PLAIN.test(key);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
