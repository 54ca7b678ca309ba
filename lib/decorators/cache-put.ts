import { currentScope } from '../loading/scope.js';
import type { Tagging } from '../loading/loading.js';
import { readTags } from '../loading/tag-names.js';
import { ignoreRejection } from '../util/maybe-promise.js';
import { ConfigError } from '../errors.js';
import { methodDecorator, type MethodDecorator } from './dialect.js';
import type { CachePutFit, Exactly } from './fit.js';
import type { CachePutOptions } from './options.js';
import type { Plan } from './plan.js';
import { exactlyOne, readOptions } from './read-options.js';
import type { Site } from './site.js';
import { tagsFunction } from './tags-answer.js';
import { Target } from './target.js';
import { applies, spared } from './verdicts.js';
import { ttlFor } from './ttl-answer.js';

/**
 * Stores what an async method answers, each time it is called. A failing write leaves no old value standing. What is not
 * to be stored, `undefined` or by `unless`, leaves what is there as it is: `@CacheEvict` is for a method that ends a value.
 * @throws ConfigError (when decorating) for a wrong option
 */
export function CachePut<const Options extends CachePutOptions>(
  options: Exactly<Options, CachePutOptions>,
): MethodDecorator<CachePutFit<Options>> {
  return methodDecorator('CachePut', arguments, (site) => {
    const method = new CachePutMethod(site, options);
    return function (this: unknown, ...args: unknown[]) {
      return method.call(this, args);
    };
  });
}

class CachePutMethod {
  readonly #site: Site;
  readonly #options: CachePutOptions;
  readonly #target: Target;

  constructor(site: Site, options: CachePutOptions) {
    this.#site = site;
    this.#options = readOptions(site, options);
    exactlyOne(site, this.#options, ['key', 'keyOf', 'of']);
    this.#target = new Target(site, this.#options);
  }

  async call(self: unknown, args: readonly unknown[]): Promise<unknown> {
    const { condition } = this.#options;
    const plan = applies(this.#site, condition, args) ? this.#target.planFor(self) : undefined;
    if (plan === undefined) return this.#site.run(self, args);
    // Before the method runs: where a mistake in the key shows, nothing has been changed yet.
    const keys = this.#target.keysOf(self, args);
    if (this.#options.keyOf === undefined) this.#mustBeOne(keys);
    const later = tagsFunction(this.#options.tags);
    const tagged = later !== undefined || plan.load.tags.length > 0;
    // What is invalidated while the method runs must count.
    const stamp = tagged ? await plan.loading.stamp(plan.load, later !== undefined) : undefined;
    const result = await this.#site.run(self, args);
    if (result === undefined) return result;
    await this.#store(plan, keys, result, args, tagged ? { stamp } : undefined);
    return result;
  }

  #mustBeOne(keys: readonly string[]): void {
    if (keys.length === 1) return;
    throw new ConfigError(
      `@CachePut on ${this.#site.label}: there are ${keys.length} keys for one result; let it be one`,
    );
  }

  #tagsOf(plan: Plan, result: unknown, args: readonly unknown[]): readonly string[] {
    const later = tagsFunction(this.#options.tags)?.(result, ...args);
    return later === undefined
      ? plan.load.tags
      : readTags(later, `@CachePut on ${this.#site.label}: tags`, plan.cache.name);
  }

  async #store(
    plan: Plan,
    known: readonly string[],
    result: unknown,
    args: readonly unknown[],
    tagged: Pick<Tagging, 'stamp'> | undefined,
  ): Promise<void> {
    const { ttl, unless } = this.#options;
    const scope = currentScope();
    if (scope?.write === false || spared(this.#site, unless, result, args)) return;
    const keys = [...known, ...this.#target.keysOfResult(result, args)];
    this.#mustBeOne(keys);
    const own = ttlFor(this.#site, ttl, result, args);
    const tagging = tagged && { ...tagged, tags: this.#tagsOf(plan, result, args) };
    const storing = plan.loading.put(
      keys[0]!,
      result,
      own === undefined ? plan.load.write.ttl : own,
      plan.load,
      tagging,
    );
    if (scope?.awaitWrite === false) return ignoreRejection(storing);
    return storing;
  }
}
