import type { FenceScope } from '../command/fence.js';
import { invalidateTags } from '../command/tags/invalidate-tags.js';
import { detached } from '../util/async-context.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import type { LoadEngine } from './engine.js';
import type { InvalidationTarget } from './invalidation.js';

/** First and longest wait before the queue is tried again, in ms. */
const RETRY_MS = 500;
const MAX_RETRY_MS = 2_000;

/** Beyond this many the backend has been gone for so long that more would only fill the memory. */
const MAX_QUEUED = 100_000;

interface Queued {
  readonly scope: FenceScope;
  /** It was asked for once more, maybe since the last attempt began, and failed again. */
  repeated: boolean;
  attempt(): MaybePromise<unknown>;
}

/**
 * Invalidations that failed. Their keys and tags stay fenced, so that nobody in this process reads what is there, and
 * they are tried again, in order, until the backend has carried them out.
 */
export class InvalidationQueue {
  readonly #engine: LoadEngine;
  /** By what they concern: asking twice for the same is one entry. */
  readonly #queued = new Map<string, Queued>();
  #timer: NodeJS.Timeout | undefined;
  #waitMs = RETRY_MS;
  #closed = false;

  constructor(engine: LoadEngine) {
    this.#engine = engine;
  }

  get size(): number {
    return this.#queued.size;
  }

  add(target: InvalidationTarget, namespace: string | undefined): void {
    const { commands, stack } = this.#engine;
    const options = { namespace };
    if (target === 'namespace') {
      const prefix = stack.keys.prefix(namespace);
      this.#enqueue(`namespace ${prefix}`, { scope: { prefix }, attempt: () => commands.clear({ options }) });
      return;
    }
    if ('tags' in target) {
      const prefix = stack.keys.prefix(namespace);
      for (const tag of target.tags) {
        this.#enqueue(`tag ${prefix}${tag}`, {
          scope: { prefix, tags: new Set([tag]) },
          attempt: () => invalidateTags(stack, [tag], options),
        });
      }
      return;
    }
    for (const key of target.keys) {
      const finalKey = stack.keys.final(key, namespace);
      this.#enqueue(`key ${finalKey}`, {
        scope: { keys: [finalKey] },
        attempt: () => commands.delete({ key, options }),
      });
    }
  }

  /** Whatever fails from now on is not tried again: this cache cannot, and nothing must stay fenced for others on the store. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const [id, queued] of this.#queued) this.#remove(id, queued);
  }

  #enqueue(id: string, wanted: Omit<Queued, 'repeated'>): void {
    const known = this.#queued.get(id);
    if (known !== undefined) known.repeated = true;
    if (known !== undefined || this.#closed || this.#queued.size >= MAX_QUEUED) return;
    const queued = { ...wanted, repeated: false };
    void this.#engine.stack.fence.begin(queued.scope);
    this.#queued.set(id, queued);
    this.#engine.stack.gate.suspended = true;
    this.#schedule();
  }

  #remove(id: string, queued: Queued): void {
    if (!this.#queued.delete(id)) return;
    this.#engine.stack.fence.end(queued.scope);
    this.#engine.stack.gate.suspended = this.#queued.size > 0;
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#queued.size === 0) return;
    this.#timer = detached(() => setTimeout(() => void this.#retry(), this.#waitMs).unref());
  }

  async #retry(): Promise<void> {
    for (const [id, queued] of this.#queued) {
      queued.repeated = false;
      try {
        await queued.attempt();
      } catch {
        this.#waitMs = Math.min(this.#waitMs * 2, MAX_RETRY_MS);
        // To the end: one that always fails does not keep the others from being tried.
        if (this.#queued.delete(id)) this.#queued.set(id, queued);
        break;
      }
      this.#waitMs = RETRY_MS;
      if (!queued.repeated) this.#remove(id, queued);
    }
    this.#timer = undefined;
    this.#schedule();
  }
}
