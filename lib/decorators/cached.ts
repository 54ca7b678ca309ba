import type { Flight } from '../loading/flight.js';
import { cacheScope, currentScope } from '../loading/scope.js';
import type { LoadTask } from '../loading/task.js';
import type { Ttl } from '../util/duration.js';
import { methodDecorator, type MethodDecorator } from './dialect.js';
import type { CachedFit, Exactly } from './fit.js';
import { keyFor } from './key-text.js';
import type { KeyedMethod } from './keyed-method.js';
import { isPlainKey, type NearTable } from './near-table.js';
import type { CachedOptions } from './options.js';
import { type Plan, Planner } from './plan.js';
import { notBoth, readOptions } from './read-options.js';
import { applies, spared } from './verdicts.js';
import type { Method, Site } from './site.js';
import { checkedTagsFunction } from './tags-answer.js';
import { ttlFor } from './ttl-answer.js';

/**
 * Caches what an async method answers, by its arguments. One load per key and process, however many callers; the method's
 * own errors reach them untouched and are not stored, failures of the cache do not reach them.
 * @throws ConfigError (when decorating) for a wrong option
 */
export function Cached<const Options extends CachedOptions = Record<never, never>>(
  options?: Exactly<Options, CachedOptions>,
): MethodDecorator<CachedFit<Options>> {
  return methodDecorator('Cached', arguments, (site) => wrap(new CachedMethod(site, options ?? {})));
}

/** The way of a hit is the hot path: no rest parameters, no async function, nothing allocated before it is known to be a miss. */
function wrap(method: CachedMethod): Method {
  const { planner } = method;
  return function (this: unknown, first?: unknown) {
    const plan = planner.recall(this);
    if (plan?.near !== undefined && plan.gate.direct && currentScope() === undefined) {
      if (arguments.length === 1 && isPlainKey(first)) {
        const entry = plan.near.byArgument(first);
        const answer = entry === undefined ? undefined : plan.load.hits!.answer(entry);
        if (answer !== undefined) return answer;
        const flight = plan.near.flightOf(first);
        if (flight !== undefined) return joinForGood(flight);
      } else {
        const entry = plan.near.byArguments(arguments);
        const answer = entry === undefined ? undefined : plan.load.hits!.answer(entry);
        if (answer !== undefined) return answer;
      }
    }
    return method.call(this, arguments.length === 1 ? [first] : Array.from(arguments));
  };
}

function joinForGood(flight: Flight): Promise<unknown> {
  flight.stay();
  flight.wanted = true;
  return flight.promise;
}

class CachedMethod implements KeyedMethod {
  readonly site: Site;
  readonly planner: Planner;
  readonly options: CachedOptions;

  constructor(site: Site, options: CachedOptions) {
    this.site = site;
    this.options = readOptions(site, options);
    notBoth(site, this.options, 'prefix', 'key');
    notBoth(site, this.options, 'dataClasses', 'key');
    const { cache, key, condition } = this.options;
    // Functions of the user may depend on more than the arguments, so they are asked each time.
    const near = key === undefined && condition === undefined && typeof cache !== 'function';
    this.planner = new Planner(site, this.options, { defaultKeys: key === undefined, near });
    site.keyed = this;
    site.verify = (registry, owner) => this.planner.verify(registry, owner);
  }

  planFor(self: unknown): Plan {
    return this.planner.planFor(self);
  }

  checkSingle(): void {}

  keyOf(plan: Plan, _self: unknown, args: readonly unknown[]): string {
    return keyFor(this.site, plan, this.options.key, args, args);
  }

  keysOf(plan: Plan, self: unknown, args: readonly unknown[]): readonly string[] {
    return [this.keyOf(plan, self, args)];
  }

  seen(_plan: Plan, stored: unknown): unknown {
    return stored;
  }

  /** Every call that is no hit on the short way. Never throws. */
  call(self: unknown, args: readonly unknown[]): Promise<unknown> {
    try {
      const plan = this.#planOfCall(self, args);
      if (plan === undefined) return this.site.run(self, args);
      const key = this.keyOf(plan, self, args);
      const entry = plan.loading.hit(key, plan.load);
      const answer = entry === undefined ? undefined : plan.load.hits!.answer(entry);
      if (answer === undefined) return plan.loading.one(key, new Call(this, self, args, plan.near), plan.load);
      plan.near?.list(entry!, args);
      return answer;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async refresh(self: unknown, args: readonly unknown[]): Promise<unknown> {
    const plan = this.#planOfCall(self, args);
    if (plan === undefined) return this.site.run(self, args);
    const key = this.keyOf(plan, self, args);
    const read = currentScope()?.read ?? true;
    // What the method itself calls is not to be refreshed too.
    const task = new Call(this, self, args, undefined, (work) => cacheScope({ read }, work));
    return cacheScope({ read: false }, () => plan.loading.one(key, task, plan.load));
  }

  /** `undefined` = this call leaves the cache alone. */
  #planOfCall(self: unknown, args: readonly unknown[]): Plan | undefined {
    if (!applies(this.site, this.options.condition, args)) return undefined;
    const plan = this.planner.recall(self);
    return plan?.gate.enabled === true ? plan : this.planner.active(() => this.planner.planFor(self));
  }
}

type Around = <R>(work: () => R) => R;

/** One call of a cached method, as a load. */
class Call implements LoadTask<unknown> {
  readonly mayTag = 'no';
  declare readonly tags?: (value: unknown) => readonly string[];
  readonly #method: CachedMethod;
  readonly #self: unknown;
  readonly #args: readonly unknown[];
  readonly #near: NearTable | undefined;
  readonly #around: Around | undefined;

  constructor(
    method: CachedMethod,
    self: unknown,
    args: readonly unknown[],
    near: NearTable | undefined,
    around?: Around,
  ) {
    this.#method = method;
    this.#self = self;
    this.#args = args;
    this.#near = near;
    this.#around = around;
    const tags = checkedTagsFunction(method.site, method.options.tags);
    if (tags !== undefined) this.tags = (value) => tags(value, ...args);
  }

  run(): Promise<unknown> {
    const run = (): Promise<unknown> => this.#method.site.original.apply(this.#self, this.#args as unknown[]);
    return this.#around === undefined ? run() : this.#around(run);
  }

  stores(value: unknown): boolean {
    const { options, site } = this.#method;
    return !spared(site, options.unless, value, this.#args);
  }

  ttl(value: unknown): Ttl | undefined {
    const { options, site } = this.#method;
    return ttlFor(site, options.ttl, value, this.#args);
  }

  departed(flight: Flight): void {
    this.#near?.began(this.#args, flight);
  }
}
