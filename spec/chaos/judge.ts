import { nowUs } from './clock.js';
import { type Ack, Acknowledgements, Underway } from './history.js';
import { overlapUs } from './origin-client.js';
import type { CallRecord, FromWorker, GrowthRecord, OracleName, Violation } from './records.js';
import { type Promised, type Shape, shapeOf, shapeOfKey } from './shapes.js';
import { BUDGET_MS, type Copies } from './stack.js';
import { Histogram, Timeline } from './timeline.js';

type Records = FromWorker & { readonly step: 'records' };

interface Time {
  readonly from: number;
  to: number;
}

export interface JudgeOptions extends Partial<Copies> {
  /** What the origin has at the moment: no value is newer. */
  readonly newest: (key: string) => number;
  /** The longest that a load and the way of its value to the store can take: slow origin, frozen process, frozen store. */
  readonly slackMs?: number;
}

interface Heard {
  readonly worker: string;
  readonly calls: readonly CallRecord[];
  readonly heardAt: number;
}

/** Acknowledgements may be heard later than the calls that they concern: a frozen process reports when it is thawed. */
const LAG_US = 8_000_000;
const KEPT_US = 90_000_000;
/** The longest that a call can have been under way. */
const LONGEST_CALL_US = 30_000_000;
/** A reply that could not be trusted may be the acknowledgement of something much later. */
const ACK_US = 1_500_000;

/** Compares what callers saw with what the origin had, and with what was invalidated. Knows nothing of processes and servers. */
export class Judge {
  readonly violations: Violation[] = [];
  readonly timeline = new Timeline();
  /** What calls lost to the cache. */
  readonly lost = new Histogram();
  /** The same of those under a lease, which also wait for a holder that is gone. */
  readonly lostToLeases = new Histogram();
  /** How long plain commands took. */
  readonly commands = new Histogram();
  /** How long after its invalidation something was seen, where it was seen at all. */
  readonly stale: Readonly<Record<Promised | 'joined', Histogram>> = {
    keys: new Histogram(),
    tags: new Histogram(),
    own: new Histogram(),
    joined: new Histogram(),
  };
  calls = 0;
  originErrors = 0;
  lateErrors = 0;
  loads = 0;
  acknowledged = 0;
  /** Damaged values of entries that nothing protects, while the wire was damaged. */
  unprotected = 0;
  readonly #options: Required<JudgeOptions>;
  readonly #damaged: Time[] = [];
  readonly #unfenced: Time[] = [];
  readonly #acks = new Acknowledgements();
  readonly #underway = new Underway();
  readonly #leased = new Underway();
  readonly #locks: GrowthRecord[] = [];
  readonly #counters: GrowthRecord[] = [];
  readonly #losses: Time[] = [];
  readonly #forgotten: Time[] = [];
  /** Nothing is judged that may have to be seen otherwise. */
  readonly #undecided = new Set<{ readonly from: number }>();
  readonly #heard: Heard[] = [];
  readonly #counts = new Map<string, Pick<Records, 'refused' | 'discarded'>>();

