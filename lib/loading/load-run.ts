import { FACTS, LOADED, type LoadedUnder } from '../command/writing.js';
import type { TagStamp } from '../command/tags/tags.js';
import type { Moment } from '../command/tier/near-tier.js';
import { isPending, type MaybePromise } from '../util/maybe-promise.js';
import { adopt } from './adopt.js';
import { waitAtMost } from './budget.js';
import type { LoadEngine } from './engine.js';
import { tolerate } from './failure.js';
import { ANY_TAG, type Flight } from './flight.js';
import { type Marks, marksFor } from './found.js';
import { LoaderContext } from './load-context.js';
import type { LoadPlan, StoredAs } from './plan.js';
import { canFollow, loaderEnds, loaderStarts, runInside } from './reentrance.js';
import type { CacheScopeOptions } from './scope.js';
import { sharingFailure } from './sharing.js';
import { takeStamp } from './take-stamp.js';
import { type LoadTokens, NO_TOKENS, takeTokens } from './take-tokens.js';
import { joinTags } from './tag-names.js';
import type { ContextSource, LoadTask } from './task.js';

/** What one key's load is about. */
export interface LoadSubject<T> {
  readonly engine: LoadEngine;
  readonly key: string;
  readonly finalKey: string;
  readonly task: LoadTask<T>;
  readonly plan: LoadPlan;
  readonly scope: CacheScopeOptions | undefined;
}

/** One run of a loader: from the marks of its tags to the stored value. */
export class LoadRun<T> implements ContextSource {
  private asked: LoaderContext | undefined = undefined;
  private stamp: TagStamp | undefined = undefined;
  private tokens: LoadTokens | undefined = NO_TOKENS;
  private moment: Moment | undefined = undefined;

  constructor(
    private readonly subject: LoadSubject<T>,
    private readonly flight: Flight<T>,
    private budgetMs: number | undefined,
    /** Later, if the loader has to wait. */
    private startedAt: number,
  ) {}

  get task(): LoadTask<T> {
    return this.subject.task;
  }

  /** What was invalidated since it was found is not offered: the marks and the token are newer than that, and would let it be stored. */
  context(): LoaderContext {
    const { stale, outdated } = this.flight;
    return (this.asked ??= new LoaderContext(this.subject.key, this.flight, outdated ? undefined : stale?.value));
  }

  start(): Promise<T> {
    this.moment = this.subject.plan.copies?.moment();
    const stamp = this.#takeStamp();
    const tokens = this.#takeTokens();
    return isPending(stamp) || isPending(tokens) ? this.#prepared(stamp, tokens) : this.#begin(stamp, tokens);
  }

