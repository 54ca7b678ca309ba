import { Framed } from '../entries/framed.js';
import type { LoadEngine } from './engine.js';
import { stateFor } from './found.js';
import type { LoadPlan } from './plan.js';

/** Says of the entries of a batch which ones answer the call, and notes what else may come in useful. Keys are known by position. */
export class BatchJudge<T> {
  /** What is kept though no longer fresh, for the keys that are to be loaded. */
  readonly stale = new Map<number, Framed<T>>();
  /** The keys whose values were good enough to be answered, and are to be loaded anew. */
  readonly #due = new Map<number, Framed<T>>();

  constructor(
    private readonly engine: LoadEngine,
    private readonly plan: LoadPlan,
    private readonly finalKeys: readonly string[],
  ) {}

  /** What was found, if it answers the call. */
  hitIn(found: T | Framed<T> | undefined, position: number): T | undefined {
    if (!(found instanceof Framed)) return found;
    const state = stateFor(this.plan, found, this.engine, this.finalKeys[position]!);
    if (state === 'due') this.#due.set(position, found);
    if (state === 'fresh' || state === 'due') return found.value;
    // Who joins may let it be stale for longer.
    this.stale.set(position, found);
    return undefined;
  }

  /** A copy whose time is over is better than nothing. While its entry would be fresh it only stands in for a new value. */
  spare(position: number): Framed<T> | undefined {
    const spare = this.plan.copies?.spare(this.finalKeys[position]!) as Framed<T> | undefined;
    if (spare === undefined || spare.facts.freshUntil <= this.engine.stack.form.clock.now()) return spare;
    this.stale.set(position, spare);
    return undefined;
  }

  /** Those due that nobody is loading, and whose loader is not to be left alone. */
  dueAndIdle(): [position: number, stale: Framed<T>][] {
    const { flights, rests, stack } = this.engine;
    return [...this.#due].filter(([position]) => {
      const key = this.finalKeys[position]!;
      if (rests.resting(key) || stack.fence.blocks(key)) return false;
      return flights.find(key) === undefined && flights.inBackground(key) === undefined;
    });
  }

  /** One stale answer for all, which is no fresher than any of them; `undefined` unless there is something for every key. */
  staleFor(
    missing: readonly number[],
    protect: (value: T) => T | undefined,
  ): Framed<ReadonlyMap<number, T>> | undefined {
    const values = new Map<number, T>();
    let freshUntil = Infinity;
    let keptUntil = Infinity;
    for (const position of missing) {
      const stale = this.stale.get(position);
      const value = stale === undefined ? undefined : protect(stale.value);
      if (stale === undefined || value === undefined) return undefined;
      values.set(position, value);
      freshUntil = Math.min(freshUntil, stale.facts.freshUntil);
      keptUntil = Math.min(keptUntil, stale.facts.keptUntil);
    }
    return new Framed(values, { createdAt: 0, costMs: 0, tags: [], freshUntil, keptUntil });
  }
}
