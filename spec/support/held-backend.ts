import type { Backend } from 'cachewright';
import { memoryBackend } from '#lib/backends/memory/memory.js';

type CommandMethod =
  | 'get'
  | 'multiGet'
  | 'set'
  | 'multiSet'
  | 'add'
  | 'delete'
  | 'exists'
  | 'increment'
  | 'expire'
  | 'ttl'
  | 'clear'
  | 'raw';

/** One command that reached the backend. */
export interface HeldCall {
  readonly method: CommandMethod;
  readonly args: readonly unknown[];
  /** Carries it out and answers. */
  release(): void;
  fail(error: unknown): void;
}

/**
 * Memory behind promises, every step of which the spec decides. Commands of held methods wait in `calls` until they
 * are released; the others are answered in the next microtask.
 */
export class HeldBackend {
  readonly calls: HeldCall[] = [];
  readonly seen: string[] = [];
  readonly backend: Backend;
  readonly #held = new Set<CommandMethod>();
  readonly #failing = new Set<CommandMethod>();

  constructor(options: { readonly shared?: boolean; readonly clock?: { now(): number } } = {}) {
    const clock = options.clock ?? { now: () => performance.now() };
    const memory = memoryBackend({}, { cache: 'held', clock });
    const capabilities = { ...memory.capabilities, wire: 'text' as const, shared: options.shared ?? true };
    // As a server does it: within one command.
    const expireUnless: NonNullable<Backend['expireUnless']> = (key, ttlMs, beginning, call) =>
      this.#answer('expire', [key, ttlMs, call], () =>
        String(memory.get(key, call)).startsWith(beginning) ? undefined : memory.expire(key, ttlMs),
      ) as Promise<boolean | undefined>;
    this.backend = new Proxy<Backend>(memory, {
      get: (target, name) => {
        if (name === 'capabilities') return capabilities;
        if (name === 'near') return undefined;
        if (name === 'name') return 'held';
        if (name === 'identity') return this;
        if (name === 'close') return async () => target.close();
        if (name === 'expireUnless') return expireUnless;
        const method = Reflect.get(target, name) as unknown;
        if (typeof method !== 'function') return method;
        return (...args: unknown[]) =>
          this.#answer(name as CommandMethod, args, () => method.apply(target, args) as unknown);
      },
    });
  }

  hold(...methods: CommandMethod[]): this {
    for (const method of methods) this.#held.add(method);
    return this;
  }

  /** They fail, and are not carried out. */
  failing(...methods: CommandMethod[]): this {
    for (const method of methods) this.#failing.add(method);
    return this;
  }

  /** Nothing is held any more, and everything held so far goes on, in order. */
  releaseAll(): void {
    this.#held.clear();
    for (const call of this.calls.splice(0)) call.release();
  }

  /** The next held command. */
  take(method: CommandMethod): HeldCall {
    const index = this.calls.findIndex((call) => call.method === method);
    if (index < 0) throw new Error(`no ${method} is held`);
    return this.calls.splice(index, 1)[0]!;
  }

  #answer(method: CommandMethod, args: unknown[], run: () => unknown): Promise<unknown> {
    this.seen.push(method);
    if (this.#failing.has(method)) return Promise.reject(new Error('down'));
    if (!this.#held.has(method)) return Promise.resolve().then(run);
    return new Promise((resolve, reject) => {
      this.calls.push({ method, args, release: () => resolve(Promise.resolve().then(run)), fail: reject });
    });
  }
}

/** Lets everything run that is ready to. */
export async function settled(turns = 3): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}
