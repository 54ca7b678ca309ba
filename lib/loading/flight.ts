import type { FencedLoad } from '../command/fence.js';
import type { Framed } from '../entries/framed.js';
import type { Patience } from './patience.js';
import type { AskedLease, Line, RunningLoad } from './reentrance.js';

/** There is no value: a shared batch load did not find the key, or the cache failed. Never seen outside of loading. */
export const NOT_FOUND = Symbol('not found');

/** What distinguishes a flight from a plain load of one key. */
export interface FlightKind {
  /** It loads although there may be a value: calls that just want the value need not wait for it. */
  readonly refreshing: boolean;
  /** Nobody waits for it: calls find the value that it is to replace. */
  readonly background: boolean;
  /** It is part of a batch, and may end in {@link NOT_FOUND}. */
  readonly shared: boolean;
}

export const PLAIN: FlightKind = { refreshing: false, background: false, shared: false };
export const REFRESHING: FlightKind = { refreshing: true, background: false, shared: false };
export const BACKGROUND: FlightKind = { refreshing: true, background: true, shared: false };
export const SHARED: FlightKind = { refreshing: false, background: false, shared: true };
export const SHARED_BACKGROUND: FlightKind = { refreshing: true, background: true, shared: true };

/** Tags that are only known when the load ends. */
export const ANY_TAG = Symbol('any tag');

/**
 * One load of one key, shared by every call that may get its answer. A fence keeps later calls from joining it, and
 * its value from being stored.
 */
export class Flight<T = unknown> implements FencedLoad, RunningLoad {
  /** Its outcome; not there before {@link promises}. */
  promise!: Promise<T>;
  /** Later calls may wait for it, too. */
  joinable = false;
  fenced = false;
  storing: Promise<unknown> | undefined = undefined;
  next: FencedLoad | undefined = undefined;
  outer: RunningLoad | undefined = undefined;
  awaits: Set<RunningLoad> | undefined = undefined;
  asks: Set<AskedLease> | undefined = undefined;
  line: Line | undefined = undefined;
  ended = false;
  /** The cache has been asked: its loader runs, or waits for others, or somebody else is loading. */
  begun = false;
  /** It has the lease of its key. */
  leased = false;
  /** What its loader answered, once that is being stored. */
  loaded: { readonly value: T } | undefined = undefined;
  /** The load that a caller began who could not wait for it to begin. There is but one load, so it is to end as that one does. */
  successor: Flight<T> | undefined = undefined;
  /** The load that it is waiting for to end as that does: its successor, or one in the background. */
  followed: Flight<T> | undefined = undefined;
  /** It has a successor, or is just getting it: later calls wait for that. */
  overtaken = false;
  /** The loader that it stands for: its own, or that of the batch it belongs to. */
  running: RunningLoad = this;
  /** Somebody who waits wants the value stored. */
  wanted = false;
  /** The call that began it does not simply carry on when the cache fails … */
  strict = false;
  /** … and this is how that ends for it. Others have it their own way. */
  cacheFailure: unknown = undefined;
  /** The value cannot be protected from those who share it: it goes to the call that began the load, and nowhere else. */
  unshareable = false;
  /** What is stored, where that is its outcome: whether it answers them, too, those who joined judge by their own options. */
  found: Framed<T> | undefined = undefined;
  /** What is kept though no longer fresh. */
  stale: Framed<T> | undefined = undefined;
  /** That, too, was invalidated meanwhile. */
  outdated = false;
  /** When the loader was called, or the lease asked for; before that the value is still being looked for. */
  loadingSince: number | undefined = undefined;
  /** It has failed, and that is remembered until then. */
  failedUntil: number | undefined = undefined;
  /** The tags its value will have. While a value is being looked for, nobody knows. */
  tags: readonly string[] | typeof ANY_TAG = ANY_TAG;
  private step: { readonly taken: Promise<void>; take(): void } | undefined = undefined;
  private waiters = 0;
  private awaited = false;
  private abort: AbortController | undefined = undefined;

  constructor(
    readonly finalKey: string,
    /** The cache whose calls can join. */
    readonly owner: object,
    readonly kind: FlightKind,
    /** Of the call that began it. */
    readonly patience: Patience,
  ) {}

  /** Its loader has been started, and this is what comes of it: from now on others can join. */
  promises(outcome: Promise<T>): void {
    this.promise = outcome;
    this.joinable = !this.fenced;
  }

  /** May be said more than once: only the first time it gets further. */
  begin(): void {
    if (this.begun) return;
    this.begun = true;
    this.advance();
  }

  stores(value: T): void {
    this.loaded = { value };
    this.advance();
  }

  /** Resolves when it next begins, or stores; not when it ends. */
  further(): Promise<void> {
    return (this.step ??= nextStep()).taken;
  }

  private advance(): void {
    this.step?.take();
    this.step = undefined;
  }

  /**
   * What others get where it failed: how the cache's failure ended the load for the call that began it is not how it has to end
   * for them. {@link NOT_FOUND} = they have to load it.
   * @throws the error, if that is no failure of the cache
   */
  instead(error: unknown): T {
    if (error === undefined || this.cacheFailure !== error) throw error;
    return this.loaded === undefined ? (NOT_FOUND as T) : this.loaded.value;
  }

  fence(): void {
    this.fenced = true;
    this.outdated = true;
    this.joinable = false;
  }

  seclude(tags: ReadonlySet<string>): void {
    this.joinable = false;
    // While the value is being looked for it is not known what will be found.
    if (this.loadingSince === undefined || this.staleHas(tags)) this.outdated = true;
  }

  mayHave(tags: ReadonlySet<string>): boolean {
    return this.tags === ANY_TAG || this.tags.some((tag) => tags.has(tag)) || this.staleHas(tags);
  }

  private staleHas(tags: ReadonlySet<string>): boolean {
    return this.stale !== undefined && this.stale.facts.tags.some(([tag]) => tags.has(tag));
  }

  /** Somebody waits who will never give up. */
  stay(): void {
    this.awaited = true;
  }

  /** Somebody waits who may give up; to be answered with {@link withdraw} if they do. */
  join(): void {
    this.waiters++;
  }

  /** One of those gave up. When nobody is left the load is told to stop, and no later call joins it. */
  withdraw(reason: unknown): void {
    if (--this.waiters > 0 || this.awaited) return;
    this.stop(reason);
  }

  /** Tells the load to stop. No later call joins it. */
  stop(reason: unknown): void {
    this.joinable = false;
    this.abort ??= new AbortController();
    if (this.abort.signal.aborted) return;
    this.abort.abort(reason);
    this.successor?.withdraw(reason);
  }

  /** From now on it ends as `successor` does, which goes on while anybody waits for either; `undefined` = it loads itself after all. */
  follow(successor: Flight<T> | undefined): void {
    this.successor = successor;
    this.overtaken = successor !== undefined;
    successor?.join();
  }

  get signal(): AbortSignal {
    this.abort ??= new AbortController();
    return this.abort.signal;
  }
}

function nextStep(): { readonly taken: Promise<void>; take(): void } {
  let take!: () => void;
  const taken = new Promise<void>((resolve) => (take = resolve));
  return { taken, take };
}
