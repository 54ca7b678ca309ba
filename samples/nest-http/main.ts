import 'reflect-metadata';
import { isCacheError } from 'cachewright';
import { start } from './application.js';
import { readArguments, USAGE, type Arguments } from './arguments.js';
import { serve } from './serve.js';
import { tour } from './tour/tour.js';

async function main({ help, serve: stays, ...stores }: Arguments): Promise<void> {
  if (help) {
    process.stdout.write(USAGE);
    return;
  }
  const application = await start(stores);
  if (stays) return serve(application);
  try {
    await tour(application);
  } finally {
    await application.nest.close();
  }
}

try {
  await main(readArguments(process.argv.slice(2)));
} catch (error) {
  // A mistake on the command line deserves its message, anything else its stack.
  const mistake = error instanceof TypeError || isCacheError(error, 'ERR_CACHE_CONFIG');
  console.error(mistake ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = 1;
}
