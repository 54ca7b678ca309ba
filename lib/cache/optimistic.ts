import { attempt } from '../command/attempt.js';
import type { Codec } from '../command/codec.js';
import { fenced } from '../command/fence.js';
import { throwIfAborted } from '../util/signal.js';
import { checkOptions } from '../command/given-options.js';
import { open, shown } from '../command/reading.js';
import type { Stack } from '../command/stack.js';
import { checkUnused } from '../command/unused-options.js';
import type { Cache } from '../contracts/cache.js';
import type { ValueOptions } from '../contracts/commands.js';
import type { VersionedStore } from '../contracts/versions.js';
import { type EntryFacts, Framed, type TagMark } from '../entries/framed.js';
import { CacheClosedError, ConflictError, UnsupportedCommandError } from '../errors.js';
import { parseLimit, type Ttl } from '../util/duration.js';
import { chain, type MaybePromise } from '../util/maybe-promise.js';
import { internalsOf } from './internals.js';

/** An entry as it was read, to be replaced only if nobody changed it since. */
export interface Optimistic<T> {
  /** `undefined` = there was none. */
  readonly value: T | undefined;
  /**
   * Stores `next` if the entry is still as it was read, or as the last successful `compareAndSet` left it. It keeps the
   * tags of the entry it replaces.
   * @throws ConflictError when it was changed, deleted or created in between, or one of its tags invalidated
   */
  compareAndSet(next: T, options?: { readonly ttl?: Ttl | undefined }): Promise<void>;
}

/**
 * Reads an entry in order to replace it.
 * @throws UnsupportedCommandError when the backend cannot compare and set
 */
export async function optimistic<T = unknown>(
  cache: Cache,
  key: string,
  options: ValueOptions = {},
): Promise<Optimistic<T>> {
  const { stack } = internalsOf(cache);
  checkOptions('optimistic', options, stack.name);
  if (!stack.gate.open) throw new CacheClosedError('optimistic: the cache is closed', { cache: stack.name });
  throwIfAborted(options.signal);
  if (!stack.gate.enabled) {
    checkUnused(stack, options);
    return { value: undefined, compareAndSet: () => Promise.resolve() };
  }
  const { versions } = stack.backend;
  if (versions === undefined) {
    throw new UnsupportedCommandError(
      `optimistic: backend ${stack.spec.backend.name} cannot compare and set; use one that can, for example redis`,
      { cache: stack.name },
    );
  }
  const entry = new OptimisticEntry<T>(stack, versions, stack.keys.final(key, options.namespace), options);
  await entry.read();
  return entry;
}

class OptimisticEntry<T> implements Optimistic<T> {
  value: T | undefined = undefined;
  #version: unknown;
  /** Of the value that was read; what replaces it was made from that. */
  #tags: readonly TagMark[] = [];
  readonly #stack: Stack;
  readonly #versions: VersionedStore;
  readonly #finalKey: string;
  readonly #options: ValueOptions;
  readonly #codec: Codec;
  readonly #timeoutMs: number | undefined;

  constructor(stack: Stack, versions: VersionedStore, finalKey: string, options: ValueOptions) {
    this.#stack = stack;
    this.#versions = versions;
    this.#finalKey = finalKey;
    this.#options = options;
    this.#codec = stack.codecFor(options.serializer);
    this.#timeoutMs = options.timeout === undefined ? stack.spec.timeoutMs : parseLimit(options.timeout, 'timeout');
  }

  async read(): Promise<void> {
    const { namespace } = this.#options;
    await attempt(this.#stack, this.#how('optimistic'), async (call) => {
      const { wire, version } = await this.#versions.read(this.#finalKey, call);
      this.#version = version;
      const found = await open(this.#stack, this.#finalKey, namespace, wire, call);
      this.value = shown(found, this.#stack) as T | undefined;
      this.#tags = found instanceof Framed && this.value !== undefined ? found.facts.tags : [];
    });
  }

  async compareAndSet(next: T, options: { readonly ttl?: Ttl | undefined } = {}): Promise<void> {
    const { gate, name } = this.#stack;
    checkOptions('compareAndSet', options, name);
    if (!gate.open) throw new CacheClosedError('compareAndSet: the cache is closed', { cache: name });
    if (!gate.enabled) return;
    const ttlMs = this.#stack.ttlMs(options.ttl);
    const wire = this.#stack.form.encode(this.#finalKey, next, this.#codec, this.#factsFor(ttlMs));
    const scope = { keys: [this.#finalKey] };
    const written = await attempt(this.#stack, this.#how('compareAndSet'), (call) =>
      fenced(this.#stack.fence, scope, () =>
        chain(this.#tagsAreValid(), (valid) =>
          valid ? this.#versions.compareAndSet(this.#finalKey, this.#version, wire, ttlMs, call) : undefined,
        ),
      ),
    );
    if (written === undefined) {
      throw new ConflictError(
        'compareAndSet: somebody else changed the entry, or invalidated one of its tags, since it was read; read it again',
        { cache: this.#stack.name },
      );
    }
    this.value = next;
    this.#version = written.version;
  }

  /**
   * With tags the new value carries the marks from when the old one was loaded: an invalidation that comes between the
   * question whether they are valid and the write makes it a miss.
   */
  #factsFor(ttlMs: number | undefined): EntryFacts | undefined {
    if (this.#tags.length === 0) return undefined;
    const now = this.#stack.form.clock.now();
    const until = ttlMs === undefined ? Infinity : now + ttlMs;
    return { createdAt: now, freshUntil: until, keptUntil: until, costMs: 0, tags: this.#tags };
  }

  #tagsAreValid(): MaybePromise<boolean> {
    if (this.#tags.length === 0) return true;
    const prefix = this.#stack.keys.prefix(this.#options.namespace);
    if (this.#stack.fence.blocksTags(prefix, this.#tags)) return false;
    return chain(this.#stack.tags.valid(prefix, [this.#tags]), ([valid]) => valid === true);
  }

  #how(name: string) {
    const { namespace, signal } = this.#options;
    return { name, namespace, signal, timeoutMs: this.#timeoutMs, codec: this.#codec };
  }
}
