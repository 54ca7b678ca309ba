import { nowUs } from './clock.js';
import type { AckRecord, CallRecord, FromWorker, LoadRecord, LockRecord, OracleName, Violation } from './records.js';
import { type Promised, type Shape, shapeOf, shapeOfKey } from './shapes.js';
import { overlapUs } from './origin-client.js';
import { Histogram, Timeline } from './timeline.js';

type Records = FromWorker & { readonly step: 'records' };

/** A time in which something is not promised, and what. */
export interface Relaxation {
  readonly from: number;
  to: number;
  /** Replies cannot be trusted, so entries without checksum, and acknowledgements, cannot either. */
  readonly wire: boolean;
}

export interface JudgeOptions {
  /** What the origin has at the moment: no value is newer. */
  readonly newest: (key: string) => number;
  /** The longest that a load and the way of its value to the store can take: slow origin, frozen process, frozen store. */
  readonly slackMs?: number;
}

interface Ack extends AckRecord {
  readonly worker: string;
}

interface Heard {
  readonly worker: string;
  readonly calls: readonly CallRecord[];
  readonly heardAt: number;
}

/** Acknowledgements may be heard later than the calls that they concern: a frozen process reports when it is thawed. */
const LAG_US = 8_000_000;
const KEPT_US = 90_000_000;

/** Compares what callers saw with what the origin had, and with what was invalidated. Knows nothing of processes and servers. */
export class Judge {
  readonly violations: Violation[] = [];
  readonly timeline = new Timeline();
  /** What calls lost to the cache. */
  readonly lost = new Histogram();
  /** The same of those under a lease, which also wait for a holder that is gone. */
  readonly lostToLeases = new Histogram();
  /** The longest that something outdated was seen after its invalidation, in µs. */
  readonly staleUs: Record<Promised, number> = { tags: 0, own: 0, shared: 0 };
  /** How long plain commands took. */
  readonly commands = new Histogram();
  calls = 0;
  originErrors = 0;
  lateErrors = 0;
  loads = 0;
  /** Damaged values of entries that nothing protects, while the wire was damaged. */
  unprotected = 0;
  acknowledged = 0;
  readonly #options: Required<JudgeOptions>;
  readonly #relaxations: Relaxation[] = [];
  readonly #acks = new Map<string, Ack[]>();
  readonly #heard: Heard[] = [];
  readonly #counts = new Map<string, Pick<Records, 'refused' | 'discarded'>>();
  readonly #locks: LockRecord[] = [];
  readonly #leased = new Map<string, (LoadRecord & { readonly worker: string })[]>();

  constructor(options: JudgeOptions) {
    this.#options = { slackMs: 15_000, ...options };
  }

  violation(oracle: OracleName, what: string, at = nowUs()): void {
    this.violations.push({ oracle, at, what });
  }

  /** Plain commands that failed, as they may, and entries that were not trusted. */
  get counted(): Pick<Records, 'refused' | 'discarded'> {
    const sums = { refused: 0, discarded: 0 };
    for (const { refused, discarded } of this.#counts.values()) {
      sums.refused += refused;
      sums.discarded += discarded;
    }
    return sums;
  }

  /** From now on something is not promised. @returns what ends that */
  relax(wire: boolean, from = nowUs()): (to?: number) => void {
    const relaxation: Relaxation = { from, to: Infinity, wire };
    this.#relaxations.push(relaxation);
    return (to = nowUs()) => void (relaxation.to = to);
  }

  records(worker: string, records: Records): void {
    const { calls, acks, commands, loads, locks, violations, refused, discarded } = records;
    this.#locks.push(...locks.filter(({ asked, granted }) => !this.#relaxed(asked, granted, true)));
    for (const tookUs of commands) this.commands.add(tookUs);
    this.#counts.set(worker, { refused, discarded });
    for (const ack of acks) this.#acknowledge({ ...ack, worker });
    for (const load of loads) this.#load({ ...load, worker });
    for (const violation of violations) {
      const unprotected = violation.plain === true && this.#relaxed(violation.at, violation.at, true);
      if (unprotected) this.unprotected += 1;
      else this.violations.push({ ...violation, what: `${worker}: ${violation.what}` });
    }
    this.#heard.push({ worker, calls, heardAt: nowUs() });
  }

  /** Judges what was heard long enough ago for everything about it to be known. */
  judge(before = nowUs() - LAG_US): void {
    while (this.#heard.length > 0 && this.#heard[0]!.heardAt < before) {
      const { worker, calls } = this.#heard.shift()!;
      for (const call of calls) this.#judge(call, worker);
    }
    this.#forget(before - KEPT_US);
  }

  /** Loads under a lease that ran beside others in this time, in which nothing was wrong. */
  loadsBeside(from: number, to: number): number {
    let count = 0;
    for (const loads of this.#leased.values()) {
      const sorted = loads.filter(({ start, end }) => start > from && end < to).sort((a, b) => a.start - b.start);
      let reached = 0;
      for (const { start, end } of sorted) {
        if (start < reached) count += 1;
        reached = Math.max(reached, end);
      }
    }
    return count;
  }

