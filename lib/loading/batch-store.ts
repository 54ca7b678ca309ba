import { isPending, type MaybePromise } from '../util/maybe-promise.js';
import type { Ttl } from '../util/duration.js';
import type { LoadEngine } from './engine.js';
import { tolerate } from './failure.js';
import type { Flight } from './flight.js';
import type { LoadPlan } from './plan.js';
import type { BatchTask } from './task.js';

/** The values of one batch that shall be stored: one write per ttl. */
export class BatchStore<T> {
  readonly #entries = new Map<Ttl | undefined, [key: string, value: T][]>();
  readonly #flights: Flight<T>[] = [];

  constructor(
    private readonly engine: LoadEngine,
    private readonly keys: readonly string[],
    private readonly task: BatchTask<T>,
    private readonly plan: LoadPlan,
  ) {}

  /** Takes a loaded value (`undefined` = was not found) if it is to be stored and no invalidation forbids it. */
  offer(position: number, flight: Flight<T>, value: T | undefined): void {
    const { placeholder } = this.task;
    if (value !== undefined && !this.task.stores(value, position)) return;
    const stored = value === undefined ? placeholder : value;
    if (stored === undefined) return;
    const own = value === undefined ? undefined : this.task.ttl(value, position);
    if (flight.fenced || this.engine.stack.fence.blocks(flight.finalKey)) return;
    const ttl = own === undefined ? this.plan.write.ttl : own;
    const entries = this.#entries.get(ttl);
    if (entries === undefined) this.#entries.set(ttl, [[this.keys[position]!, stored]]);
    else entries.push([this.keys[position]!, stored]);
    this.#flights.push(flight);
  }

  /** A cache that fails stores nothing. */
  write(): MaybePromise<void> {
    const pending = [...this.#entries].map(([ttl, entries]) => this.#write(ttl, entries)).filter(isPending);
    if (pending.length === 0) return;
    const { fence } = this.engine.stack;
    const storing = Promise.all(pending).then(() => undefined);
    const leave = (): void => this.#flights.forEach((flight) => fence.leave(flight));
    for (const flight of this.#flights) flight.storing = storing;
    storing.then(leave, leave);
    return storing;
  }

  #write(ttl: Ttl | undefined, entries: [key: string, value: T][]): MaybePromise<void> {
    const failed = (error: unknown): void =>
      tolerate(
        error,
        this.plan.onCacheError,
        this.engine.stack,
        entries.map(([key]) => key),
        'write',
      );
    try {
      const storing = this.engine.commands.multiStore({ entries, options: { ...this.plan.write, ttl } });
      return isPending(storing) ? storing.catch(failed) : undefined;
    } catch (error) {
      return failed(error);
    }
  }
}
