import type { EntryFacts, TagMark } from '../entries/framed.js';
import type { FreshnessOptions } from '../contracts/loading.js';
import { ConfigError } from '../errors.js';
import { type Duration, parseDuration } from '../util/duration.js';
import { decision } from '../util/decision.js';
import { checkKnownOptions } from '../util/known-options.js';

export const FRESHNESS_OPTIONS = [
  'jitter',
  'staleWhileRevalidate',
  'staleIfError',
  'staleIfErrorWhen',
  'softTimeout',
  'hardTimeout',
  'refreshAhead',
  'earlyExpiration',
  'retryAfter',
  'errors',
] as const satisfies readonly (keyof FreshnessOptions)[];

/** Each of them answers with a value while another one is loaded, or cannot be. */
const SERVE_STALE = ['staleIfError', 'staleWhileRevalidate', 'refreshAhead', 'earlyExpiration'];

/** What can be said of a stored entry at a moment. */
export type EntryState =
  /** Answer it. */
  | 'fresh'
  /** Answer it, and load it anew in the background. */
  | 'due'
  /** Load it anew, and answer it if that fails or takes too long. */
  | 'last-resort'
  | 'over';

/** The freshness options of a call or a decorated method, checked once. Times in ms. */
export class Freshness {
  readonly jitter: number;
  readonly softMs: number | undefined;
  readonly hardMs: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly errorsMs: number | undefined;
  /** Entries have to say how old they are. */
  readonly needsFacts: boolean;
  /** A call may be answered before, or other than, its load ends. */
  readonly rescues: boolean;
  /** The user is asked which errors a stale value may stand in for. */
  readonly asks: boolean;
  readonly #swrMs: number;
  readonly #sieMs: number;
  readonly #ahead: number | undefined;
  readonly #beta: number;
  readonly #sieWhen: ((error: unknown) => boolean) | undefined;
  readonly #errorsWhen: ((error: unknown) => boolean) | undefined;
  readonly #random: () => number;

