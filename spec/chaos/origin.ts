import { nowUs } from './clock.js';
import type { Random } from './random.js';
import type { OriginAnswer, OriginAsk } from './records.js';
import { type Row, rowOf } from './row.js';
import { groupOf } from './shapes.js';

/** What the origin is like at the moment. */
export interface OriginMood {
  /** Longest time until an answer, in ms. */
  readonly slowMs: number;
  /** Of loads. Changes never fail. */
  readonly failing: number;
}

export const CALM: OriginMood = { slowMs: 8, failing: 0 };

/** Some loads take longer than others even then. */
const LATE = 0.04;
const LATE_MS = 200;

/** The truth: every key has a version that only grows. */
export class Origin {
  mood: OriginMood = CALM;
  loads = 0;
  failures = 0;
  readonly #versions = new Map<string, number>();
  readonly #groups = new Map<string, Set<string>>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  versionOf(key: string): number {
    return this.#versions.get(key) ?? 1;
  }

  /** @param answer gets rows, or what went wrong, some time later */
  ask({ id, kind, keys }: OriginAsk, answer: (answer: OriginAnswer) => void): void {
    if (kind !== 'load') return answer({ id, rows: this.#bump(kind === 'group' ? this.#keysOf(keys[0]!) : keys) });
    this.loads += keys.length;
    const { slowMs, failing } = this.mood;
    const late = this.#random.chance(LATE) ? LATE_MS : slowMs;
    const ms = 1 + this.#random.next() * Math.max(late, slowMs);
    if (this.#random.chance(failing)) {
      this.failures += 1;
      setTimeout(() => answer({ id, error: `the origin has no time for ${keys[0]}` }), ms / 4);
      return;
    }
    // Sometimes the rows are read early and arrive late: the load that a fence is for.
    const readAfterMs = this.#random.chance(0.5) ? 0 : ms;
    setTimeout(() => {
      const rows = keys.map((key) => this.#read(key));
      setTimeout(() => answer({ id, rows }), ms - readAfterMs);
    }, readAfterMs);
  }

  #read(key: string): Row {
    const group = groupOf(key);
    let members = this.#groups.get(group);
    if (members === undefined) this.#groups.set(group, (members = new Set()));
    members.add(key);
    return rowOf(key, this.versionOf(key), nowUs());
  }

  #bump(keys: readonly string[]): Row[] {
    for (const key of keys) this.#versions.set(key, this.versionOf(key) + 1);
    return keys.map((key) => this.#read(key));
  }

  #keysOf(group: string): string[] {
    return [...(this.#groups.get(group) ?? [])];
  }
}
