import { createHash } from 'node:crypto';

/**
 * A key as a store keeps it that clears by generation. Keys that `fits` stay readable; others, and those that begin like
 * something of ours (`%`), are hashed, so that no two keys ever become one.
 * @param generation of the key's namespace; `''` = none
 * @param fits whether the store takes this text, behind that many more characters
 */
export function storedKey(key: string, generation: string, fits: (key: string, taken: number) => boolean): string {
  if (generation === '') return fits(key, 0) && !key.startsWith('%') ? key : `%hash:${hash(key)}`;
  return fits(key, generation.length + 1) ? `${generation}:${key}` : `${generation}#${hash(key)}`;
}

/** Where the generation of a namespace is kept. */
export function generationKey(namespace: string): string {
  return `%generation:${hash(namespace)}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
