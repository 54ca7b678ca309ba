import type { AckRecord, CallRecord } from './records.js';

export interface Ack extends AckRecord {
  readonly worker: string;
}

interface Interval {
  readonly start: number;
  readonly end: number;
}

/** Fewer of one key are not worth the effort. */
const FEW = 64;

/** What was invalidated, and when that was acknowledged. */
export class Acknowledgements {
  readonly #byKey = new Map<string, Ack[]>();

  add(ack: Ack): void {
    const acks = this.#byKey.get(ack.key);
    if (acks === undefined) this.#byKey.set(ack.key, [ack]);
    else acks.push(ack);
  }

  /** The first one of something newer than what a call got, from before it began. */
  firstBefore({ key, version, start }: CallRecord, counts: (ack: Ack) => boolean): Ack | undefined {
    let first: Ack | undefined;
    for (const ack of this.#byKey.get(key) ?? []) {
      if (ack.version <= version || ack.at >= start || (first !== undefined && first.at <= ack.at)) continue;
      if (counts(ack)) first = ack;
    }
    return first;
  }

  /** Of those that are long over, the newest of each kind is enough. */
  forget(before: number): void {
    for (const [key, acks] of this.#byKey) {
      if (acks.length < FEW) continue;
      const kept = new Map<string, Ack>();
      for (const ack of acks) {
        if (ack.at >= before) continue;
        const kind = `${ack.worker} ${ack.everywhere}`;
        if ((kept.get(kind)?.version ?? 0) < ack.version) kept.set(kind, ack);
      }
      this.#byKey.set(key, [...kept.values(), ...acks.filter(({ at }) => at >= before)]);
    }
  }
}

/** When something was going on for a key in a process. */
export class Underway {
  readonly #intervals = new Map<string, Interval[]>();

  add(worker: string, key: string, { start, end }: Interval): void {
    const id = `${worker} ${key}`;
    const intervals = this.#intervals.get(id);
    if (intervals === undefined) this.#intervals.set(id, [{ start, end }]);
    else intervals.push({ start, end });
  }

  /** All of them, in all processes but this one. */
  elsewhere(worker: string, key: string): readonly Interval[] {
    const all: Interval[] = [];
    for (const [id, intervals] of this.#intervals) {
      if (id.endsWith(` ${key}`) && id !== `${worker} ${key}`) all.push(...intervals);
    }
    return all;
  }

  /** Whether something began before `from` and still went on at `until`. */
  spans(worker: string, key: string, from: number, until: number): boolean {
    return (this.#intervals.get(`${worker} ${key}`) ?? []).some(({ start, end }) => start < from && end >= until);
  }

  /** Those that overlap others of the same key, wherever, within this time. */
  overlapping(from: number, to: number): number {
    const byKey = new Map<string, Interval[]>();
    for (const [id, intervals] of this.#intervals) {
      const key = id.slice(id.indexOf(' ') + 1);
      byKey.set(key, [...(byKey.get(key) ?? []), ...intervals]);
    }
    let count = 0;
    for (const intervals of byKey.values()) {
      let reached = 0;
      for (const { start, end } of intervals.sort((one, other) => one.start - other.start)) {
        if (start <= from || end >= to) continue;
        if (start < reached) count += 1;
        reached = Math.max(reached, end);
      }
    }
    return count;
  }

  forget(before: number): void {
    for (const [id, intervals] of this.#intervals) {
      const recent = intervals.filter(({ end }) => end >= before);
      if (recent.length === 0) this.#intervals.delete(id);
      else if (recent.length < intervals.length) this.#intervals.set(id, recent);
    }
  }
}
