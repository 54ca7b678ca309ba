import { buildCache } from '../cache/build.js';
import type { Class } from '../command/stack-spec.js';
import type { Cache } from '../contracts/cache.js';
import { BackendError, CacheClosedError, ConfigError, UnknownCacheError } from '../errors.js';
import { ignoreRejection } from '../util/maybe-promise.js';
import type { Clock } from '../util/clock.js';
import type { CacheConfig, CacheOverrides, CacheUrl } from './config.js';
import { defineNamed, givenOptions, type Definition } from './definition.js';
import { switchedOff } from './off-switch.js';
import { checkNames, located } from './option.js';
import { didYouMean, isRecord, mistyped } from './readers.js';

/** What all caches of a registry have in common. */
export interface RegistrySettings {
  readonly namespace: string | undefined;
  readonly clock: Clock | undefined;
  readonly dataClasses: readonly Class[];
}

/** Named caches, each built on first use and connected on its first command. Made by `createRegistry`. */
export class CacheRegistry implements AsyncDisposable {
  readonly #settings: RegistrySettings;
  readonly #definitions: Map<string, Definition>;
  readonly #caches = new Map<string, Cache>();
  /** Made by `create()`: nobody finds them by a name, but somebody has to close them. */
  readonly #unnamed = new Set<Cache>();
  readonly #replaced = new Set<Promise<void>>();
  /** What `disable()` or `enable()` said last; before that the environment decides. */
  #enabled: boolean | undefined;
  #closing: Promise<void> | undefined;

  constructor(definitions: Map<string, Definition>, settings: RegistrySettings) {
    this.#definitions = definitions;
    this.#settings = settings;
  }

  /** In the order they were given. */
  get names(): readonly string[] {
    return [...this.#definitions.keys()];
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  has(name: string): boolean {
    return this.#definitions.has(name);
  }

  /**
   * The cache of that name, the same one each time.
   * @throws UnknownCacheError that lists the known names
   * @throws CacheClosedError after `close()`
   */
  get(name = 'default'): Cache {
    this.#mustBeOpen();
    let cache = this.#caches.get(name);
    if (cache === undefined) this.#caches.set(name, (cache = this.#build(this.#definitionOf(name), name)));
    return cache;
  }

  /**
   * A fresh cache like that one, except for the overrides. It has the same namespace, so on a shared store it sees the same entries.
   * Close it when done with it; `registry.close()` does so at the latest.
   * @throws ConfigError, UnknownCacheError, CacheClosedError
   */
  create(name: string, overrides: CacheOverrides = {}): Cache {
    this.#mustBeOpen();
    const { path, given } = this.#definitionOf(name);
    const cache = this.#build(defineNamed(name, { ...given, ...givenOptions(overrides, path) }), name);
    for (const other of this.#unnamed) if (other.closed) this.#unnamed.delete(other);
    this.#unnamed.add(cache);
    return cache;
  }

  /**
   * Adds a cache. With `replace` it takes the place of the one of that name, which is closed in the background; a failure of
   * that is nobody's business any more.
   * @throws ConfigError for a wrong configuration, or a name that exists
   * @throws CacheClosedError after `close()`
   */
  add(name: string, config: CacheConfig | CacheUrl, options: { readonly replace?: boolean | undefined } = {}): void {
    this.#mustBeOpen();
    if (!isRecord(options)) throw mistyped(options, 'options', 'give { replace: true } or nothing');
    checkNames(options, ['replace'], 'options', 'add()');
    const { replace } = options;
    if (replace !== undefined && typeof replace !== 'boolean')
      throw mistyped(replace, 'options.replace', 'use true or false');
    const definition = defineNamed(name, config);
    if (this.has(name) && replace !== true) {
      throw new ConfigError(`${definition.path} exists; choose another name, or pass { replace: true }`, {
        cache: name,
      });
    }
    this.#definitions.set(name, definition);
    const old = this.#caches.get(name);
    if (old === undefined) return;
    this.#caches.delete(name);
    const closing = old.close().finally(() => this.#replaced.delete(closing));
    this.#replaced.add(closing);
    ignoreRejection(closing);
  }

  /** The configuration as given: a deep copy, with every secret as `'***'` and objects by their names. */
  config(): Record<string, unknown> {
    const shown = Object.fromEntries([...this.#definitions].map(([name, definition]) => [name, definition.shown]));
    return structuredClone(shown);
  }

  /** From now on all caches, also those still to be built, answer as empty ones would. */
  disable(): void {
    this.#enabled = false;
    for (const cache of this.#all()) cache.disable();
  }

  /** Undoes `disable()`, and `CACHEWRIGHT_DISABLE` too. */
  enable(): void {
    this.#enabled = true;
    for (const cache of this.#all()) cache.enable();
  }

  /**
   * Closes every cache that was built. Idempotent; from now on `get`, `create` and `add` throw `CacheClosedError`.
   * @throws BackendError (as a rejection) that names the caches that did not close; the others are closed all the same
   */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** For `util.inspect`, whatever the depth: the names and nothing below them. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `CacheRegistry { ${this.names.join(', ')} }`;
  }

  async #closeAll(): Promise<void> {
    const caches = this.#all();
    const outcomes = await Promise.allSettled(caches.map((cache) => cache.close()));
    await Promise.allSettled(this.#replaced);
    const failed = caches.filter((_, index) => outcomes[index]!.status === 'rejected');
    if (failed.length === 0) return;
    const first = outcomes.find((outcome) => outcome.status === 'rejected');
    throw new BackendError(`these caches did not close: ${failed.map((cache) => cache.name).join(', ')}`, {
      cache: failed[0]!.name,
      cause: first?.reason,
    });
  }

  #all(): Cache[] {
    return [...this.#caches.values(), ...this.#unnamed];
  }

  #build(definition: Definition, name: string): Cache {
    const { namespace: outerNamespace, clock, dataClasses } = this.#settings;
    const enabled = this.#enabled ?? !switchedOff();
    const surroundings = { outerNamespace, clock, dataClasses, enabled };
    return buildCache(located('', name, () => definition.stack(name, name, surroundings)));
  }

  #definitionOf(name: string): Definition {
    const definition = this.#definitions.get(name);
    if (definition !== undefined) return definition;
    const near = didYouMean(String(name), this.names);
    throw new UnknownCacheError(`there is no cache "${String(name)}";${near} known: ${this.names.join(', ')}`, {
      cache: String(name),
    });
  }

  #mustBeOpen(): void {
    if (this.closed) throw new CacheClosedError('the registry is closed');
  }
}
