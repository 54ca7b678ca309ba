import { cacheScope, currentScope } from '../loading/scope.js';
import { ConfigError } from '../errors.js';
import { type AnswerShape, answerShape } from './answers.js';
import { BatchCall } from './batch-call.js';
import { methodDecorator, type MethodDecorator } from './dialect.js';
import type { Exactly, MultiCachedFit } from './fit.js';
import { keyFor } from './key-text.js';
import type { KeyedMethod } from './keyed-method.js';
import type { MultiCachedOptions } from './options.js';
import { type Plan, Planner } from './plan.js';
import { notBoth, readOptions } from './read-options.js';
import type { Site } from './site.js';
import { applies } from './verdicts.js';

/**
 * Caches what an async method answers for a list of ids, by id. The method runs once, with the ids that are neither stored
 * nor being loaded by another call; with no ids it does not run.
 * @throws ConfigError (when decorating) for a wrong option
 */
export function MultiCached<const Options extends MultiCachedOptions = Record<never, never>>(
  options?: Exactly<Options, MultiCachedOptions>,
): MethodDecorator<MultiCachedFit<Options>> {
  return methodDecorator('MultiCached', arguments, (site) => {
    const method = new MultiCachedMethod(site, options ?? {});
    return function (this: unknown, ...args: unknown[]) {
      return method.call(this, args);
    };
  });
}

/** A cached method over many ids. */
export class MultiCachedMethod implements KeyedMethod {
  readonly site: Site;
  readonly options: MultiCachedOptions;
  readonly shape: AnswerShape;
  readonly #planner: Planner;
  readonly #position: number;

  constructor(site: Site, options: MultiCachedOptions) {
    this.site = site;
    this.options = readOptions(site, options);
    notBoth(site, this.options, 'prefix', 'key');
    notBoth(site, this.options, 'dataClasses', 'key');
    const { idOf, idsFrom = 0, key, returns } = this.options;
    if ((returns === 'array') !== (idOf !== undefined) && (returns !== undefined || idOf === undefined)) {
      throw new ConfigError(
        `@MultiCached on ${site.label}: returns: 'array' and idOf need each other; give both, or idOf alone`,
      );
    }
    this.shape = answerShape(returns, idOf);
    this.#position = idsFrom;
    this.#planner = new Planner(site, this.options, { defaultKeys: key === undefined, near: false });
    site.keyed = this;
    site.verify = (registry, owner) => this.#planner.verify(registry, owner);
  }

  planFor(self: unknown): Plan {
    return this.#planner.planFor(self);
  }

  checkSingle(args: readonly unknown[]): void {
    const id = args[this.#position];
    if (!Array.isArray(id) && !(id instanceof Set)) return;
    throw new ConfigError(
      `cachedMethod: ${this.site.label} is a @MultiCached method; give one id as argument ${this.#position + 1}, not a list of them`,
    );
  }

  keyOf(plan: Plan, _self: unknown, args: readonly unknown[]): string {
    return keyFor(this.site, plan, this.options.key, this.idFirst(args), args);
  }

  keysOf(plan: Plan, self: unknown, args: readonly unknown[]): readonly string[] {
    return this.#idsIn(args).map((id) => this.keyOf(plan, self, this.withIds(args, id)));
  }

  seen(_plan: Plan, stored: unknown): unknown {
    return stored === null && this.options.cacheMissing === true ? undefined : stored;
  }

  async call(self: unknown, args: readonly unknown[]): Promise<unknown> {
    const plan = this.#planOfCall(self, args);
    // Without a list the method may have a default one, which cannot be seen from here.
    if (plan === undefined || args[this.#position] === undefined) return this.site.run(self, args);
    const ids = this.#idsIn(args);
    const values = await this.#load(plan, new BatchCall(this, self, args, ids));
    const found = new Map<unknown, unknown>();
    values.forEach((value, index) => {
      if (value !== undefined && !found.has(ids[index])) found.set(ids[index], value);
    });
    return this.shape.compose(found);
  }

  async refresh(self: unknown, args: readonly unknown[]): Promise<unknown> {
    const ids = [args[this.#position]];
    const plan = this.#planOfCall(self, args);
    const read = currentScope()?.read ?? true;
    const call = new BatchCall(this, self, args, ids, (work) => cacheScope({ read }, work));
    if (plan === undefined) return (await call.run([0])).get(0);
    const [value] = await cacheScope({ read: false }, () => this.#load(plan, call));
    return value;
  }

  /** The arguments with something else in place of the ids. */
  withIds(args: readonly unknown[], ids: unknown): unknown[] {
    return Object.assign([...args], { [this.#position]: ids });
  }

  /** The arguments as `key`, `unless` and `ttl` take them: one id, then all that is not the ids. */
  idFirst(args: readonly unknown[]): unknown[] {
    return [args[this.#position], ...args.toSpliced(this.#position, 1)];
  }

  async #load(plan: Plan, call: BatchCall): Promise<unknown[]> {
    const keys = call.ids.map((id) => this.keyOf(plan, call.self, this.withIds(call.args, id)));
    const values = await plan.loading.many(keys, call, plan.load);
    return values.map((value) => this.seen(plan, value));
  }

  /** The ids of a call: iterables are read once, here. */
  #idsIn(args: readonly unknown[]): unknown[] {
    const given = args[this.#position];
    if (typeof given === 'object' && given !== null && Symbol.iterator in given)
      return [...(given as Iterable<unknown>)];
    throw new ConfigError(
      `@MultiCached on ${this.site.label}: argument ${this.#position + 1} (args[${this.#position}]) is no list of ids; set idsFrom to the position of the ids`,
    );
  }

  /** `undefined` = this call leaves the cache alone. */
  #planOfCall(self: unknown, args: readonly unknown[]): Plan | undefined {
    if (!applies(this.site, this.options.condition, args)) return undefined;
    return this.#planner.active(() => this.#planner.planFor(self));
  }
}
