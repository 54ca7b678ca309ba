import type { Backend } from '../contracts/backend.js';

/** The commands of a backend that a double stands in for: everything that gets a `BackendCall`. */
export const BACKEND_COMMANDS = [
  'get',
  'multiGet',
  'set',
  'multiSet',
  'add',
  'delete',
  'exists',
  'increment',
  'expire',
  'ttl',
  'clear',
  'raw',
] as const satisfies readonly (keyof Backend)[];

export type BackendCommand = (typeof BACKEND_COMMANDS)[number];

type Method = (...args: unknown[]) => unknown;

/** What a double does instead of a command: `carryOut` runs it on the real backend. */
export type StandIn = (command: BackendCommand, carryOut: () => unknown) => unknown;

/**
 * A backend whose commands go through `standIn`. Shares its store, and with it its invalidations, with the one inside;
 * offers no short cut past its commands, so that every one is seen.
 */
export function doubleOf(inner: Backend, standIn: StandIn): Backend {
  const commands = BACKEND_COMMANDS.map((command): [string, Method] => {
    const method = (inner[command] as Method).bind(inner);
    return [command, (...args) => standIn(command, () => method(...args))];
  });
  return {
    ...(Object.fromEntries(commands) as unknown as Pick<Backend, BackendCommand>),
    name: inner.name,
    capabilities: inner.capabilities,
    identity: inner.identity ?? inner,
    connect: async () => inner.connect?.(),
    close: () => inner.close(),
  };
}
