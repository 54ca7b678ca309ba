import type { NearAlias, NearEntry } from '../../contracts/near.js';

/** An entry of a {@link LruStore}, and its own link in the list from most to least recently used. */
export class Entry implements NearEntry {
  alias: NearAlias | undefined = undefined;
  answer: Promise<unknown> | undefined = undefined;
  /** Estimated bytes; 0 unless the store is bounded by them. */
  weight = 0;
  previous: Entry = this;
  next: Entry = this;

  constructor(
    readonly key: string,
    public value: unknown,
    public expiresAt: number,
  ) {}

  /** Takes this entry out of its list. */
  unlink(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.previous = this;
    this.next = this;
  }

  linkBehind(entry: Entry): void {
    this.previous = entry;
    this.next = entry.next;
    entry.next.previous = this;
    entry.next = this;
  }

  /** For those who still hold on to it: never alive again, found by no alias, keeps nothing in memory. */
  kill(): void {
    this.expiresAt = -Infinity;
    this.value = undefined;
    this.answer = undefined;
    if (this.alias?.table.get(this.alias.key) === this) this.alias.table.delete(this.alias.key);
    this.alias = undefined;
  }
}
