import { Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ConfigError } from '../errors.js';
import { CacheLifecycle } from './lifecycle.js';
import { providerOf } from './provider-graph.js';

/**
 * Holds the registry of an application. Starts before all other modules, whichever of them are global,
 * and on Nest 11 and later stops after them.
 */
@Module({})
export class CacheCoreModule implements OnModuleInit, OnApplicationShutdown {
  readonly #modules: ModulesContainer;

  constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
    this.#modules = modules;
    move(CacheCoreModule, Number.POSITIVE_INFINITY, modules);
  }

  async onModuleInit(): Promise<void> {
    await lifecycleIn(this.#modules)?.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await lifecycleIn(this.#modules)?.stop('first');
  }
}

/** Stops after all other modules on Nest 10, which stops them in the order in which it started them. */
@Module({})
export class CacheLastModule implements OnApplicationShutdown {
  readonly #modules: ModulesContainer;

  constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
    this.#modules = modules;
    move(CacheLastModule, Number.NEGATIVE_INFINITY, modules);
  }

  async onApplicationShutdown(): Promise<void> {
    await lifecycleIn(this.#modules)?.stop('last');
  }
}

/** Nest runs the hooks of modules by their distance. */
function move(metatype: unknown, distance: number, modules: ModulesContainer): void {
  for (const module of modules.values()) if (module.metatype === metatype) module.distance = distance;
}

/** Not injected: Nest would run no hook of a module that was given something request-scoped, and nobody would know. */
function lifecycleIn(modules: ModulesContainer): CacheLifecycle | undefined {
  const provider = providerOf(CacheLifecycle, modules)!;
  if (provider.isDependencyTreeStatic()) return (provider.instance as CacheLifecycle | null) ?? undefined;
  throw new ConfigError(
    'CacheModule.forRootAsync: its options come from a request-scoped provider, but caches live as long as the application',
  );
}
