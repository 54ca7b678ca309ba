import { parseArgs } from 'node:util';

export interface Arguments {
  /** `undefined` = memory. */
  readonly redis: string | undefined;
  readonly serve: boolean;
  readonly help: boolean;
}

export const USAGE = `npm run demo -- [--redis redis://127.0.0.1:6379] [--serve]

  --redis URL   keep the entries in this Redis instead of in memory
  --serve       start the application and leave it running, instead of the tour
`;

/** @throws TypeError for an option that does not exist */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      redis: { type: 'string' },
      serve: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return { redis: values.redis, serve: values.serve, help: values.help };
}
