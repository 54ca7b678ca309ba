/** Keeps the few best of many, best first. */
export class Best<T> {
  readonly #size: number;
  readonly #ranked: { readonly item: T; readonly score: number }[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  offer(item: T, score: number): void {
    const worst = this.#ranked[this.#size - 1];
    if (worst !== undefined && worst.score >= score) return;
    const at = this.#ranked.findIndex((other) => other.score < score);
    this.#ranked.splice(at === -1 ? this.#ranked.length : at, 0, { item, score });
    this.#ranked.length = Math.min(this.#ranked.length, this.#size);
  }

  get items(): T[] {
    return this.#ranked.map(({ item }) => item);
  }
}
