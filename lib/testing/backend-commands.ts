import type { Backend, BackendCall } from '../contracts/backend.js';
import type { LoadFences } from '../contracts/load-fences.js';
import type { LockStore } from '../contracts/locks.js';
import type { VersionedStore } from '../contracts/versions.js';

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

/** The same for what only some backends offer. */
export const FACET_COMMANDS = {
  locks: ['acquire', 'renew', 'release', 'watch'],
  versions: ['read', 'compareAndSet'],
  fences: ['take', 'store'],
} as const;

type Facet = keyof typeof FACET_COMMANDS;

/** What a backend can be asked for. */
export type BackendCommand = (typeof BACKEND_COMMANDS | (typeof FACET_COMMANDS)[Facet])[number];

export const ALL_COMMANDS: readonly BackendCommand[] = [...BACKEND_COMMANDS, ...Object.values(FACET_COMMANDS).flat()];

type Method = (...args: unknown[]) => unknown;

/** What a double does instead of a command: `carryOut` runs it on the real backend. */
export type StandIn = (command: BackendCommand, carryOut: () => unknown, call: BackendCall) => unknown;

/**
 * A backend whose commands go through `standIn`. Shares its store, and with it its invalidations, with the one inside;
 * offers no short cut past its commands, so that every one is seen.
 */
export function doubleOf(inner: Backend, standIn: StandIn): Backend {
  const { fences, locks, versions } = inner;
  return {
    ...(doubles(inner, BACKEND_COMMANDS, standIn) as Backend),
    ...(locks === undefined ? {} : { locks: doubles(locks, FACET_COMMANDS.locks, standIn) as LockStore }),
    ...(versions === undefined
      ? {}
      : { versions: doubles(versions, FACET_COMMANDS.versions, standIn) as VersionedStore }),
    ...(fences === undefined ? {} : { fences: doubles(fences, FACET_COMMANDS.fences, standIn) as LoadFences }),
    name: inner.name,
    capabilities: inner.capabilities,
    identity: inner.identity ?? inner,
    connect: async () => inner.connect?.(),
    close: () => inner.close(),
  };
}

function doubles(target: object, commands: readonly BackendCommand[], standIn: StandIn): unknown {
  const methods = commands.flatMap((command): [string, Method][] => {
    const method = (target as Record<string, Method | undefined>)[command]?.bind(target);
    return method === undefined ? [] : [[command, (...args) => standIn(command, () => method(...args), callIn(args))]];
  });
  return Object.fromEntries(methods);
}

/** The last argument of every command; whoever calls may pass more of them, all undefined. */
function callIn(args: readonly unknown[]): BackendCall {
  return args.findLast((arg) => arg !== undefined) as BackendCall;
}
