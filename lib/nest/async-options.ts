import type { FactoryProvider, Provider } from '@nestjs/common';
import { ConfigError } from '../errors.js';
import { checkNames } from '../registry/option.js';
import { isRecord, mistyped } from '../registry/readers.js';
import type { CacheOptionsFactory, CacheRootAsyncOptions } from './options.js';
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
  const made = (factory: CacheOptionsFactory): unknown => factory.createCacheOptions();
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
  const sources = SOURCES.filter((source) => given[source] !== undefined);
  if (sources.length === 1) return;
  const has = sources.length === 0 ? 'none' : sources.join(' and ');
  throw new ConfigError(`${PATH} needs one of ${SOURCES.join(', ')}, and has ${has}`);
}
