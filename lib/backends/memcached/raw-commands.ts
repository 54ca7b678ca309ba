import { ConfigError, InvalidKeyError, isCacheError, UnsupportedCommandError } from '../../errors.js';
import { Opcode, type Reply, Status } from './packet.js';
import type { Servers } from './servers.js';
import { counting, storage } from './storage.js';
import { isWireKey } from './wire-key.js';

type Raw = (servers: Servers, ...args: never[]) => Promise<unknown>;

const stored = ({ status }: Reply): boolean => status === Status.ok;

const store =
  (opcode: number) =>
  async (servers: Servers, key: string, value: string | Uint8Array, seconds = 0): Promise<boolean> =>
    stored(await servers.one({ opcode, key, value: Buffer.from(value as string), extras: storage(0, seconds) }));

const count =
  (opcode: number) =>
  async (servers: Servers, key: string, delta = 1): Promise<number | undefined> => {
    const { status, value } = await servers.one({ opcode, key, extras: counting(delta) });
    return status === Status.ok ? Number(value.readBigUInt64BE()) : undefined;
  };

/** Answers of all servers, by their names. */
async function ofAll<T>(
  servers: Servers,
  ask: (server: Servers['all'][number]) => Promise<T>,
): Promise<Record<string, T>> {
  return Object.fromEntries(
    await Promise.all(servers.all.map(async (server) => [server.name, await ask(server)] as const)),
  );
}

/** The server's own commands. Keys go out as they are, lifetimes are seconds. */
const COMMANDS = {
  /** `key` → `Buffer`, or `undefined` */
  get: async (servers: Servers, key: string) => (await servers.get(key))?.bytes,
  /** `key, value, seconds = 0` → whether it was stored */
  set: store(Opcode.set),
  add: store(Opcode.add),
  replace: store(Opcode.replace),
  delete: async (servers: Servers, key: string) => stored(await servers.one({ opcode: Opcode.delete, key })),
  /** `key, delta = 1` → the number, or `undefined` */
  incr: count(Opcode.increment),
  decr: count(Opcode.decrement),
  /** `key, seconds` → whether it was there */
  async touch(servers: Servers, key: string, seconds: number) {
    return stored(await servers.one({ opcode: Opcode.touch, key, extras: storage(0, seconds).subarray(4) }));
  },
  /** By server. */
  stats: (servers: Servers, group = '') => ofAll(servers, (server) => server.stats(group)),
  version: (servers: Servers) =>
    ofAll(servers, async (server) => (await server.one({ opcode: Opcode.version })).value.toString()),
  flush_all: (servers: Servers) => ofAll(servers, async (server) => stored(await server.one({ opcode: Opcode.flush }))),
} satisfies Record<string, Raw>;

const KEYLESS = ['stats', 'version', 'flush_all'];
const NAMES = Object.keys(COMMANDS);

export async function runRaw(
  servers: Servers,
  command: string,
  args: readonly unknown[],
  cache: string,
): Promise<unknown> {
  if (!Object.hasOwn(COMMANDS, command)) {
    throw new UnsupportedCommandError(
      `raw: memcached has no command of this name here; there are ${NAMES.join(', ')}`,
      {
        cache,
      },
    );
  }
  const [key] = args;
  const keyless = command === 'stats' ? key === undefined || key === '' : KEYLESS.includes(command);
  if (!keyless && !isWireKey(key)) {
    // The server would close the connection, and others wait on it.
    const what = command === 'stats' ? 'group of stats' : 'key';
    throw new InvalidKeyError(`raw: the ${what} is none for memcached; give 1 to 250 visible ASCII characters`, {
      cache,
    });
  }
  try {
    return await (COMMANDS as Record<string, Raw>)[command]!(servers, ...(args as never[]));
  } catch (error) {
    if (isCacheError(error)) throw error;
    // Thrown while the request was put together. Its message would show the value.
    throw new ConfigError(`raw: ${command} was given something that does not fit into its request`, { cache });
  }
}
