import type { ModulesContainer } from '@nestjs/core';
import { BackendUnavailableError, isCacheError } from '../errors.js';
import type { CacheRegistry } from '../registry/registry.js';
import { checkDecorated } from './boot-check.js';
import { attachEverywhere } from './explorer.js';
import type { LateRegistry } from './late-registry.js';
import { providerOf } from './provider-graph.js';
import { LATE_REGISTRY } from './tokens.js';

/** What happens to an application's caches when it starts and when it stops. */
export class CacheLifecycle {
  readonly #registry: CacheRegistry;
  readonly #modules: ModulesContainer;
  readonly #failFast: boolean;
  readonly #stopped = new Set<'first' | 'last'>();

  constructor(registry: CacheRegistry, modules: ModulesContainer, failFast: boolean) {
    this.#registry = registry;
    this.#modules = modules;
    this.#failFast = failFast;
  }

  /**
   * All modules are loaded, and no `onModuleInit` has run.
   * @throws UnknownCacheError, ConfigError, BackendUnavailableError; then the caches are closed
   */
  async start(): Promise<void> {
    try {
      const late = providerOf(LATE_REGISTRY, this.#modules)!;
      attachEverywhere(this.#modules, late);
      checkDecorated(this.#modules, late.instance as LateRegistry);
      if (this.#failFast) await this.#connect();
    } catch (error) {
      await Promise.allSettled([this.#registry.close()]);
      throw error;
    }
  }

  /** Nest 10 stops modules in the order it started them, later ones the other way round: the second call is the last of all. */
  async stop(module: 'first' | 'last'): Promise<void> {
    this.#stopped.add(module);
    if (this.#stopped.size === 2) await this.#registry.close();
  }

  async #connect(): Promise<void> {
    const { names } = this.#registry;
    const outcomes = await Promise.allSettled(names.map((name) => this.#registry.get(name).connect()));
    const failures = outcomes.flatMap((outcome, index) =>
      outcome.status === 'rejected' ? [{ name: names[index]!, reason: outcome.reason as unknown }] : [],
    );
    if (failures.length === 0) return;
    // What a backend of somebody else's says may hold a secret.
    const list = failures
      .map(({ name, reason }) => (isCacheError(reason) ? `${name} (${reason.message})` : name))
      .join(', ');
    throw new BackendUnavailableError(`failFast: these caches are not available: ${list}`, {
      cache: failures[0]!.name,
      cause: failures[0]!.reason,
    });
  }
}
