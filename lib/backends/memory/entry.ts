import type { NearAlias, NearEntry } from '../../contracts/near.js';

/** An entry for those who want to hold on to it; most entries never get one. */
export class Entry implements NearEntry {
  alias: NearAlias | undefined = undefined;
  answer: Promise<unknown> | undefined = undefined;

  constructor(
    readonly slot: number,
    public value: unknown,
    public expiresAt: number,
  ) {}

  /** For those who still hold on to it: never alive again, found by no alias, keeps nothing in memory. */
  kill(): void {
    this.expiresAt = -Infinity;
    this.value = undefined;
    this.answer = undefined;
    if (this.alias?.table.get(this.alias.key) === this) this.alias.table.delete(this.alias.key);
    this.alias = undefined;
  }
}
