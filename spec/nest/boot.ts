import { type INestApplicationContext, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

const SILENT = { logger: false, abortOnError: false } as const;

/** A started application without a server, closed after the spec it was started in. */
export function useApps(): (metadata: ModuleMetadata) => Promise<INestApplicationContext> {
  const apps: INestApplicationContext[] = [];
  afterEach('close the applications', async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
  });
  return async (metadata) => {
    const app = await NestFactory.createApplicationContext(moduleOf(metadata), SILENT);
    apps.push(app);
    return app;
  };
}

/** Why an application does not start. */
export async function refusal(metadata: ModuleMetadata): Promise<Error & { readonly code?: string }> {
  let app: INestApplicationContext;
  try {
    app = await NestFactory.createApplicationContext(moduleOf(metadata), SILENT);
  } catch (error) {
    return error as Error;
  }
  await app.close();
  throw new Error('expected the application not to start');
}

/** A module class of its own for each call, as applications have. */
export function moduleOf(metadata: ModuleMetadata): new () => object {
  class AppModule {}
  Module(metadata)(AppModule);
  return AppModule;
}
