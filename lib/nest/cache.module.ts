import { randomUUID } from 'node:crypto';
import { type DynamicModule, Inject, Module, type ModuleMetadata, Optional, type Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ConfigError } from '../errors.js';
import { member } from '../registry/option.js';
import { isRecord } from '../registry/readers.js';
import type { CacheRegistry } from '../registry/registry.js';
import { asyncOptionsProviders } from './async-options.js';
import { CacheCoreModule, CacheLastModule } from './core.module.js';
import { FeatureCaches } from './feature-caches.js';
import { LateRegistry } from './late-registry.js';
import { CacheLifecycle } from './lifecycle.js';
import { type Given, mustBeOnly, openRegistry } from './open-registry.js';
import type { CacheModuleOptions, CacheRootAsyncOptions, CacheRootOptions, FeatureCacheConfigs } from './options.js';
import { injectSlots } from './slot-injection.js';
import { getCacheRegistryToken, getCacheToken, IDENTITY, LATE_REGISTRY, OPTIONS, REGISTRY } from './tokens.js';

// On import: Nest makes the first instances before it asks a module for anything.
injectSlots();

/** The caches of an application. Mistakes in what these methods are given are errors when it starts. */
@Module({})
export class CacheModule {
  /** Nest makes an instance of every module. One without an identity is none that a method here answered with. */
  constructor(@Optional() @Inject(IDENTITY) identity?: string) {
    if (identity !== undefined) return;
    throw new ConfigError(
      'CacheModule itself was imported, which has no caches; import what CacheModule.forRoot({ caches }), forRootAsync or forFeature answers',
    );
  }

  /** The one registry of the application. */
  static forRoot(options: CacheRootOptions): DynamicModule {
    const { caches, isGlobal } = (options ?? {}) as Partial<CacheRootOptions>;
    const given = [{ provide: OPTIONS, useFactory: () => options }];
    const names = isRecord(caches) ? Object.keys(caches) : [];
    return root({ method: 'forRoot', providers: given, imports: [], names, isGlobal });
  }

  /** The one registry of the application, its options made by Nest. */
  static forRootAsync(options: CacheRootAsyncOptions): DynamicModule {
    const { imports = [], names = [], isGlobal } = (options ?? {}) as Partial<CacheRootAsyncOptions>;
    // What is wrong here is told when the application starts.
    const all = [
      'default',
      ...(Array.isArray(names) ? names.filter((name) => typeof name === 'string' && name !== '') : []),
    ];
    const given = asyncOptionsProviders(options);
    const needed = Array.isArray(imports) ? imports : [];
    return root({ method: 'forRootAsync', providers: given, imports: needed, names: all, isGlobal });
  }

  /** More caches for the one registry, to be injected where this is imported. A name that exists is an error when the application starts. */
  static forFeature(caches: FeatureCacheConfigs): DynamicModule {
    const names = isRecord(caches) ? Object.keys(caches) : [];
    const joining = { provide: FeatureCaches, useValue: new FeatureCaches(caches) };
    return {
      module: CacheModule,
      providers: [identity(), joining, ...injectable(names, mustHaveJoined)],
      exports: names.map(getCacheToken),
    };
  }
}

interface Root {
  readonly method: Given['method'];
  readonly providers: readonly Provider[];
  readonly imports: NonNullable<ModuleMetadata['imports']>;
  readonly names: readonly string[];
  readonly isGlobal: boolean | undefined;
}

function root({ method, providers, imports, names, isGlobal }: Root): DynamicModule {
  const token = getCacheRegistryToken();
  const unique = [...new Set(names)];
  return {
    module: CacheModule,
    global: isGlobal ?? true,
    imports: [core({ method, providers, imports, names: unique })],
    providers: [identity(), { provide: token, useExisting: REGISTRY }, ...injectable(unique)],
    exports: [token, ...unique.map(getCacheToken)],
  };
}

/** Global, whatever may be injected where: decorated methods in all modules take their caches from there. */
function core({ method, providers, imports, names }: Omit<Root, 'isGlobal'>): DynamicModule {
  return {
    module: CacheCoreModule,
    global: true,
    imports: [CacheLastModule, ...imports],
    providers: [
      identity(),
      ...providers,
      { provide: LATE_REGISTRY, useFactory: () => new LateRegistry() },
      {
        provide: REGISTRY,
        inject: [OPTIONS, LATE_REGISTRY, ModulesContainer],
        useFactory: async (options: CacheModuleOptions, late: LateRegistry, modules: ModulesContainer) => {
          mustBeOnly(CacheCoreModule, modules);
          const registry = await openRegistry({ method, options, names }, modules);
          late.open(registry);
          return registry;
        },
      },
      {
        provide: CacheLifecycle,
        inject: [REGISTRY, OPTIONS, ModulesContainer],
        useFactory: (registry: CacheRegistry, { failFast = false }: CacheModuleOptions, modules: ModulesContainer) =>
          new CacheLifecycle(registry, modules, failFast),
      },
    ],
    exports: [REGISTRY, LATE_REGISTRY],
  };
}

/** A module that is loaded later than the others is not among those whose caches joined the registry. */
function mustHaveJoined(registry: CacheRegistry, name: string): void {
  if (registry.has(name)) return;
  throw new ConfigError(
    `CacheModule.forFeature: ${member('caches', name)} comes too late, from a module that was loaded after the application had started; ` +
      'name the cache in forRoot, or import the module from the start',
    { cache: name },
  );
}

/** Caches under their tokens, built when Nest makes their first user. */
function injectable(names: readonly string[], check?: (registry: CacheRegistry, name: string) => void): Provider[] {
  return names.map((name) => ({
    provide: getCacheToken(name),
    inject: [REGISTRY],
    useFactory: (registry: CacheRegistry) => {
      check?.(registry, name);
      return registry.get(name);
    },
  }));
}

function identity(): Provider {
  return { provide: IDENTITY, useValue: randomUUID() };
}
