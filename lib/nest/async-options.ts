import type { FactoryProvider, Provider } from '@nestjs/common';
import { ConfigError } from '../errors.js';
import { checkNames } from '../registry/option.js';
import { isRecord, mistyped, readName } from '../registry/readers.js';
import type { CacheOptionsFactory, CacheRootAsyncOptions } from './options.js';
import { tokenName } from './provider-graph.js';
import { OPTIONS } from './tokens.js';

const SOURCES = ['useFactory', 'useClass', 'useExisting'] as const;
const NAMES = ['names', 'imports', 'inject', ...SOURCES, 'isGlobal'];
const PATH = 'CacheModule.forRootAsync: options';

/** An options factory that `useClass` names. */
const FACTORY = Symbol('cachewright.options-factory');

/** What provides `OPTIONS`. A wrong argument fails the start of the application, as a wrong configuration does. */
export function asyncOptionsProviders(given: CacheRootAsyncOptions): Provider[] {
  try {
    check(given);
  } catch (error) {
    return [provided([], () => Promise.reject(error))];
  }
  if (given.useFactory !== undefined) return [provided(given.inject ?? [], given.useFactory)];
  const { useClass, useExisting } = given;
  const made = (factory: Partial<CacheOptionsFactory> | undefined): unknown => {
    if (typeof factory?.createCacheOptions === 'function') return factory.createCacheOptions();
    const name = tokenName(useExisting ?? useClass);
    throw new ConfigError(`${PATH}: ${name} has no createCacheOptions(); implement CacheOptionsFactory`);
  };
  if (useExisting !== undefined) return [provided([useExisting], made)];
  return [{ provide: FACTORY, useClass }, provided([FACTORY], made)];
}

function provided(
  inject: readonly NonNullable<FactoryProvider['inject']>[number][],
  make: (...dependencies: never[]) => unknown,
): Provider {
  return { provide: OPTIONS, useFactory: make as FactoryProvider['useFactory'], inject: [...inject] };
}

function check(given: unknown): void {
  if (!isRecord(given)) throw mistyped(given, PATH, 'give { useFactory }, { useClass } or { useExisting }');
  checkNames(given, NAMES, PATH, 'forRootAsync');
  const { isGlobal, names } = given;
  if (isGlobal !== undefined && typeof isGlobal !== 'boolean')
    throw mistyped(isGlobal, `${PATH}.isGlobal`, 'use true or false');
  if (names !== undefined && !Array.isArray(names)) throw mistyped(names, `${PATH}.names`, 'use an array of names');
  names?.forEach((name: unknown, index) => readName(name, `${PATH}.names[${index}]`));
  for (const list of ['inject', 'imports'] as const) {
    if (given[list] !== undefined && !Array.isArray(given[list]))
      throw mistyped(given[list], `${PATH}.${list}`, 'use an array');
  }
  if (given['inject'] !== undefined && given['useFactory'] === undefined)
    throw new ConfigError(`${PATH}.inject does nothing without useFactory; leave it out`);
  const sources = SOURCES.filter((source) => given[source] !== undefined);
  if (sources.length === 1) return checkSource(sources[0]!, given[sources[0]!]);
  const has = sources.length === 0 ? 'none' : sources.join(' and ');
  throw new ConfigError(`${PATH} needs one of ${SOURCES.join(', ')}, and has ${has}`);
}

function checkSource(source: (typeof SOURCES)[number], value: unknown): void {
  if (source === 'useExisting' || typeof value === 'function') return;
  throw mistyped(
    value,
    `${PATH}.${source}`,
    source === 'useClass' ? 'give a class' : 'give a function that answers the options',
  );
}
