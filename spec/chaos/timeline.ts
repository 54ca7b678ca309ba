import type { CallRecord } from './records.js';

/** One second of a run. Times in µs. */
export interface Second {
  readonly second: number;
  calls: number;
  loads: number;
  errors: number;
  median: number;
  /** The 99.9th percentile of how long calls took, the origin included. */
  slowest: number;
  /** The same of what they lost to the cache. */
  lost: number;
  /** The longest that something outdated was seen, where that is not promised away. */
  stale: number;
}

interface Open extends Second {
  readonly took: number[];
  readonly losses: number[];
}

/** What happened, second by second. */
export class Timeline {
  readonly #seconds = new Map<number, Open>();
  call({ start, end, lostUs, outcome }: CallRecord, staleUs: number): void {
    const second = this.#at(end);
    second.calls += 1;
    if (outcome !== 'value') second.errors += 1;
    second.took.push(end - start);
    second.stale = Math.max(second.stale, staleUs);
    if (lostUs === undefined) return;
    second.losses.push(lostUs);
  }

  load(end: number): void {
    this.#at(end).loads += 1;
  }

  seconds(): readonly Second[] {
    return [...this.#seconds.values()]
      .sort((one, other) => one.second - other.second)
      .map(({ took, losses, ...second }) => ({
        ...second,
        median: quantile(took, 0.5),
        slowest: quantile(took, 0.999),
        lost: quantile(losses, 0.999),
      }));
  }

  /** 0 to 1: calls that needed no load, between these times. */
  hitRatio(fromUs: number, toUs: number): number {
    let calls = 0;
    let loads = 0;
    for (const second of this.#seconds.values()) {
      if (second.second * 1_000_000 < fromUs || (second.second + 1) * 1_000_000 > toUs) continue;
      calls += second.calls;
      loads += second.loads;
    }
    return calls === 0 ? 0 : Math.max(0, 1 - loads / calls);
  }

  #at(us: number): Open {
    const number = Math.floor(us / 1_000_000);
    let second = this.#seconds.get(number);
    if (second === undefined) {
      second = {
        second: number,
        calls: 0,
        loads: 0,
        errors: 0,
        median: 0,
        slowest: 0,
        lost: 0,
        stale: 0,
        took: [],
        losses: [],
      };
      this.#seconds.set(number, second);
    }
    return second;
  }
}

function quantile(values: readonly number[], fraction: number): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))]!;
}

/** Durations by logarithmic classes of 2 %. */
export class Histogram {
  readonly #classes = new Map<number, number>();
  count = 0;
  longest = 0;

  add(us: number): void {
    const number = Math.round(Math.log(Math.max(1, us)) / Math.log(1.02));
    this.#classes.set(number, (this.#classes.get(number) ?? 0) + 1);
    this.count += 1;
    this.longest = Math.max(this.longest, us);
  }

  quantile(fraction: number): number {
    let left = this.count * (1 - fraction);
    for (const [number, count] of [...this.#classes].sort(([one], [other]) => other - one)) {
      left -= count;
      // The middle of a class may lie beyond all that is in it.
      if (left < 0) return Math.min(1.02 ** number, this.longest);
    }
    return 0;
  }
}