  constructor(options: JudgeOptions) {
    this.#options = { nearMs: 0, middleMs: 0, slackMs: 15_000, ...options };
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

  /**
   * From now on replies cannot be trusted, so entries without checksum, and acknowledgements, cannot either.
   * @returns what ends that
   */
  damages(from = nowUs()): (to?: number) => void {
    const time: Time = { from, to: Infinity };
    this.#damaged.push(time);
    // Copies of what was damaged live on, and copies of copies.
    const { nearMs, middleMs } = this.#options;
    return (to = nowUs()) => void (time.to = to + (nearMs + middleMs) * 1_000);
  }

  /** From now on there is no fence between processes for keys: what they load may be stored late. @returns what ends that */
  unfence(from = nowUs()): (to?: number) => void {
    const time = { from, to: Infinity };
    this.#unfenced.push(time);
    return (to = nowUs()) => void (time.to = to);
  }

  /** From now on what is stored may be lost, or an older state of it may come back. @returns what ends that */
  loses(from = nowUs()): (to?: number) => void {
    const loss = { from, to: Infinity };
    this.#losses.push(loss);
    return (to = nowUs()) => void (loss.to = to);
  }

  /**
   * From now on what was acknowledged may be undone, and be lost, as when a replica takes over that had not heard of it yet.
   * @returns what ends that, with whether it happened
   */
  mayForget(from = nowUs()): (happened: boolean, to?: number) => void {
    const time = { from: from - ACK_US, to: Infinity };
    const open = this.#undecided;
    open.add(time);
    return (happened, to = nowUs()) => {
      open.delete(time);
      if (!happened) return;
      time.to = to + ACK_US;
      this.#forgotten.push(time);
      this.#losses.push(time);
    };
  }

  records(worker: string, records: Records): void {
    const { calls, acks, commands, counts, loads, locks, violations, refused, discarded } = records;
    this.#counts.set(worker, { refused, discarded });
    for (const tookUs of commands) this.commands.add(tookUs);
    this.#locks.push(...locks.filter((record) => this.#reliable(record)));
    this.#counters.push(...counts.filter((record) => this.#reliable(record)));
    for (const ack of acks) this.#acknowledge({ ...ack, worker });
    for (const load of loads) {
      this.loads += 1;
      this.timeline.load(load.end);
      // A value on its way to the store can still be joined, for a budget at most; of one loaded in the background no call tells.
      this.#underway.add(worker, load.key, { start: load.start, end: load.end + BUDGET_MS * 1_000 });
      if (shapeOf(shapeOfKey(load.key)).leased === true) this.#leased.add(worker, load.key, load);
    }
    for (const call of calls) this.#underway.add(worker, call.key, call);
    for (const violation of violations) {
      const unprotected = violation.plain === true && this.#doubtful(violation.at, violation.at);
      if (unprotected) this.unprotected += 1;
      else this.violations.push({ ...violation, what: `${worker}: ${violation.what}` });
    }
    this.#heard.push({ worker, calls, heardAt: nowUs() });
  }

  /** Judges what was heard long enough ago for everything about it to be known. */
  judge(before = nowUs() - LAG_US): void {
    const known = Math.min(before, ...[...this.#undecided].map(({ from }) => from));
    while (this.#heard.length > 0 && this.#heard[0]!.heardAt < known) {
      const { worker, calls } = this.#heard.shift()!;
      for (const call of calls) this.#judge(call, worker);
    }
    this.#acks.forget(before - KEPT_US);
    this.#underway.forget(before - LONGEST_CALL_US);
    this.#leased.forget(before - KEPT_US);
  }

  /** Judges what can only be judged in the end. */
  finish(): void {
    this.judge(Infinity);
    this.#judgeGrowth('locks', this.#locks, []);
    this.#judgeGrowth('counters', this.#counters, this.#losses);
  }

  /** @param losses times in which everything may have begun anew */
  #judgeGrowth(oracle: OracleName, records: readonly GrowthRecord[], losses: readonly Time[]): void {
    const kept = records.filter(
      ({ asked, answered }) => !losses.some(({ from, to }) => from <= answered && to >= asked),
    );
    const answered = [...kept].sort((one, other) => one.answered - other.answered);
    const largest = new Map<string, { readonly number: number; readonly at: number }>();
    let next = 0;
    for (const record of [...kept].sort((one, other) => one.asked - other.asked)) {
      for (; answered[next]!.answered < record.asked; next++) {
        const { name, number, answered: at } = answered[next]!;
        const before = largest.get(name);
        const lost = before !== undefined && losses.some(({ from, to }) => from >= before.at && to <= at);
        if (before === undefined || lost || number > before.number) largest.set(name, { number, at });
      }
      const before = largest.get(record.name);
      if (before === undefined || record.number > before.number) continue;
      if (losses.some(({ from, to }) => from >= before.at && to <= record.asked)) continue;
      this.violation(oracle, `${record.name} was ${record.number} after ${before.number}`, record.answered);
    }
  }

  #reliable({ asked, answered }: GrowthRecord): boolean {
    return !this.#doubtful(asked, answered);
  }

  /** Loads under a lease that ran beside others in this time, in which nothing was wrong. */
  loadsBeside(from: number, to: number): number {
    return this.#leased.overlapping(from, to);
  }

  #acknowledge(ack: Ack): void {
    this.acknowledged += 1;
    // An answer that cannot be trusted acknowledges nothing.
    if (!this.#doubtful(ack.at - ACK_US, ack.at)) this.#acks.add(ack);
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
    this.timeline.call(leased ? { ...call, lostUs: undefined } : call, staleUs);
    if (call.lostUs === undefined) return;
    if (!leased) return this.lost.add(call.lostUs);
    const elsewhere = this.#leased.elsewhere(worker, call.key);
    this.lostToLeases.add(call.lostUs - overlapUs(elsewhere, call.start, call.end));
  }

  /** @returns how long after its invalidation it was seen, in µs */
  #judgeValue(call: CallRecord, shape: Shape, worker: string): number {
    const { key, version, start, end, readAt } = call;
    const id = `${worker}: ${key} version ${version}`;
    if (version > this.#options.newest(key)) this.violation('values', `${id} never existed`, end);
    const lifeUs = (shape.ttlMs * (1 + shape.jitter) + shape.staleMs + this.#options.slackMs) * 1_000;
    if (start - readAt > lifeUs && shape.revalidated !== true)
      this.violation('age', `${id} was ${ms(start - readAt)} old, ${ms(lifeUs)} at most`, end);
    if (this.#doubtful(start, end)) return 0;
    const { promised } = shape;
    const unfenced = promised === 'keys' && this.#unfenced.some(({ from, to }) => from <= end && to >= start);
    const here = this.#acks.firstBefore(call, (ack) => ack.worker === worker && this.#holds(ack));
    const there =
      promised === 'own'
        ? undefined
        : this.#acks.firstBefore(call, (ack) => ack.worker !== worker && ack.everywhere && this.#holds(ack));
    const judged = (ack: Ack, boundUs: number): number => {
      const staleUs = start - ack.at;
      this.stale[promised].add(staleUs);
      if (staleUs <= boundUs) return staleUs;
      const by = `${ack.worker}${ack.everywhere ? '' : ' (in that process)'} acknowledged ${ack.version}`;
      const what = `${id}, read ${ms(start - readAt)} before, was seen ${ms(staleUs)} after ${by}`;
      this.violation('staleness', what, end);
      return staleUs;
    };
    const staleHere = here === undefined ? 0 : judged(here, unfenced ? lifeUs : 0);
    if (there === undefined) return staleHere;
    if (this.#underway.spans(worker, key, there.at, start)) {
      // Nobody told this process: the call joined one that was under way already.
      this.stale.joined.add(start - there.at);
      return staleHere;
    }
    return Math.max(staleHere, judged(there, unfenced ? lifeUs : this.#options.nearMs * 1_000));
  }

  #holds({ at }: Ack): boolean {
    return !this.#forgotten.some(({ from, to }) => from <= at && to >= at);
  }

  /** Whether something of this time may have come over a damaged wire. */
  #doubtful(from: number, to: number): boolean {
    return this.#damaged.some((time) => time.from <= to && time.to >= from);
  }
}

const ms = (us: number): string => `${(us / 1_000).toFixed(0)} ms`;
