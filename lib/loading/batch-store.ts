import type { TagStamp } from '../command/tags/tags.js';
import type { Moment } from '../command/tier/near-tier.js';
import { FACTS, LOADED, type LoadedUnder, type WithManyFacts, type WithTokens } from '../command/writing.js';
import type { CommandInputs } from '../contracts/commands.js';
import type { LoadToken } from '../contracts/load-fences.js';
import type { EntryFacts, TagMark } from '../entries/framed.js';
import { isPending, type MaybePromise } from '../util/maybe-promise.js';
import type { Ttl } from '../util/duration.js';
import type { LoadEngine } from './engine.js';
import type { Flight } from './flight.js';
import type { LoadPlan, StoredAs } from './plan.js';
import { joinTags } from './tag-names.js';
import type { BatchTask } from './task.js';

/** Into so many writes at most a batch is divided for the sake of `jitter`. */
const JITTER_STEPS = 16;

interface Offered<T> {
  readonly key: string;
  readonly value: T;
  readonly ttl: Ttl | undefined;
  readonly tags: readonly string[];
  readonly token: LoadToken;
  readonly flight: Flight<T>;
}

/** How the values were loaded. */
export interface LoadedBatch {
  /** Of the tags, from before the load. */
  readonly stamp: TagStamp | undefined;
  /** From before the load, by position; `undefined` = they cannot be had. */
  readonly tokens: ReadonlyMap<number, LoadToken> | undefined;
  /** When it began, as far as the near tier is concerned. */
  readonly moment: Moment | undefined;
  readonly costMs: number;
}

/** The values of one batch that shall be stored: one write for all that are kept equally long. */
export class BatchStore<T> {
  readonly #offered: Offered<T>[] = [];
  readonly #writes: Promise<void>[] = [];

  constructor(
    private readonly engine: LoadEngine,
    private readonly keys: readonly string[],
    private readonly task: BatchTask<T>,
    private readonly plan: LoadPlan,
    private readonly loaded: LoadedBatch,
    /** Told how the cache failed; may throw. */
    private readonly failed: (error: unknown, keys: readonly string[]) => void,
  ) {}

