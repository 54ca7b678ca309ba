import { Inject, type InjectionToken, Scope } from '@nestjs/common';
import { ModuleRef, type ModulesContainer } from '@nestjs/core';
import { ConfigError } from '../errors.js';
import { PLUGIN_NAMES } from '../plugins/by-name.js';
import { member } from '../registry/option.js';
import { didYouMean, isRecord } from '../registry/readers.js';
import type { CacheConfigs } from '../registry/config.js';
import { SERIALIZER_NAMES } from '../serializers/by-name.js';
import type { NestCacheConfigs } from './options.js';
import { pathTo, type Provider, providerOf, tokenName } from './provider-graph.js';
import { REGISTRY } from './tokens.js';

/**
 * The same configuration with the very plugins and serializers that the application's modules provide.
 * @throws ConfigError naming cache and token when a provider is not there, or cannot be had
 */
export async function withProvided(caches: NestCacheConfigs, modules: ModulesContainer): Promise<CacheConfigs> {
  if (!isRecord(caches)) return caches; // for createRegistry to complain about
  const found = Object.entries(caches).map(async ([name, config]) => [name, await provide(config, name, modules)]);
  return Object.fromEntries(await Promise.all(found)) as CacheConfigs;
}

async function provide(config: unknown, cache: string, modules: ModulesContainer): Promise<unknown> {
  if (!isRecord(config)) return config;
  const { plugins, serializer } = config;
  const path = member('caches', cache);
  const get = (value: unknown, names: readonly string[], at: string): unknown =>
    isToken(value, names) ? instanceOf({ token: value, names, path: at, cache }, modules) : value;
  return {
    ...config,
    ...(Array.isArray(plugins) && {
      plugins: await Promise.all(
        plugins.map((plugin, index) => get(plugin, PLUGIN_NAMES, `${path}.plugins[${index}]`)),
      ),
    }),
    ...(serializer !== undefined && {
      serializer: await get(serializer, SERIALIZER_NAMES, member(path, 'serializer')),
    }),
  };
}

function isToken(value: unknown, names: readonly string[]): value is InjectionToken {
  return (
    typeof value === 'function' || typeof value === 'symbol' || (typeof value === 'string' && !names.includes(value))
  );
}

/** An option that is a token. */
interface Wanted {
  readonly token: InjectionToken;
  /** What else the option may say. */
  readonly names: readonly string[];
  readonly path: string;
  readonly cache: string;
}

/** Lets Nest make the instance now, unless it has: whoever gets the registry may use any cache. */
async function instanceOf({ token, names, path, cache }: Wanted, modules: ModulesContainer): Promise<unknown> {
  const name = tokenName(token);
  const provider = providerOf(token, modules);
  if (provider === undefined) {
    const near = typeof token === 'string' ? didYouMean(token, names) : '';
    throw new ConfigError(
      `${path}: no module of this application provides ${name};${near} add it to the providers of one`,
      { cache },
    );
  }
  refuseScoped(provider, path, cache, modules);
  refuseCycle(provider, path, cache, modules);

  class Holder {
    constructor(readonly held: unknown) {}
  }
  Inject(token)(Holder, undefined, 0);
  const moduleRef = provider.host!.getProviderByKey<ModuleRef>(ModuleRef).instance;
  return (await moduleRef.create(Holder)).held;
}

function refuseScoped(provider: Provider, path: string, cache: string, modules: ModulesContainer): void {
  const chain = pathTo(provider, ({ scope }) => scope === Scope.REQUEST, modules);
  if (chain === undefined) return;
  throw new ConfigError(`${path}: ${chain} is made once per request, but the cache lives as long as the application`, {
    cache,
  });
}

/** Nest would wait for ever: what it has to make first cannot be made before the registry. */
function refuseCycle(provider: Provider, path: string, cache: string, modules: ModulesContainer): void {
  const chain = pathTo(provider, ({ token }) => token === REGISTRY, modules);
  if (chain === undefined) return;
  throw new ConfigError(
    `${path}: ${chain} needs the caches, which need it first; let it take what it needs from ModuleRef when it is used`,
    { cache },
  );
}
