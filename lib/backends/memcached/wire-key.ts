import { storedKey } from '../../util/stored-key.js';

/** What every server takes without misunderstanding: visible ASCII, up to this long. */
const MAX_LENGTH = 250;
const PLAIN = /^[!-~]+$/;

/** A key as it travels, always `[!-~]{1,250}`. */
export function wireKey(key: string, generation: string): string {
  return storedKey(key, generation, isPlain);
}

/** Whether a server takes this as it is. */
export function isWireKey(key: unknown): key is string {
  return typeof key === 'string' && isPlain(key, 0);
}

function isPlain(key: string, taken: number): boolean {
  return key.length + taken <= MAX_LENGTH && PLAIN.test(key);
}
