import { checkOptions, mistakeIn } from '../command/given-options.js';
import { throwIfAborted } from '../util/signal.js';
import { ask, compileCommands, type Commands } from '../command/compile.js';
import { Stack } from '../command/stack.js';
import type { StackSpec } from '../command/stack-spec.js';
import type { Cache } from '../contracts/cache.js';
import type {
  ClearOptions,
  CommandOptions,
  Entries,
  GetOptions,
  ValueOptions,
  WriteOptions,
} from '../contracts/commands.js';
import type { GetOrSetOptions, Loader } from '../contracts/loading.js';
import type { Plugin } from '../contracts/plugin.js';
import { BackendUnavailableError, CacheClosedError, isCacheError } from '../errors.js';
import { Loading } from '../loading/loading.js';
import { readTags } from '../loading/tag-names.js';
import { invalidateTags } from '../command/tags/invalidate-tags.js';
import { checkUnused } from '../command/unused-options.js';
import type { Ttl } from '../util/duration.js';
import { listEntries, listKeys } from './arguments.js';
import { closePlugin } from './close-plugin.js';
import { INTERNALS, type CacheInternals } from './internals.js';

/** Shared by calls without options: nobody may write to it. */
const NONE = Object.freeze({});

/** The public face of a stack: every method hands its arguments, by name, to the compiled command. */
export class StackedCache implements Cache {
  readonly #stack: Stack;
  readonly #commands: Commands;
  readonly #loading: Loading;
  #closing: Promise<void> | undefined;

  constructor(spec: StackSpec) {
    this.#stack = new Stack(spec, this);
    this.#commands = compileCommands(this.#stack);
    this.#loading = new Loading(this.#stack, this.#commands);
  }

  get name(): string {
    return this.#stack.name;
  }

  get namespace(): string {
    return this.#stack.spec.namespace;
  }

  get closed(): boolean {
    return !this.#stack.gate.open;
  }

  get enabled(): boolean {
    return this.#stack.gate.enabled;
  }

  get pendingInvalidations(): number {
    return this.#loading.invalidations.pending;
  }

  get discardedEntries(): number {
    return this.#stack.form.discarded;
  }

  add(key: string, value: unknown, options: WriteOptions = NONE): Promise<boolean> {
    const mistake = options === NONE ? undefined : mistakeIn('add', options, this.name);
    if (mistake !== undefined) return Promise.reject(mistake);
    return ask(this.#commands.add, { key, value, options });
  }

  get<T>(key: string, options: GetOptions<T> = NONE): Promise<T> {
    const mistake = options === NONE ? undefined : mistakeIn('get', options, this.name);
    if (mistake !== undefined) return Promise.reject(mistake);
    return ask(this.#commands.get, { key, options }) as Promise<T>;
  }

  set(key: string, value: unknown, options: WriteOptions = NONE): Promise<void> {
    const mistake = options === NONE ? undefined : mistakeIn('set', options, this.name);
    if (mistake !== undefined) return Promise.reject(mistake);
    return ask(this.#commands.set, { key, value, options });
  }

  async multiGet<T>(keys: Iterable<string>, options: ValueOptions = NONE): Promise<(T | undefined)[]> {
    checkOptions('multiGet', options, this.name);
    return this.#commands.multiGet({ keys: listKeys(keys, 'multiGet', this.name), options }) as (T | undefined)[];
  }

  async multiSet(entries: Entries, options: WriteOptions = NONE): Promise<void> {
    checkOptions('multiSet', options, this.name);
    return this.#commands.multiSet({ entries: listEntries(entries, this.name), options });
  }

  delete(key: string, options: CommandOptions = NONE): Promise<boolean> {
    const mistake = options === NONE ? undefined : mistakeIn('delete', options, this.name);
    if (mistake !== undefined) return Promise.reject(mistake);
    return ask(this.#commands.delete, { key, options });
  }

  async multiDelete(keys: Iterable<string>, options: CommandOptions = NONE): Promise<number> {
    checkOptions('multiDelete', options, this.name);
    return this.#commands.multiDelete({ keys: listKeys(keys, 'multiDelete', this.name), options });
  }

  exists(key: string, options: CommandOptions = NONE): Promise<boolean> {
    const mistake = options === NONE ? undefined : mistakeIn('exists', options, this.name);
    if (mistake !== undefined) return Promise.reject(mistake);
    return ask(this.#commands.exists, { key, options });
  }

  increment(key: string, delta = 1, options: WriteOptions = NONE): Promise<number> {
    const mistake = options === NONE ? undefined : mistakeIn('increment', options, this.name);
    if (mistake !== undefined) return Promise.reject(mistake);
    return ask(this.#commands.increment, { key, delta, options });
  }

  expire(key: string, ttl: Ttl, options: CommandOptions = NONE): Promise<boolean> {
    const mistake = options === NONE ? undefined : mistakeIn('expire', options, this.name);
    if (mistake !== undefined) return Promise.reject(mistake);
    return ask(this.#commands.expire, { key, ttl, options });
  }

  ttl(key: string, options: CommandOptions = NONE): Promise<number | null | undefined> {
    const mistake = options === NONE ? undefined : mistakeIn('ttl', options, this.name);
    if (mistake !== undefined) return Promise.reject(mistake);
    return ask(this.#commands.ttl, { key, options });
  }

  clear(options: ClearOptions = NONE): Promise<void> {
    const mistake = options === NONE ? undefined : mistakeIn('clear', options, this.name);
    if (mistake !== undefined) return Promise.reject(mistake);
    return ask(this.#commands.clear, { options });
  }

  raw<T>(command: string, ...args: unknown[]): Promise<T> {
    return ask(this.#commands.raw, { command, args, options: NONE }) as Promise<T>;
  }

  getOrSet<T>(key: string, loader: Loader<T>, options?: GetOrSetOptions<T>): Promise<T> {
    return this.#loading.getOrSet(key, loader, options);
  }

  async invalidateTags(tags: Iterable<string>, options: CommandOptions = NONE): Promise<void> {
    if (this.closed) throw new CacheClosedError('invalidateTags: the cache is closed', { cache: this.name });
    const names = readTags(tags, 'invalidateTags', this.name, Infinity);
    checkOptions('invalidateTags', options, this.name);
    throwIfAborted(options.signal);
    if (!this.enabled) checkUnused(this.#stack, options);
    else if (names.length > 0) await invalidateTags(this.#stack, names, options);
  }

  async connect(): Promise<void> {
    if (this.closed) throw new CacheClosedError('connect: the cache is closed', { cache: this.name });
    if (!this.enabled) return;
    try {
      await Promise.all([this.#stack.spec.backend.connect?.(), this.#stack.tier?.bus?.connect?.()]);
    } catch (error) {
      if (isCacheError(error)) throw error;
      throw new BackendUnavailableError('connect: the backend is not there', { cache: this.name, cause: error });
    }
  }

  disable(): void {
    this.#stack.gate.enabled = false;
  }

  enable(): void {
    this.#stack.gate.enabled = true;
  }

  plugin<P extends Plugin = Plugin>(name: string): P | undefined {
    return this.#stack.plugins.find((plugin) => plugin.name === name) as P | undefined;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** For the layers above: what decorated methods need and users do not. */
  get [INTERNALS](): CacheInternals {
    return { stack: this.#stack, commands: this.#commands, loading: this.#loading };
  }

  async #close(): Promise<void> {
    this.#stack.gate.close();
    await this.#loading.close();
    const closing = this.#stack.plugins.map((plugin) => closePlugin(plugin, this.#stack));
    closing.push(this.#stack.close());
    const failed = (await Promise.allSettled(closing)).find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}
