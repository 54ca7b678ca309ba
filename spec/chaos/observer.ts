import { isCacheError } from 'cachewright';
import { nowUs } from './clock.js';
import { type OriginClient, OriginError, overlapUs } from './origin-client.js';
import type { AckRecord, CallRecord, GrowthRecord, OracleName, Violation } from './records.js';
import { faultIn, type Row } from './row.js';
import { groupOf, shapeOf, type ShapeName } from './shapes.js';
import { BUDGET_MS } from './stack.js';

/** A tick this much late is a standstill of the process, not of the cache. */
const TICK_MS = 5;
const LATE_US = 3_000;
const KEPT_US = 20_000_000;
/** Longest time that a call may spend with looking for a value. */
const LOOKING_US = (BUDGET_MS + 50) * 1_000;

/** Invalidations of this process: of a key, of a group, or of anything with tags. */
interface Invalidations {
  open: number;
  lastEnd: number;
}

/** What happens in a worker, as the oracles want to know it. */
export class Observer {
  calls: CallRecord[] = [];
  acks: AckRecord[] = [];
  locks: GrowthRecord[] = [];
  counts: GrowthRecord[] = [];
  commands: number[] = [];
  violations: Violation[] = [];
  refused = 0;
  /** Calls under way. */
  open = 0;
  #standstills: { start: number; end: number }[] = [];
  #tickedAt = nowUs();
  readonly #invalidations = new Map<string, Invalidations>();
  #queuedAt = -Infinity;