  /** Judges what can only be judged in the end. */
  finish(): void {
    this.judge(Infinity);
    const granted = [...this.#locks].sort((one, other) => one.granted - other.granted);
    const largest = new Map<string, number>();
    let next = 0;
    for (const lock of [...this.#locks].sort((one, other) => one.asked - other.asked)) {
      for (; granted[next]!.granted < lock.asked; next++) {
        const { name, token } = granted[next]!;
        largest.set(name, Math.max(largest.get(name) ?? 0, token));
      }
      const before = largest.get(lock.name) ?? 0;
      if (lock.token > before) continue;
      this.violation('locks', `${lock.name} was given out with ${lock.token} after ${before}`, lock.granted);
    }
  }

  #acknowledge(ack: Ack): void {
    this.acknowledged += 1;
    // An answer that cannot be trusted acknowledges nothing.
    if (this.#relaxed(ack.at - 1_500_000, ack.at, true)) return;
    const acks = this.#acks.get(ack.key);
    if (acks === undefined) this.#acks.set(ack.key, [ack]);
    else acks.push(ack);
  }

  #load(load: LoadRecord & { readonly worker: string }): void {
    this.loads += 1;
    this.timeline.load(load.end);
    if (shapeOf(shapeOfKey(load.key)).leased !== true) return;
    const loads = this.#leased.get(load.key);
    if (loads === undefined) this.#leased.set(load.key, [load]);
    else loads.push(load);
  }

  #judge(call: CallRecord, worker: string): void {
    this.calls += 1;
    const shape = shapeOf(call.shape);
    let staleUs = 0;
    if (call.outcome === 'origin') this.originErrors += 1;
    else if (call.outcome === 'late') this.lateErrors += 1;
    // What is wrong with a value that is not whole was said by the worker.
    else if (call.version > 0) staleUs = this.#judgeValue(call, shape, worker);
    const leased = shape.leased === true;
    this.timeline.call(leased ? { ...call, lostUs: undefined } : call, staleUs, shape.promised);
    if (call.lostUs === undefined) return;
    if (!leased) return this.lost.add(call.lostUs);
    const elsewhere = (this.#leased.get(call.key) ?? []).filter((load) => load.worker !== worker);
    this.lostToLeases.add(call.lostUs - overlapUs(elsewhere, call.start, call.end));
  }

  #judgeValue(call: CallRecord, shape: Shape, worker: string): number {
    const { key, version, start, end, readAt } = call;
    const id = `${worker}: ${key} version ${version}`;
    if (version > this.#options.newest(key)) this.violation('values', `${id} never existed`, end);
    const lifeUs = (shape.ttlMs * (1 + shape.jitter) + shape.staleMs + this.#options.slackMs) * 1_000;
    const age = start - readAt;
    if (age > lifeUs) this.violation('age', `${id} was ${ms(age)} old, ${ms(lifeUs)} at most`, end);
    const outdated = this.#outdatedSince(call, shape.promised, worker);
    if (outdated === undefined) return 0;
    const staleUs = start - outdated.at;
    if (this.#relaxed(start, end, false)) return 0;
    this.staleUs[shape.promised] = Math.max(this.staleUs[shape.promised], staleUs);
    const boundUs = shape.promised === 'shared' ? lifeUs : 0;
    if (staleUs > boundUs) {
      const by = `${outdated.worker} ${outdated.everywhere ? '' : '(in that process) '}acknowledged ${outdated.version}`;
      this.violation('staleness', `${id}, read ${ms(start - readAt)} before, was seen ${ms(staleUs)} after ${by}`, end);
    }
    return staleUs;
  }

  /** The first acknowledgement of something newer that this caller could rely on. */
  #outdatedSince({ key, version, start }: CallRecord, promised: Promised, worker: string): Ack | undefined {
    let first: Ack | undefined;
    for (const ack of this.#acks.get(key) ?? []) {
      if (ack.version <= version || ack.at >= start) continue;
      const counts = ack.worker === worker || (ack.everywhere && promised !== 'own');
      if (counts && (first === undefined || ack.at < first.at)) first = ack;
    }
    return first;
  }

  /** @param wireOnly whether nothing but a damaged wire is an excuse */
  #relaxed(from: number, to: number, wireOnly: boolean): boolean {
    return this.#relaxations.some(
      (relaxation) => relaxation.from <= to && relaxation.to >= from && (relaxation.wire || !wireOnly),
    );
  }

  /** Of the acknowledgements that are long over, the newest of each kind is enough. */
  #forget(before: number): void {
    for (const [key, loads] of this.#leased) {
      if (loads.length > 1_000)
        this.#leased.set(
          key,
          loads.filter(({ end }) => end >= before),
        );
    }
    for (const [key, acks] of this.#acks) {
      if (acks.length < 64) continue;
      const recent = acks.filter(({ at }) => at >= before);
      const kept = new Map<string, Ack>();
      for (const ack of acks) {
        if (ack.at >= before) continue;
        const kind = `${ack.worker} ${ack.everywhere}`;
        if ((kept.get(kind)?.version ?? 0) < ack.version) kept.set(kind, ack);
      }
      this.#acks.set(key, [...kept.values(), ...recent]);
    }
  }
}

const ms = (us: number): string => `${(us / 1_000).toFixed(0)} ms`;
