/**
 * 32 bits of a key, all of which depend on all of it: FNV-1a in two lanes, which a processor runs side by side, finished as
 * in MurmurHash3. V8 keeps a hash of each string, but nobody else gets to see it.
 */
export function hashOf(key: string): number {
  const last = key.length - 1;
  let even = 0x811c9dc5;
  let odd = key.length;
  let at = 0;
  for (; at < last; at += 2) {
    even = Math.imul(even ^ key.charCodeAt(at), 0x01000193);
    odd = Math.imul(odd ^ key.charCodeAt(at + 1), 0x85ebca6b);
  }
  if (at === last) even = Math.imul(even ^ key.charCodeAt(at), 0x01000193);
  let hash = even ^ Math.imul(odd ^ (odd >>> 15), 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
