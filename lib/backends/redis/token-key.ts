/** What no key has in it, unless somebody wants to. */
export const TOKEN_MARK = '\0load';

/**
 * Where the token of a key lies: a name that `clear` finds under the same prefix, in the same slot of a cluster.
 * `undefined` = there is no such name, for keys with odd braces.
 * @param inCluster the hash tag of the name has to be that of the key
 */
export function tokenKey(key: string, inCluster: boolean): string | undefined {
  if (!inCluster) return key + TOKEN_MARK;
  const open = key.indexOf('{');
  if (open === -1) return key.includes('}') ? undefined : `${key}${TOKEN_MARK}{${key}}`;
  return key.indexOf('}', open) > open + 1 ? key + TOKEN_MARK : undefined;
}
