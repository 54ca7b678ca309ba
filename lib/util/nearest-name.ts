/**
 * The name closest to `wanted` (Damerau-free Levenshtein), or `undefined` when nothing is close. Of two that are equally
 * close, the one with fewer letters that were not typed: `tll` is rather `ttl` than `tls`.
 */
export function nearestName(wanted: string, names: Iterable<string>): string | undefined {
  const typed = wanted.toLowerCase();
  let nearest: string | undefined;
  let best = Math.ceil(wanted.length / 3) + 1;
  for (const name of names) {
    const lower = name.toLowerCase();
    // The letters decide between equals only.
    const distance = editDistance(typed, lower) + strangers(lower, typed) / (2 * lower.length);
    if (distance < best) {
      best = distance;
      nearest = name;
    }
  }
  return nearest;
}

/** How many letters of `name` were not typed at all. */
function strangers(name: string, typed: string): number {
  return Array.from(name).filter((letter) => !typed.includes(letter)).length;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
