/** Where a key that is in no list is. */
export const NOWHERE = -1;

/** Several lists of keys, each key in one of them at most. Linked through arrays; list `n` begins and ends at `keys + n`. */
export class Lists {
  readonly sizes: Int32Array;
  readonly #keys: number;
  readonly #where: Int8Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;

  constructor(keys: number, lists: number) {
    this.#keys = keys;
    this.sizes = new Int32Array(lists);
    this.#where = new Int8Array(keys).fill(NOWHERE);
    this.#next = new Int32Array(keys + lists);
    this.#previous = new Int32Array(keys + lists);
    for (let list = keys; list < keys + lists; list++) this.#next[list] = this.#previous[list] = list;
  }

  /** The list that the key is in. */
  of(key: number): number {
    return this.#where[key]!;
  }

  /** Puts the key in front of a list, wherever it was. */
  push(list: number, key: number): void {
    this.take(key);
    const head = this.#keys + list;
    const first = this.#next[head]!;
    this.#next[key] = first;
    this.#previous[key] = head;
    this.#next[head] = key;
    this.#previous[first] = key;
    this.#where[key] = list;
    this.sizes[list]!++;
  }

  take(key: number): void {
    const list = this.#where[key]!;
    if (list === NOWHERE) return;
    const next = this.#next[key]!;
    const previous = this.#previous[key]!;
    this.#next[previous] = next;
    this.#previous[next] = previous;
    this.#where[key] = NOWHERE;
    this.sizes[list]!--;
  }

  /** The key at the end of a list; `NOWHERE` if it is empty. */
  last(list: number): number {
    return this.#key(this.#previous[this.#keys + list]!);
  }

  /** The key in front of another one; `NOWHERE` before the first. */
  before(key: number): number {
    return this.#key(this.#previous[key]!);
  }

  #key(key: number): number {
    return key < this.#keys ? key : NOWHERE;
  }
}
