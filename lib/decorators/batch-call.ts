import { ConfigError } from '../errors.js';
import { located } from '../registry/option.js';
import type { BatchTask } from '../loading/task.js';
import type { Ttl } from '../util/duration.js';
import type { MultiCachedMethod } from './multi-cached.js';
import { checkedTagsFunction } from './tags-answer.js';
import { ttlFor } from './ttl-answer.js';
import { spared } from './verdicts.js';

type Around = <R>(work: () => R) => R;

/** One call of a method over many ids, as a load: positions are those of the ids. */
export class BatchCall implements BatchTask<unknown> {
  readonly self: unknown;
  readonly args: readonly unknown[];
  readonly ids: readonly unknown[];
  /** `null` is what "not found" means to a method for one id that shares the entries. */
  readonly placeholder: null | undefined;
  /** Only there if there are any: the load asks. */
  declare readonly tags?: (value: unknown, position: number) => readonly string[];
  readonly #method: MultiCachedMethod;
  readonly #around: Around | undefined;

  constructor(
    method: MultiCachedMethod,
    self: unknown,
    args: readonly unknown[],
    ids: readonly unknown[],
    around?: Around,
  ) {
    this.self = self;
    this.args = args;
    this.ids = ids;
    this.placeholder = method.options.cacheMissing === true ? null : undefined;
    this.#method = method;
    this.#around = around;
    const tags = checkedTagsFunction(method.site, method.options.tags);
    if (tags !== undefined) this.tags = (value, position) => tags(value, ...this.#idFirst(position));
  }

  async run(positions: readonly number[]): Promise<ReadonlyMap<number, unknown>> {
    const { site, shape } = this.#method;
    const missing = positions.map((position) => this.ids[position]);
    const run = (): Promise<unknown> => site.run(this.self, this.#method.withIds(this.args, missing));
    const answer = await (this.#around === undefined ? run() : this.#around(run));
    const find = located(`@MultiCached on ${site.label}: `, undefined, () => shape.finder(answer));
    if (find === undefined) {
      throw new ConfigError(
        `@MultiCached on ${site.label}: the method did not answer with a ${shape.name}; set \`returns\` to what it answers with`,
      );
    }
    const found = new Map<number, unknown>();
    for (const position of positions) {
      const value = find(this.ids[position]);
      if (value !== undefined && !(value === null && this.placeholder === null)) found.set(position, value);
    }
    return found;
  }

  stores(value: unknown, position: number): boolean {
    const { options, site } = this.#method;
    return options.unless === undefined || !spared(site, options.unless, value, this.#idFirst(position));
  }

  ttl(value: unknown, position: number): Ttl | undefined {
    const { options, site } = this.#method;
    return ttlFor(site, options.ttl, value, this.#idFirst(position));
  }

  #idFirst(position: number): unknown[] {
    return this.#method.idFirst(this.#method.withIds(this.args, this.ids[position]));
  }
}
