import type { BackendCall } from '../../contracts/backend.js';
import { type FastStore, NO_ANSWER } from './fast-store.js';

/** First and longest wait before the store is tried again, in ms. */
const RETRY_MS = 500;
const MAX_RETRY_MS = 2_000;

/** Keys in one command. */
const BATCH = 1_000;

/** Beyond this many the oldest are forgotten: their entries end with the lifetime of the tier. */
const MAX_KEYS = 100_000;

interface Mark {
  readonly namespace: string;
  /** When it was made, in a count of all marks. */
  readonly since: number;
}

/**
 * What the fast store still has though it is outdated: from when that begins to be so until it has carried out the deletion,
 * which is tried again until then. This process does not read it meanwhile, nor put anything there.
 */
export class Outdated {
  readonly #fast: FastStore;
  readonly #keys = new Map<string, Mark>();
  readonly #prefixes = new Map<string, Mark>();
  #count = 0;
  #timer: NodeJS.Timeout | undefined;
  #waitMs = RETRY_MS;
  #closed = false;

  constructor(fast: FastStore) {
    this.#fast = fast;
  }

  has(key: string): boolean {
    if (this.#keys.has(key)) return true;
    for (const prefix of this.#prefixes.keys()) if (key.startsWith(prefix)) return true;
    return false;
  }

  /** From now on these are outdated. Answers what says that what replaces them is there: then they are deleted. */
  begin(keys: readonly string[], { namespace }: BackendCall): () => Promise<void> {
    const since = ++this.#count;
    for (const key of keys) this.#keys.set(key, { namespace, since });
    return () => this.#delete(keys, namespace);
  }

  /** The same for all keys that begin with a prefix. */
  beginAll(prefix: string, { namespace }: BackendCall): () => Promise<void> {
    this.#prefixes.set(prefix, { namespace, since: ++this.#count });
    return () => this.#clear(prefix, namespace);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #delete(keys: readonly string[], namespace: string): Promise<void> {
    const until = this.#count;
    const answer = await this.#fast.ask((store) => store.delete(keys, callIn(namespace)));
    if (answer === NO_ANSWER) return this.#later();
    for (const key of keys) if ((this.#keys.get(key)?.since ?? Infinity) <= until) this.#keys.delete(key);
  }

  async #clear(prefix: string, namespace: string): Promise<void> {
    const until = this.#count;
    const answer = await this.#fast.ask((store) => store.clear(prefix, callIn(namespace)));
    if (answer === NO_ANSWER) return this.#later();
    if ((this.#prefixes.get(prefix)?.since ?? Infinity) <= until) this.#prefixes.delete(prefix);
  }

  #later(): void {
    for (const oldest of this.#keys.keys()) {
      if (this.#keys.size <= MAX_KEYS) break;
      this.#keys.delete(oldest);
    }
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => void this.#retry(), this.#waitMs).unref();
  }

  async #retry(): Promise<void> {
    this.#waitMs = Math.min(this.#waitMs * 2, MAX_RETRY_MS);
    // What fails again sets the timer again.
    this.#timer = undefined;
    for (const [prefix, { namespace }] of this.#prefixes) await this.#clear(prefix, namespace);
    for (const [namespace, keys] of this.#byNamespace()) {
      for (let start = 0; start < keys.length && this.#timer === undefined; start += BATCH) {
        await this.#delete(keys.slice(start, start + BATCH), namespace);
      }
    }
    if (this.#timer === undefined) this.#waitMs = RETRY_MS;
  }

  #byNamespace(): Map<string, string[]> {
    const keys = new Map<string, string[]>();
    for (const [key, { namespace }] of this.#keys) {
      const others = keys.get(namespace);
      if (others === undefined) keys.set(namespace, [key]);
      else others.push(key);
    }
    return keys;
  }
}

/** Nobody waits for it as long as the command's caller would. */
export function callIn(namespace: string, wire: BackendCall['wire'] = 'text'): BackendCall {
  return { wire, namespace, signal: undefined };
}
