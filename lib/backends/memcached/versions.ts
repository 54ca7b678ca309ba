import type { BackendCall, Wire } from '../../contracts/backend.js';
import type { Versioned, VersionedStore } from '../../contracts/versions.js';
import type { Generations } from '../../util/generations.js';
import { Opcode, Status } from './packet.js';
import type { Servers } from './servers.js';
import { lifetime } from './storage.js';
import { fromWire, toWire } from './wire.js';
import { wireKey } from './wire-key.js';

/** A state of a key. The server numbers every write; absence has no number. */
interface Version {
  readonly generation: string;
  readonly cas: bigint | undefined;
}

/** Compare-and-set by the server's own numbers: exact, whatever was written in between. */
export class MemcachedVersions implements VersionedStore {
  readonly #servers: Servers;
  readonly #generations: Generations;

  constructor(servers: Servers, generations: Generations) {
    this.#servers = servers;
    this.#generations = generations;
  }

  read(key: string, { namespace, wire }: BackendCall): Promise<Versioned> {
    return this.#generations.within(namespace, async (generation) => {
      const found = await this.#servers.get(wireKey(key, generation));
      const version: Version = { generation, cas: found?.cas };
      return { wire: found === undefined ? undefined : fromWire(found, wire), version };
    });
  }

  compareAndSet(
    key: string,
    version: Version,
    wire: Wire,
    ttlMs: number | undefined,
    { namespace }: BackendCall,
  ): Promise<{ readonly version: Version } | undefined> {
    const value = toWire(wire);
    return this.#generations.within(namespace, async (generation) => {
      // The namespace was cleared since: then the entry that was read is gone.
      if (generation !== version.generation) return undefined;
      const { status, cas } = await this.#servers.one({
        ...(version.cas === undefined ? { opcode: Opcode.add } : { opcode: Opcode.set, cas: version.cas }),
        key: wireKey(key, generation),
        value,
        extras: lifetime(ttlMs),
      });
      return status === Status.ok ? { version: { generation, cas } } : undefined;
    });
  }
}
