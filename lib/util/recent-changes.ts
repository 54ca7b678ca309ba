/**
 * Which names changed lately. Moments are numbers that only grow, so no clock is asked. Beyond `most` names the oldest
 * changes are remembered as one that concerns all names.
 */
export class RecentChanges {
  /** Oldest change first. */
  readonly #last = new Map<string, number>();
  readonly #most: number;
  #now = 0;
  #forgotten = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whatever changes from here on, changes after this moment. */
  get now(): number {
    return this.#now;
  }

  note(names: Iterable<string>): void {
    const moment = ++this.#now;
    for (const name of names) {
      this.#last.delete(name);
      this.#last.set(name, moment);
    }
    for (const [name, last] of this.#last) {
      if (this.#last.size <= this.#most) break;
      this.#last.delete(name);
      this.#forgotten = last;
    }
  }

  /** All names changed, whatever they are. */
  noteAll(): void {
    this.#last.clear();
    this.#forgotten = ++this.#now;
  }

  /** Whether it changed after `moment`, or may have. */
  changedAfter(moment: number, name: string): boolean {
    return moment < this.#forgotten || (this.#last.get(name) ?? 0) > moment;
  }
}