  /**
   * @param queued how many invalidations wait for the backend
   * @param told whether other processes tell this one what they invalidated: that, too, ends loads
   */
  constructor(
    readonly queued: () => number,
    readonly told: boolean,
  ) {
    setInterval(() => this.#tick(), TICK_MS).unref();
  }

  violation(oracle: OracleName, what: string, plain = false): void {
    if (this.violations.length < 1_000) this.violations.push({ oracle, at: nowUs(), what, plain });
  }

  /** One call, from its begin to its end. @param rowsIn the answer's rows, in the order of the keys */
  async call<T>(
    shape: ShapeName,
    keys: readonly string[],
    origin: OriginClient,
    work: () => Promise<T>,
    rowsIn: (answer: T) => readonly unknown[],
  ): Promise<void> {
    const start = nowUs();
    this.open += 1;
    try {
      const rows = rowsIn(await work());
      const end = nowUs();
      const lostUs = this.#lostUs(keys, origin, start, end);
      keys.forEach((key, index) =>
        this.#answered(shape, key, rows[index], start, end, index === 0 ? lostUs : undefined),
      );
    } catch (error) {
      this.#failed(shape, keys, origin, error, start);
    } finally {
      this.open -= 1;
    }
  }

  /** A plain command, which may fail, but not take long. */
  async command<T>(work: () => Promise<T>): Promise<T> {
    const start = nowUs();
    try {
      return await work();
    } finally {
      const end = nowUs();
      this.commands.push(end - start - overlapUs(this.#standstillsUntil(end), start, end));
    }
  }

  /** Somebody wants a lock, and may not get it. @param work is called with the token */
  async lock(name: string, obtain: (work: (token: number) => void) => Promise<unknown>): Promise<void> {
    const asked = nowUs();
    this.open += 1;
    try {
      await obtain((token) => this.locks.push({ name, asked, answered: nowUs(), number: token }));
    } catch (error) {
      if (isCacheError(error)) this.refused += 1;
      else this.violation('errors', `the lock ${name}: ${describe(error)}`);
    } finally {
      this.open -= 1;
    }
  }

  /** Somebody counts, which may fail. */
  async count(name: string, increase: () => Promise<number>): Promise<void> {
    const asked = nowUs();
    this.open += 1;
    try {
      const number = await increase();
      this.counts.push({ name, asked, answered: nowUs(), number });
    } catch (error) {
      if (isCacheError(error)) this.refused += 1;
      else this.violation('errors', `the counter ${name}: ${describe(error)}`);
    } finally {
      this.open -= 1;
    }
  }

  /**
   * An invalidation: `work` changes the origin and tells the cache, and answers what was changed.
   *
   * @param affects keys, groups, or `'tags'`
   */
  async invalidate(affects: readonly string[], decorated: boolean, work: () => Promise<readonly Row[]>): Promise<void> {
    const start = nowUs();
    this.open += 1;
    try {
      const rows = await this.besides(affects, work);
      const at = nowUs();
      // A decorated method ends in time, whether its invalidation was carried out or waits for that.
      const everywhere = !decorated || (at - start < BUDGET_MS * 1_000 && this.queued() === 0);
      for (const { key, version } of rows) this.acks.push({ key, version, at, everywhere });
    } catch (error) {
      if (decorated || !isCacheError(error)) this.violation('errors', `an invalidation failed: ${describe(error)}`);
      else this.refused += 1;
    } finally {
      this.open -= 1;
    }
  }

  /** Something after, or during which loads need not be joined. */
  async besides<T>(affects: readonly string[], work: () => Promise<T>): Promise<T> {
    for (const what of affects) this.#invalidationsOf(what).open += 1;
    try {
      return await work();
    } finally {
      const end = nowUs();
      for (const what of affects) {
        const invalidations = this.#invalidationsOf(what);
        invalidations.open -= 1;
        invalidations.lastEnd = end;
      }
    }
  }

  /** A loader starts though others of the same key are running: only an invalidation since then is a reason. */
  beside(shape: ShapeName, key: string, since: readonly number[]): void {
    const { hardMs, promised } = shapeOf(shape);
    if (this.told && promised !== 'own') return;
    const newest = Math.max(...since);
    const age = nowUs() - newest;
    // What is invalidated while a value is looked for is not joined when it is loaded then.
    const looked = this.#runningBefore(newest, LOOKING_US);
    const affects = [key, groupOf(key), 'all'];
    // While its tags are not known yet, every invalidation of a tag may concern it.
    if (promised !== 'own') affects.push('tags');
    if (affects.some((what) => this.#invalidatedSince(what, looked))) return;
    if (this.queued() > 0 || this.#queuedAt >= looked) return;
    if (hardMs !== undefined && age >= hardMs * 1_000) return;
    this.violation('loads', `${key} is loaded beside a load that began ${age / 1_000} ms before`);
  }

  #answered(shape: ShapeName, key: string, row: unknown, start: number, end: number, lostUs: number | undefined): void {
    const fault = faultIn(row, key);
    if (fault !== undefined) this.violation('values', `${key}: ${fault}`, shapeOf(shape).plain);
    const { version, readAt } = fault === undefined ? (row as Row) : { version: 0, readAt: 0 };
    this.calls.push({ shape, key, start, end, outcome: 'value', version, readAt, lostUs });
  }

  #failed(shape: ShapeName, keys: readonly string[], origin: OriginClient, error: unknown, start: number): void {
    const end = nowUs();
    const { hardMs } = shapeOf(shape);
    const late = hardMs !== undefined && isCacheError(error, 'ERR_CACHE_LOADER_TIMEOUT');
    const ofOrigin = error instanceof OriginError && keys.some((key) => error.keys.includes(key));
    if (late) {
      // Who joins a load that is late already does not wait again. Asking for marks and tokens counts, too, and is all that
      // there was if the process stood still meanwhile.
      const since = Math.min(
        end,
        ...origin.busyIntervals(keys).flatMap((busy) => (busy.end >= start ? [busy.start] : [])),
      );
      const begun = this.#runningBefore(since, BUDGET_MS * 1_000);
      if (end - begun < hardMs * 1_000) this.violation('errors', `${keys[0]}: given up too early`);
    }
    if (!late && !ofOrigin) this.violation('errors', `${keys[0]}: ${describe(error)}`);
    const outcome = late ? 'late' : 'origin';
    this.calls.push({ shape, key: keys[0]!, start, end, outcome, version: 0, readAt: 0, lostUs: undefined });
  }

  #lostUs(keys: readonly string[], origin: OriginClient, start: number, end: number): number {
    const took = end - start;
    if (took < 1_000) return took;
    // Standstills of the process also while the origin was busy: counted once.
    const busy = origin.busyIntervals(keys);
    return took - overlapUs([...busy, ...this.#standstillsUntil(end)], start, end);
  }

  /** The tick that would tell of a standstill may come only after this. */
  #standstillsUntil(end: number): { start: number; end: number }[] {
    const due = this.#tickedAt + TICK_MS * 1_000;
    return end - due > LATE_US ? [...this.#standstills, { start: due, end }] : this.#standstills;
  }

  /** When it was so long ago, not counting standstills of the process, in which nothing that it waits for gets on. */
  #runningBefore(at: number, us: number): number {
    let from = at - us;
    for (let round = 0; round < 3; round++) from = at - us - overlapUs(this.#standstillsUntil(at), from, at);
    return from;
  }

  #tick(): void {
    const now = nowUs();
    const due = this.#tickedAt + TICK_MS * 1_000;
    if (now - due > LATE_US) this.#standstills.push({ start: due, end: now });
    if (this.#standstills.length > 200) this.#standstills = this.#standstills.filter(({ end }) => end > now - KEPT_US);
    this.#tickedAt = now;
    if (this.queued() > 0) this.#queuedAt = now;
  }

  #invalidatedSince(what: string, since: number): boolean {
    const invalidations = this.#invalidations.get(what);
    return invalidations !== undefined && (invalidations.open > 0 || invalidations.lastEnd >= since - 1_000);
  }

  #invalidationsOf(what: string): Invalidations {
    let invalidations = this.#invalidations.get(what);
    if (invalidations === undefined) this.#invalidations.set(what, (invalidations = { open: 0, lastEnd: -Infinity }));
    return invalidations;
  }
}

export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  return `${error.name}${code === undefined ? '' : ` ${String(code)}`}: ${error.message}`;
}

/** What nobody expected, and where it came from. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? `${describe(error)}\n${error.stack ?? ''}` : String(error);
}