  /**
   * Takes a loaded value (`undefined` = was not found) if it is to be stored and no invalidation forbids it.
   * @param made the value as the method answered it
   */
  offer(position: number, flight: Flight<T>, value: T | undefined, made: T | undefined): void {
    const { placeholder } = this.task;
    if (made !== undefined && !this.task.stores(made, position)) return;
    const stored = value === undefined ? placeholder : value;
    if (stored === undefined) return;
    const own = made === undefined ? undefined : this.task.ttl(made, position);
    const tags = this.#tagsOf(made, position);
    if (this.#forbidden(flight)) return;
    const ttl = own === undefined ? this.plan.write.ttl : own;
    const token = this.loaded.tokens?.get(position);
    this.#offered.push({ key: this.keys[position]!, value: stored, ttl, tags, token, flight });
  }

  /** A cache that fails stores nothing. */
  write(): MaybePromise<void> {
    if (this.#offered.length === 0) return;
    const tags = [...new Set(this.#offered.flatMap((offered) => offered.tags))];
    if (this.loaded.tokens === undefined) return this.#copyAll(tags);
    let writing: MaybePromise<void>;
    try {
      writing = tags.length === 0 ? this.#writeAll(new Map()) : this.#writeTagged(tags);
    } catch (error) {
      if (this.#writes.length === 0) throw error;
      writing = Promise.reject(error);
    }
    if (!isPending(writing)) return;
    const { fence } = this.engine.stack;
    // One write that failed is no reason not to wait for the others.
    const ended = (): Promise<unknown> => Promise.allSettled(this.#writes);
    const storing = writing.then(ended, ended);
    for (const { flight } of this.#offered) flight.storing = storing;
    void storing.then(() => this.#offered.forEach(({ flight }) => fence.leave(flight)));
    return writing;
  }

  #writeTagged(tags: readonly string[]): MaybePromise<void> {
    const copy = (): void => this.#copyAll(tags);
    if (this.loaded.stamp === undefined) return copy();
    const failed = (error: unknown): void => {
      copy();
      this.#tolerate(error);
    };
    const write = (marks: readonly TagMark[] | undefined): MaybePromise<void> =>
      marks === undefined ? undefined : this.#writeAll(new Map(marks.map((mark) => [mark[0], mark])));
    try {
      const marks = this.loaded.stamp.marks(tags);
      return isPending(marks) ? marks.then(write, failed) : write(marks);
    } catch (error) {
      return failed(error);
    }
  }

  /** The tokens, or the marks of the tags, cannot be had, so nothing is stored. Whether copies are valid this process knows by itself. */
  #copyAll(tags: readonly string[]): void {
    if (this.plan.copies === undefined) return;
    const allowed = this.#offered.filter(({ flight }) => !this.#forbidden(flight));
    const stored = this.#storedAs(allowed, new Map(tags.map((tag) => [tag, [tag, '']])));
    this.#written(allowed, stored, []);
  }

  #writeAll(marks: ReadonlyMap<string, TagMark>): MaybePromise<void> {
    const groups = new Map<string, Offered<T>[]>();
    for (const offered of this.#offered) {
      if (this.#forbidden(offered.flight)) continue;
      this.engine.flights.overtakes(offered.flight);
      const step = this.plan.freshness?.jitter ? Math.floor(this.engine.stack.spec.random() * JITTER_STEPS) : 0;
      const group = `${typeof offered.ttl} ${offered.ttl} ${step} ${offered.token === undefined}`;
      const others = groups.get(group);
      if (others === undefined) groups.set(group, [offered]);
      else others.push(offered);
    }
    for (const group of groups.values()) {
      const writing = this.#writeGroup(group, marks);
      if (isPending(writing)) this.#writes.push(writing);
    }
    return this.#writes.length === 0 ? undefined : Promise.all(this.#writes).then(() => undefined);
  }

  #writeGroup(group: readonly Offered<T>[], marks: ReadonlyMap<string, TagMark>): MaybePromise<void> {
    const stored = this.#storedAs(group, marks);
    const facts: (EntryFacts | undefined)[] = stored.map((as) => as.facts);
    const entries = group.map(({ key, value }) => [key, value] as const);
    const watched = group[0]!.token !== undefined;
    const loaded: LoadedUnder = { tokens: group.map(({ token }) => token), refused: [] };
    const written = (error?: unknown): void => this.#written(group, stored, loaded.refused, error);
    const failed = (error: unknown): void => {
      written(error);
      this.#tolerate(error);
    };
    try {
      const input: CommandInputs['multiSet'] & WithManyFacts & WithTokens = {
        entries,
        options: stored[0]!.options,
        [FACTS]: facts,
        ...(watched && { [LOADED]: loaded }),
      };
      const storing = this.engine.commands.multiStore(input);
      if (isPending(storing)) return storing.then(() => written(), failed);
    } catch (error) {
      return failed(error);
    }
    return written();
  }

  #storedAs(group: readonly Offered<T>[], marks: ReadonlyMap<string, TagMark>): StoredAs[] {
    const draw = this.plan.draw();
    return group.map(({ ttl, tags }) => {
      const own = tags.map((tag) => marks.get(tag)!);
      return this.plan.factsFor(ttl, this.loaded.costMs, own, draw);
    });
  }

  #written(
    group: readonly Offered<T>[],
    stored: readonly StoredAs[],
    refused: readonly boolean[],
    error?: unknown,
  ): void {
    const { copies } = this.plan;
    if (copies === undefined) return;
    group.forEach(({ flight, value }, index) => {
      if (refused[index] === true) return;
      const replaces = flight.kind.refreshing || flight.stale !== undefined;
      const written = { finalKey: flight.finalKey, value, as: stored[index]!, replaces };
      copies.written(written, this.loaded.moment!, error);
    });
  }

  #tagsOf(made: T | undefined, position: number): readonly string[] {
    const later = made === undefined ? undefined : this.task.tags?.(made, position);
    if (later === undefined) return this.plan.tags;
    return joinTags(this.plan.tags, later, undefined, this.engine.stack.name);
  }

  #forbidden(flight: Flight<T>): boolean {
    return flight.fenced || this.engine.stack.fence.blocks(flight.finalKey);
  }

  #tolerate(error: unknown): void {
    this.failed(
      error,
      this.#offered.map(({ key }) => key),
    );
  }
}
