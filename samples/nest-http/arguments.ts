import { parseArgs } from 'node:util';
import type { Stores } from './stores.js';

export interface Arguments extends Stores {
  readonly serve: boolean;
  readonly help: boolean;
}

export const USAGE = `npm run demo -- [--redis redis://127.0.0.1:6379 [--far redis://127.0.0.1:6380]] [--serve]

  --redis URL   keep the entries in this Redis instead of in memory
  --far URL     keep them in this one, and copies in memory and in the other one: three tiers
  --serve       start the application and leave it running, instead of the tour
`;

/** @throws TypeError for an option that does not exist, or that needs another one */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      redis: { type: 'string' },
      far: { type: 'string' },
      serve: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { redis, far } = values;
  if (far !== undefined && redis === undefined) throw new TypeError('--far needs --redis, for the copies');
  return { redis, far, serve: values.serve, help: values.help };
}
