import { ConfigError } from '../errors.js';
import { readTags } from '../loading/tag-names.js';
import { methodDecorator, type MethodDecorator } from './dialect.js';
import type { CacheEvictFit, Exactly } from './fit.js';
import type { CacheEvictOptions } from './options.js';
import type { Plan } from './plan.js';
import { oneOrMore, readOptions } from './read-options.js';
import type { Site } from './site.js';
import { tagsFunction } from './tags-answer.js';
import { Target } from './target.js';
import { applies } from './verdicts.js';

/**
 * Deletes from the cache what an async method makes obsolete: after it succeeded, or `before` it runs. A deletion that
 * fails is tried again until it is done, and nobody in this process gets the old value meanwhile.
 * @throws ConfigError (when decorating) for a wrong option
 */
export function CacheEvict<const Options extends CacheEvictOptions>(
  options: Exactly<Options, CacheEvictOptions>,
): MethodDecorator<CacheEvictFit<Options>> {
  return methodDecorator('CacheEvict', arguments, (site) => {
    const method = new CacheEvictMethod(site, options);
    return function (this: unknown, ...args: unknown[]) {
      return method.call(this, args);
    };
  });
}

class CacheEvictMethod {
  readonly #site: Site;
  readonly #options: CacheEvictOptions;
  readonly #target: Target;

  constructor(site: Site, options: CacheEvictOptions) {
    this.#site = site;
    this.#options = readOptions(site, options);
    oneOrMore(site, this.#options, ['key', 'keyOf', 'of', 'tags', 'clear']);
    if (this.#options.before === true && this.#options.keyOf !== undefined) {
      throw new ConfigError(
        `@CacheEvict on ${site.label}: keyOf needs the result, which is not there before the method runs; use key`,
      );
    }
    if (this.#options.before === true && typeof this.#options.tags === 'function') {
      throw new ConfigError(
        `@CacheEvict on ${site.label}: a function for tags gets the result, which is not there before the method runs; give a list`,
      );
    }
    this.#target = new Target(site, this.#options);
  }

  async call(self: unknown, args: readonly unknown[]): Promise<unknown> {
    const { before, condition } = this.#options;
    const plan = applies(this.#site, condition, args) ? this.#target.planFor(self) : undefined;
    if (plan === undefined) return this.#site.run(self, args);
    // Before the method runs: where a mistake in the key shows, nothing has been changed yet.
    const keys = this.#target.keysOf(self, args);
    if (before === true) await this.#evict(plan, keys, plan.load.tags);
    const result = await this.#site.run(self, args);
    if (before !== true) {
      const tags = tagsFunction(this.#options.tags)?.(result, ...args);
      const read =
        tags === undefined
          ? plan.load.tags
          : readTags(tags, `@CacheEvict on ${this.#site.label}: tags`, plan.cache.name);
      await this.#evict(plan, [...keys, ...this.#target.keysOfResult(result, args)], read);
    }
    return result;
  }

  async #evict(plan: Plan, keys: readonly string[], tags: readonly string[]): Promise<void> {
    const { invalidations } = plan.loading;
    const target = this.#options.clear === true ? 'namespace' : { keys };
    await Promise.all([invalidations.invalidate(target, plan.load), invalidations.invalidate({ tags }, plan.load)]);
  }
}
