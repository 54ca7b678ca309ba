import type { Stack } from '../command/stack.js';
import type { CommandOptions, GetOptions, WriteOptions } from '../contracts/commands.js';
import type { FreshnessOptions, GetOrSetOptions, OnCacheError } from '../contracts/loading.js';
import type { Isolation } from '../contracts/names.js';
import { ConfigError } from '../errors.js';
import type { EntryFacts, TagMark } from '../entries/framed.js';
import { type Duration, parseDuration, parseLimit, type Ttl } from '../util/duration.js';
import { LoadedCopies } from './copies.js';
import { Freshness, FRESHNESS_OPTIONS } from './freshness.js';
import type { OriginLimit } from './origin-limit.js';
import type { Patience } from './patience.js';
import { QuietHits } from './quiet-hits.js';
import { readTags } from './tag-names.js';

/** The loading options of a call or a decorated method, resolved once. */
export interface LoadPlan extends Patience {
  readonly namespace: string | undefined;
  /** For the read: its timeout is what the budget leaves. */
  readonly read: GetOptions;
  /** For the write. It may outlive the budget, in the background. */
  readonly write: WriteOptions;
  readonly isolation: Isolation;
  /** Whether `isolation` is left to us: the codec does not see to it, neither when reading nor by making values anew. */
  readonly protectsHits: boolean;
  /** What is stored is what callers get, so that hits can be taken straight from the entries. `undefined` = it is not. */
  readonly hits: QuietHits | undefined;
  /** `undefined` = what is loaded goes to the store, and nowhere else. */
  readonly copies: LoadedCopies | undefined;
  readonly onCacheError: OnCacheError;
  /** `undefined` = processes load for themselves. */
  readonly leaseMs: number | undefined;
  /** How many loaders run at the same time; `undefined` = any number. */
  readonly limit: OriginLimit | undefined;
  /** `undefined` = values are fresh until they expire, and that is all. */
  readonly freshness: Freshness | undefined;
  /** Those that every entry gets. */
  readonly tags: readonly string[];
  /** How a loaded value is to be written, and what its entry has to say of itself (`undefined` = nothing: it is written plain). */
  factsFor(ttl: Ttl | undefined, costMs: number, tags: readonly TagMark[], draw: number): StoredAs;
  /** The jitter of an entry, or of some that are stored together: a fraction of the ttl. */
  draw(): number;
}

export interface StoredAs {
  readonly options: WriteOptions;
  readonly facts: EntryFacts | undefined;
}

type PlanOptions = Omit<GetOrSetOptions, 'signal' | 'tags' | 'originConcurrency'> & { readonly tags?: unknown };

/** Every option of `getOrSet`. */
export const GET_OR_SET_OPTIONS = Object.keys({
  ttl: 0,
  tags: 0,
  lease: 0,
  budget: 0,
  isolation: 0,
  onCacheError: 0,
  originConcurrency: 0,
  namespace: 0,
  serializer: 0,
  timeout: 0,
  signal: 0,
  ...(Object.fromEntries(FRESHNESS_OPTIONS.map((name) => [name, 0])) as Record<keyof FreshnessOptions, 0>),
} satisfies Record<keyof GetOrSetOptions, 0>);

const ISOLATIONS: readonly unknown[] = ['none', 'copy', 'freeze'] satisfies Isolation[];

