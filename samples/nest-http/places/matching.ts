import type { Place } from './place.js';

/** `Zürich` → `zurich`: what two spellings of one name have in common. */
export function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').trim().toLowerCase();
}

/** How well a place answers a folded query; `0` = not at all. Among equals the larger place wins. */
export function relevance(place: Place, query: string): number {
  const name = fold(place.name);
  const at = name.indexOf(query);
  if (at === -1) return 0;
  return fit(name, query, at) + Math.log10(place.population + 1) / 10;
}

function fit(name: string, query: string, at: number): number {
  if (name === query) return 4;
  if (at === 0) return 3;
  return name.includes(` ${query}`) ? 2 : 1;
}