  async #prepared(
    stamping: MaybePromise<TagStamp | undefined>,
    taking: MaybePromise<LoadTokens | undefined>,
  ): Promise<T> {
    const askedAt = performance.now();
    let stamp: TagStamp | undefined;
    let tokens: LoadTokens | undefined;
    try {
      [stamp, tokens] = await Promise.all([Promise.resolve(stamping), Promise.resolve(taking)]);
    } catch (error) {
      this.subject.engine.flights.land(this.flight);
      throw error;
    }
    this.startedAt = performance.now();
    if (this.budgetMs !== undefined) this.budgetMs -= this.startedAt - askedAt;
    return this.#begin(stamp, tokens);
  }

  #takeTokens(): MaybePromise<LoadTokens | undefined> {
    const { engine, finalKey, plan, scope } = this.subject;
    // Somebody may join who wants it stored all the same: not without a token where there are some.
    if (scope?.write === false) return engine.stack.backend.fences === undefined ? NO_TOKENS : undefined;
    return takeTokens(engine, [finalKey], plan, this.budgetMs, (error) => this.#tolerate(error, 'read'));
  }

  #takeStamp(): MaybePromise<TagStamp | undefined> {
    const { engine, plan, task } = this.subject;
    const sure = task.tags !== undefined;
    this.flight.tags = sure || task.mayTag === 'yes' ? ANY_TAG : plan.tags;
    if (plan.tags.length === 0 && !sure && task.mayTag === 'no') return undefined;
    const more = sure ? 'surely' : task.mayTag === 'yes' ? 'perhaps' : 'hardly';
    return takeStamp(engine, plan, more, this.budgetMs, (error) => this.#tolerate(error, 'read'));
  }

  #begin(stamp: TagStamp | undefined, tokens: LoadTokens | undefined): Promise<T> {
    const { flight } = this;
    const { engine, plan } = this.subject;
    if (flight.successor !== undefined && canFollow(flight, flight.successor.running))
      return adopt(engine, flight, flight.successor, this.budgetMs, (leftMs) => {
        this.budgetMs = leftMs;
        return this.#begin(stamp, tokens);
      });
    this.stamp = stamp;
    this.tokens = tokens;
    flight.begin();
    const turn = plan.limit?.take(flight, flight);
    if (turn === undefined) return this.#load();
    return turn.then(
      () => {
        this.startedAt = performance.now();
        return this.#load();
      },
      (error: unknown) => {
        engine.flights.land(flight);
        throw error;
      },
    );
  }

  #load(): Promise<T> {
    loaderStarts();
    let value: MaybePromise<T>;
    try {
      value = runInside(this.flight, runTask, this) as MaybePromise<T>;
    } catch (error) {
      value = Promise.reject(error);
    }
    // Promise.resolve tames thenables that call back twice or throw.
    return Promise.resolve(value).then(
      (loaded) => {
        this.#ended();
        const { copies } = this.subject.plan;
        return this.#loaded(copies === undefined ? loaded : copies.asRead(loaded), loaded);
      },
      (error: unknown) => {
        this.#ended();
        this.#failed(error);
        throw error;
      },
    );
  }

  #ended(): void {
    loaderEnds(this.flight);
    this.subject.plan.limit?.release(this.flight);
  }

  #failed(error: unknown): void {
    const { engine, finalKey, plan } = this.subject;
    engine.rests.failed(finalKey, plan.freshness, this.flight.kind.background);
    let remembered = false;
    try {
      remembered = plan.freshness?.remembers(error) === true;
    } finally {
      // The user's function may throw: a flight that never lands would answer its key for ever.
      if (remembered) engine.flights.remember(this.flight, plan.freshness!.errorsMs!);
      else engine.flights.land(this.flight);
    }
  }

  /** @param made what the loader answered: the functions of the options are about that, and not about what becomes of it */
  #loaded(value: T, made: T): MaybePromise<T> {
    const { engine, finalKey } = this.subject;
    const { flights, stack } = engine;
    const { flight } = this;
    engine.rests.succeeded(finalKey);
    let storing: MaybePromise<void>;
    try {
      storing = this.#canBeShared(value) ? this.#store(value, made) : undefined;
    } catch (error) {
      flights.land(flight);
      throw error;
    }
    if (!isPending(storing)) {
      flights.land(flight);
      return value;
    }
    flight.storing = storing;
    flight.stores(value);
    const leave = (): void => stack.fence.leave(flight);
    storing.then(leave, leave);
    const waitMs = this.subject.scope?.awaitWrite === false ? 0 : this.budgetMs;
    return waitAtMost(storing, waitMs, stack.deadlines)
      .then(() => value)
      .finally(() => (flight.joinable = false));
  }

  /** Stores what was loaded, if anybody wants that and nothing forbids it. A cache that fails stores nothing. */
  #store(value: T, made: T): MaybePromise<void> {
    const { plan, task } = this.subject;
    if (value === undefined || !this.flight.wanted || this.asked?.skipped === true || !task.stores(made)) return;
    const renewed = made === this.asked?.stale ? this.flight.stale : undefined;
    if (renewed !== undefined && this.flight.outdated) return;
    const decided = this.asked?.ttl;
    const own = decided === undefined ? task.ttl(made) : decided;
    const ttl = own === undefined ? plan.write.ttl : own;
    const tags = this.#tagsOf(made);
    if (this.tokens === undefined || (tags.length > 0 && !this.stamp)) return this.#copyOnly(value, ttl, tags);
    if (tags.length === 0) return this.#write(value, ttl, []);
    const failed = (error: unknown): void => {
      this.#copyOnly(value, ttl, tags);
      this.#tolerate(error, 'write');
    };
    try {
      const marks = this.stamp!.marks(tags);
      const write = (taken: Marks | undefined): MaybePromise<void> =>
        taken === undefined ? undefined : this.#write(value, ttl, marksFor(renewed, taken));
      return isPending(marks) ? marks.then(write, failed) : write(marks);
    } catch (error) {
      return failed(error);
    }
  }

  /** Its token, or the marks of its tags, cannot be had, so it is not stored. Whether a copy is valid this process knows by itself. */
  #copyOnly(value: T, ttl: LoadPlan['write']['ttl'], tags: readonly string[]): void {
    const { plan } = this.subject;
    if (plan.copies === undefined || this.flight.fenced) return;
    const unknown = tags.map((tag) => [tag, ''] as const);
    this.#written(value, plan.factsFor(ttl, this.#costMs(unknown), unknown, plan.draw()));
  }

  #write(value: T, ttl: LoadPlan['write']['ttl'], tags: Marks): MaybePromise<void> {
    const { engine, finalKey, key, plan } = this.subject;
    const as = plan.factsFor(ttl, this.#costMs(tags), tags, plan.draw());
    const { options, facts } = as;
    // Asked last: the functions before are the user's, and may have invalidated the key themselves.
    if (this.flight.fenced || engine.stack.fence.blocks(finalKey)) return;
    engine.flights.overtakes(this.flight);
    const token = this.tokens?.[0];
    const loaded: LoadedUnder | undefined = token === undefined ? undefined : { tokens: [token], refused: [] };
    try {
      const storing = engine.commands.store({
        key,
        value,
        options,
        ...(facts && { [FACTS]: facts }),
        ...(loaded && { [LOADED]: loaded }),
      });
      if (isPending(storing)) {
        return storing.then(
          () => (loaded?.refused[0] === true ? undefined : this.#written(value, as)),
          (error: unknown) => this.#notWritten(value, as, error),
        );
      }
    } catch (error) {
      return this.#notWritten(value, as, error);
    }
    return this.#written(value, as);
  }

  /** What loading took, in ms. Plain entries have no place for it, and a miss reads the clock no more often than it has to. */
  #costMs(tags: readonly unknown[]): number {
    const framed = tags.length > 0 || this.subject.plan.freshness?.needsFacts === true;
    return framed ? performance.now() - this.startedAt : 0;
  }

  #written(value: T, as: StoredAs, error?: unknown): void {
    const { finalKey, plan } = this.subject;
    const replaces = this.flight.kind.refreshing || this.flight.stale !== undefined;
    plan.copies?.written({ finalKey, value, as, replaces }, this.moment!, error);
  }

  #notWritten(value: T, as: StoredAs, error: unknown): void {
    this.#written(value, as, error);
    this.#tolerate(error, 'write');
  }

  #tagsOf(made: T): readonly string[] {
    const { engine, plan, task } = this.subject;
    const later = task.tags?.(made);
    const decided = this.asked?.tags;
    if (later === undefined && decided === undefined) return plan.tags;
    return joinTags(plan.tags, later, decided, engine.stack.name);
  }

  #canBeShared(value: T): boolean {
    const { engine, plan } = this.subject;
    const failure = sharingFailure(value, plan.isolation, engine.stack.name);
    if (failure === undefined) return true;
    this.flight.unshareable = true;
    this.#tolerate(failure, 'write');
    return false;
  }

  #tolerate(error: unknown, phase: 'read' | 'write'): undefined {
    const { engine, key, plan } = this.subject;
    try {
      tolerate(error, plan.onCacheError, engine.stack, key, phase);
    } catch (visible) {
      this.flight.cacheFailure = visible;
      throw visible;
    }
  }
}

function runTask(run: LoadRun<unknown>): unknown {
  return run.task.run(run);
}
