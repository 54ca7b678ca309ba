import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Cache, isCacheError } from 'cachewright';
import { getCacheToken } from 'cachewright/nest';
import { AppModule } from './app.module.js';
import { Atlas } from './places/atlas.js';
import { nameOf, type Stores } from './stores.js';

/** The running application, as the tour and `--serve` see it. */
export interface Application {
  readonly nest: INestApplication;
  readonly url: string;
  readonly atlas: Atlas;
  /** Where the entries are, in words. */
  readonly store: string;
  /** Why the store cannot be used at the moment, if so. */
  readonly trouble: string | undefined;
}

/** Starts the application on a free port of this machine. It starts with or without its cache. */
export async function start(stores: Stores): Promise<Application> {
  const nest = await NestFactory.create(AppModule.over(stores), {
    logger: false, // what goes wrong at the start is thrown, once
    abortOnError: false,
    forceCloseConnections: true,
  });
  nest.useLogger(['warn', 'error']);
  await nest.listen(0, '127.0.0.1');
  return {
    nest,
    url: await nest.getUrl(),
    atlas: nest.get(Atlas),
    store: nameOf(stores),
    trouble: await emptied([nest.get<Cache>(getCacheToken()), nest.get<Cache>(getCacheToken('searches'))]),
  };
}

/** Edits last as long as the process, so what an earlier run left in Redis may be wrong. The first command also connects. */
async function emptied(caches: readonly Cache[]): Promise<string | undefined> {
  try {
    for (const cache of caches) await cache.clear();
    return undefined;
  } catch (error) {
    if (!isCacheError(error)) throw error;
    return error.code;
  }
}
