import { invalidateTags } from '../command/tags/invalidate-tags.js';
import { FACTS, type WithFacts } from '../command/writing.js';
import type { CommandInputs, WriteOptions } from '../contracts/commands.js';
import type { EntryFacts } from '../entries/framed.js';
import type { OnCacheError } from '../contracts/loading.js';
import { CacheClosedError, isCacheError, type CacheError } from '../errors.js';
import { waitAtMost } from './budget.js';
import type { LoadEngine } from './engine.js';
import { tolerate } from './failure.js';
import { InvalidationQueue } from './invalidation-queue.js';

/** What shall be gone: these keys, what has one of these tags, or the whole namespace. */
export type InvalidationTarget =
  { readonly keys: readonly string[] } | { readonly tags: readonly string[] } | 'namespace';

/** How an invalidation is carried out. */
export interface InvalidationPlan {
  readonly namespace: string | undefined;
  /** `undefined` = no limit. */
  readonly budgetMs: number | undefined;
  readonly onCacheError: OnCacheError;
}

/** Retrying cannot help these: the command itself is wrong, or there is no cache any more. */
const FINAL: ReadonlySet<string> = new Set([
  'ERR_CACHE_CONFIG',
  'ERR_CACHE_INVALID_KEY',
  'ERR_CACHE_UNSUPPORTED_COMMAND',
  'ERR_CACHE_CLOSED',
]);

/** Invalidations and replacements on behalf of decorated methods. One that fails is queued, never lost. */
export class Invalidations {
  readonly #engine: LoadEngine;
  readonly #queue: InvalidationQueue;

  constructor(engine: LoadEngine) {
    this.#engine = engine;
    this.#queue = new InvalidationQueue(engine);
  }

  /** How many failed invalidations wait for the backend to be back. */
  get pending(): number {
    return this.#queue.size;
  }

  /** Resolves when it is done, when the budget is spent (it then goes on by itself), or when it failed and is queued. */
  async invalidate(target: InvalidationTarget, plan: InvalidationPlan): Promise<void> {
    if (isEmpty(target)) return;
    await waitAtMost(this.#attempt(target, plan), plan.budgetMs, this.#engine.stack.deadlines);
  }

  /** Replaces what is stored under `key`. If that fails the old value is invalidated: it must not be left standing. */
  async replace(
    key: string,
    value: unknown,
    { options, facts }: { readonly options: WriteOptions; readonly facts: EntryFacts | undefined },
    plan: InvalidationPlan,
  ): Promise<void> {
    const input = { key, value, options, ...(facts && { [FACTS]: facts }) };
    await waitAtMost(this.#replace(input, plan), plan.budgetMs, this.#engine.stack.deadlines);
  }

  /** Like {@link replace} by a value that cannot be stored. */
  async replaceByNothing(key: string, reason: CacheError, plan: InvalidationPlan): Promise<void> {
    await waitAtMost(this.#drop(key, reason, plan), plan.budgetMs, this.#engine.stack.deadlines);
  }

  close(): void {
    this.#queue.close();
  }

  async #replace(input: CommandInputs['set'] & WithFacts, plan: InvalidationPlan): Promise<void> {
    try {
      await this.#engine.commands.set(input);
    } catch (error) {
      await this.#drop(input.key, error, plan);
    }
  }

  async #drop(key: string, reason: unknown, plan: InvalidationPlan): Promise<void> {
    await this.#attempt({ keys: [key] }, { ...plan, onCacheError: 'run' });
    tolerate(reason, plan.onCacheError, this.#engine.stack, key, 'write');
  }

  async #attempt(target: InvalidationTarget, plan: InvalidationPlan): Promise<void> {
    const { commands, stack } = this.#engine;
    const options = { namespace: plan.namespace };
    try {
      if (!stack.gate.open) throw new CacheClosedError('the cache is closed', { cache: stack.name });
      if (target === 'namespace') await commands.clear({ options });
      else if ('tags' in target) await invalidateTags(stack, target.tags, options);
      else await commands.multiDelete({ keys: target.keys, options });
    } catch (error) {
      if (!isCacheError(error) || !FINAL.has(error.code)) this.#queue.add(target, plan.namespace);
      tolerate(error, plan.onCacheError, stack, keysOf(target), 'invalidate');
    }
  }
}

function isEmpty(target: InvalidationTarget): boolean {
  if (target === 'namespace') return false;
  return ('tags' in target ? target.tags : target.keys).length === 0;
}

function keysOf(target: InvalidationTarget): string | readonly string[] | undefined {
  if (target === 'namespace' || 'tags' in target) return undefined;
  return target.keys.length === 1 ? target.keys[0] : target.keys;
}