/** @throws ConfigError naming the option that is wrong */
export function planLoading(stack: Stack, options: PlanOptions, limit: OriginLimit | undefined): LoadPlan {
  const { spec } = stack;
  const codec = stack.codecFor(options.serializer);
  const budgetMs = options.budget === undefined ? spec.budgetMs : parseLimit(options.budget, 'budget');
  const timeoutMs = options.timeout === undefined ? spec.timeoutMs : parseLimit(options.timeout, 'timeout');
  const answerMs = shorter(budgetMs, timeoutMs);
  // One timer for all calls with these options; and whose time is over in one turn can go on together.
  if (answerMs !== undefined) stack.deadlines.expect(answerMs);
  const { isolation = spec.isolation } = options;
  if (!ISOLATIONS.includes(isolation))
    throw new ConfigError(`isolation must be 'none', 'copy' or 'freeze'`, { cache: stack.name });
  if (options.ttl !== undefined) parseLimit(options.ttl, 'ttl');
  const { onCacheError = 'run' } = options;
  if (onCacheError !== 'run' && onCacheError !== 'throw' && typeof onCacheError !== 'function') {
    throw new ConfigError(`onCacheError must be 'run', 'throw' or a function`, { cache: stack.name });
  }
  const shared: CommandOptions & Pick<GetOptions, 'serializer'> = {
    namespace: options.namespace,
    serializer: options.serializer,
  };
  const write = { ...shared, timeout: timeoutMs ?? null, ttl: options.ttl };
  const freshness = readFreshness(options, stack);
  const copies = stack.tier === undefined || codec !== stack.codec ? undefined : new LoadedCopies(stack, stack.tier);
  // What is decoded for each call needs no protection, but freezing.
  const protectsHits =
    codec.wire === 'reference' || copies !== undefined
      ? isolation !== 'none' && isolation !== spec.isolation
      : isolation === 'freeze';
  const direct = stack.near !== undefined && codec === stack.codec && !protectsHits;
  return {
    namespace: options.namespace,
    read: { ...shared, timeout: answerMs ?? null },
    write,
    answerMs,
    budgetMs,
    isolation,
    protectsHits,
    hits: direct ? new QuietHits(freshness, stack.form.clock, stack.nearTags!) : undefined,
    copies,
    onCacheError,
    leaseMs: options.lease === undefined ? undefined : readLease(options.lease, stack),
    limit,
    freshness,
    tags: options.tags === undefined ? NO_TAGS : readTags(options.tags, 'tags', stack.name),
    draw: () => freshness?.draw() ?? 0,
    factsFor(ttl, costMs, tags, draw) {
      if (freshness === undefined && tags.length === 0)
        return { options: ttl === write.ttl ? write : { ...write, ttl }, facts: undefined };
      const givenMs = stack.ttlMs(ttl);
      freshness?.checkKept(givenMs, draw);
      const ttlMs = givenMs === undefined ? undefined : givenMs * (1 + draw);
      const how = { ...write, ttl: ttlMs ?? null };
      if (freshness?.needsFacts !== true && tags.length === 0) return { options: how, facts: undefined };
      return { options: how, facts: (freshness ?? PLAIN).facts(stack.form.clock.now(), ttlMs, costMs, tags) };
    },
  };
}

/** How to read where there may be less time than usual. */
export function readWithin({ read }: LoadPlan, withinMs: number | undefined): GetOptions {
  if (withinMs === undefined) return read;
  const timeout = read.timeout as number | null;
  return timeout !== null && timeout <= withinMs ? read : { ...read, timeout: withinMs };
}

/** The same, with no more time than this for the cache. */
export function planWithin(plan: LoadPlan, leftMs: number | undefined): LoadPlan {
  if (leftMs === undefined) return plan;
  // To ask and not to wait for the answer at all cannot be said.
  const budgetMs = Math.max(leftMs, 1);
  return { ...plan, budgetMs, answerMs: shorter(plan.answerMs, budgetMs), read: readWithin(plan, budgetMs) };
}

const NO_TAGS: readonly string[] = [];
const PLAIN = new Freshness({}, () => 0);

function readFreshness(options: PlanOptions, stack: Stack): Freshness | undefined {
  if (FRESHNESS_OPTIONS.every((name) => options[name] === undefined)) return undefined;
  const freshness = new Freshness(options, stack.spec.random);
  freshness.checkKept(options.ttl === undefined ? stack.spec.ttlMs : parseLimit(options.ttl, 'ttl'));
  for (const ms of [freshness.softMs, freshness.hardMs]) if (ms !== undefined) stack.deadlines.expect(ms);
  return freshness;
}

/** A backend of this process has no others to agree with: there it is one load anyway. */
function readLease(lease: Duration, stack: Stack): number | undefined {
  const ms = parseDuration(lease, 'lease');
  if (ms === 0) throw new ConfigError('lease is 0; it must be longer than that', { cache: stack.name });
  if (!stack.capabilities.shared) return undefined;
  if (stack.backend.locks !== undefined) return ms;
  throw new ConfigError(
    `lease needs a backend with locks, and ${stack.spec.backend.name} has none; leave it out, or use another backend`,
    { cache: stack.name },
  );
}

function shorter(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
