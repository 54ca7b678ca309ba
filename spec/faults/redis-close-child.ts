/** A program of its own for the close spec: brings a backend into some state, closes it, reports, and must end by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { redisBackend } from '#lib/backends/redis/redis.js';
import { isCacheError } from '#lib/errors.js';
import { context, text } from '../support/backend-calls.js';

export type CloseScenario = 'unused' | 'ready' | 'hanging' | 'failed' | 'dialling' | 'dialled' | 'given' | 'forgotten';

export interface CloseReport {
  readonly outcomes: readonly unknown[];
  readonly closeMs: number;
  /** What would keep the process alive after close. */
  readonly leftOver: readonly string[];
}

const [scenario, url] = process.argv.slice(2) as [CloseScenario, string];
const given = scenario === 'given' ? new Redis(url) : undefined;
const backend = redisBackend(given === undefined ? { url, connectTimeout: '30s' } : { client: given }, context);
const get = async (): Promise<unknown> => {
  try {
    return await backend.get('k', text);
  } catch (error) {
    return isCacheError(error) ? error.code : String(error);
  }
};
const outcomes: Promise<unknown>[] = [];

if (scenario === 'ready' || scenario === 'given') {
  await backend.set('k', 'v', undefined, text);
  outcomes.push(get());
  await outcomes[0];
} else if (scenario === 'hanging') {
  await backend.raw('CLIENT', ['PAUSE', '300', 'ALL'], text);
  outcomes.push(get());
} else if (scenario === 'failed' || scenario === 'forgotten') {
  outcomes.push(get());
  await outcomes[0];
} else if (scenario === 'dialling' || scenario === 'dialled') {
  outcomes.push(get());
  if (scenario === 'dialling') await sleep(100);
}

const started = performance.now();
if (scenario !== 'forgotten') await Promise.all([backend.close(), backend.close()]);
const closeMs = performance.now() - started;
const leftOver = process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout/.test(name) && given === undefined);
if (scenario === 'ready') outcomes.push(get());
if (given !== undefined) {
  outcomes.push(given.ping());
  await outcomes.at(-1);
  given.disconnect();
}
const report: CloseReport = { outcomes: await Promise.all(outcomes), closeMs, leftOver };
process.stdout.write(JSON.stringify(report));