  /** @throws ConfigError naming the option that is wrong, or that does nothing without another */
  constructor(given: FreshnessOptions, random: () => number) {
    const { staleIfErrorWhen, errors } = given;
    this.jitter = fraction(given.jitter, 'jitter') ?? 0;
    this.#swrMs = ms(given.staleWhileRevalidate, 'staleWhileRevalidate') ?? 0;
    this.#sieMs = ms(given.staleIfError, 'staleIfError') ?? 0;
    this.#sieWhen = predicate(staleIfErrorWhen, 'staleIfErrorWhen');
    this.asks = this.#sieWhen !== undefined;
    this.softMs = ms(given.softTimeout, 'softTimeout');
    this.hardMs = wait(given.hardTimeout, 'hardTimeout');
    this.#ahead = fraction(given.refreshAhead, 'refreshAhead');
    this.#beta = beta(given.earlyExpiration) ?? 0;
    this.retryAfterMs = wait(given.retryAfter, 'retryAfter');
    if (errors !== undefined && (typeof errors !== 'object' || errors === null))
      throw new ConfigError(`errors is of type ${typeof errors}; use { ttl, when }`);
    if (errors !== undefined) {
      checkKnownOptions('errors', errors, ['ttl', 'when']);
      if (errors.ttl === undefined) throw new ConfigError('errors.ttl is missing; give how long to remember them');
    }
    this.errorsMs = wait(errors?.ttl, 'errors.ttl');
    this.#errorsWhen = predicate(errors?.when, 'errors.when');
    this.#random = random;
    const refreshes = this.#swrMs > 0 || this.#ahead !== undefined || this.#beta > 0;
    needs(staleIfErrorWhen !== undefined, this.#sieMs > 0, 'staleIfErrorWhen', ['staleIfError']);
    needs(this.softMs !== undefined, this.#sieMs > 0, 'softTimeout', ['staleIfError']);
    needs(this.retryAfterMs !== undefined, this.#sieMs > 0 || refreshes, 'retryAfter', SERVE_STALE);
    this.needsFacts = refreshes || this.#sieMs > 0;
    this.rescues = this.#sieMs > 0 || this.hardMs !== undefined;
  }

  /** @param ttlMs `undefined` = never expires */
  facts(now: number, ttlMs: number | undefined, costMs: number, tags: readonly TagMark[]): EntryFacts {
    const freshUntil = ttlMs === undefined ? Infinity : now + ttlMs;
    return { createdAt: now, freshUntil, keptUntil: freshUntil + Math.max(this.#swrMs, this.#sieMs), costMs, tags };
  }

  /**
   * @param draw by which fraction of its ttl the entry may live longer
   * @throws ConfigError naming the options that together keep an entry for longer than can be counted
   */
  checkKept(ttlMs: number | undefined, draw = this.jitter): void {
    if (ttlMs === undefined) return;
    const staleMs = Math.max(this.#swrMs, this.#sieMs);
    if (ttlMs * (1 + draw) + staleMs <= Number.MAX_SAFE_INTEGER) return;
    const names = ['ttl', ...(draw > 0 ? ['jitter'] : [])];
    if (staleMs > 0) names.push(this.#sieMs > this.#swrMs ? 'staleIfError' : 'staleWhileRevalidate');
    if (names.length === 1)
      throw new ConfigError('ttl is too large; shorten it, or use 0 for an entry that never expires');
    throw new ConfigError(`${listed(names, 'and')} are too large together; shorten one of them`);
  }

  /** By which fraction of its ttl an entry lives longer. */
  draw(): number {
    return this.jitter === 0 ? 0 : this.jitter * this.#random();
  }

  stateOf(facts: EntryFacts, now: number): EntryState {
    const { freshUntil } = facts;
    if (now < freshUntil) return this.#isDue(facts, now) ? 'due' : 'fresh';
    if (now >= facts.keptUntil) return 'over';
    if (now < freshUntil + this.#swrMs) return 'due';
    return now < freshUntil + this.#sieMs ? 'last-resort' : 'over';
  }

  /** Until when nothing but the time is needed to find an entry fresh; `-Infinity` where chance has a say. */
  quietUntil({ createdAt, freshUntil }: EntryFacts): number {
    if (freshUntil === Infinity) return Infinity;
    if (this.#beta > 0) return -Infinity;
    return this.#ahead === undefined ? freshUntil : createdAt + this.#ahead * (freshUntil - createdAt);
  }

  /** Whether a stale value may be answered instead of waiting. */
  mayServe({ freshUntil, keptUntil }: EntryFacts, now: number): boolean {
    return now < Math.min(freshUntil + Math.max(this.#sieMs, this.#swrMs), keptUntil);
  }

  /**
   * Whether a stale value may stand in for this error.
   * @throws what the user's function throws; ConfigError when it answers a promise
   */
  forgives(error: unknown): boolean {
    if (this.#sieMs === 0) return false;
    return this.#sieWhen === undefined || decision(this.#sieWhen(error), 'staleIfErrorWhen');
  }

  /**
   * Whether this error is to be remembered.
   * @throws what the user's function throws; ConfigError when it answers a promise
   */
  remembers(error: unknown): boolean {
    if (this.errorsMs === undefined) return false;
    return this.#errorsWhen === undefined || decision(this.#errorsWhen(error), 'errors.when');
  }

  #isDue({ createdAt, freshUntil, costMs }: EntryFacts, now: number): boolean {
    if (freshUntil === Infinity) return false;
    if (this.#ahead !== undefined && now >= createdAt + this.#ahead * (freshUntil - createdAt)) return true;
    // XFetch: as if the end came earlier by the cost of loading times an exponentially distributed number.
    return this.#beta > 0 && now - costMs * this.#beta * Math.log(1 - this.#random()) >= freshUntil;
  }
}

function ms(value: Duration | undefined, option: string): number | undefined {
  return value === undefined ? undefined : parseDuration(value, option);
}

function wait(value: Duration | undefined, option: string): number | undefined {
  const parsed = ms(value, option);
  if (parsed === 0) throw new ConfigError(`${option} is 0; it must be longer than that`);
  return parsed;
}

function fraction(value: number | undefined, option: string): number | undefined {
  if (value === undefined || (typeof value === 'number' && value >= 0 && value <= 1)) return value;
  throw new ConfigError(`${option} is no number from 0 to 1; it is a fraction of the ttl`);
}

function beta(value: number | undefined): number | undefined {
  if (value === undefined || (typeof value === 'number' && value >= 0 && value < Infinity)) return value;
  throw new ConfigError('earlyExpiration is no number of 0 or more; 1 is usual');
}

function predicate<F>(value: F | undefined, option: string): F | undefined {
  if (value === undefined || typeof value === 'function') return value;
  throw new ConfigError(`${option} is of type ${typeof value}; use a function`);
}

function needs(given: boolean, met: boolean, option: string, others: readonly string[]): void {
  if (!given || met) return;
  const remedy = others.length === 1 ? 'give both or none' : 'give one of them, or leave it out';
  throw new ConfigError(`${option} does nothing without ${listed(others, 'or')}; ${remedy}`);
}

function listed(names: readonly string[], last: 'and' | 'or'): string {
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`;
}
