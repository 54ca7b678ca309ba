import type { Backend, BackendCall, BackendCapabilities, BackendContext, Wire } from '../../contracts/backend.js';
import type { VersionedStore } from '../../contracts/versions.js';
import { UnsupportedCommandError } from '../../errors.js';
import { Generations } from '../../util/generations.js';
import { GenerationEntries } from './generation-entries.js';
import { MemcachedLocks } from './locks.js';
import { type MemcachedOptions, readMemcachedOptions } from './memcached-options.js';
import type { MemjsClient } from './memjs-client.js';
import { Opcode, Status } from './packet.js';
import { runRaw } from './raw-commands.js';
import { Rewriting } from './rewriting.js';
import { Servers } from './servers.js';
import { SingleGets } from './single-gets.js';
import { endOf, lifetime } from './storage.js';
import { MemcachedVersions } from './versions.js';
import { toWire } from './wire.js';
import { wireKey } from './wire-key.js';

/**
 * Entries on one or many Memcached servers. Connects with the first command.
 * @throws ConfigError when the options are wrong
 */
export function memcachedBackend(options: MemcachedOptions, context: BackendContext): Backend {
  const { servers, maxValueBytes, client } = readMemcachedOptions(options);
  return new MemcachedBackend(new Servers(servers, context.cache), maxValueBytes, client, context.cache);
}

class MemcachedBackend implements Backend {
  readonly name = 'memcached';
  readonly capabilities: BackendCapabilities;
  readonly identity: string;
  readonly locks: MemcachedLocks;
  readonly versions: VersionedStore;
  readonly #servers: Servers;
  readonly #generations: Generations;
  readonly #gets: SingleGets;
  readonly #rewriting: Rewriting;
  readonly #client: MemjsClient | undefined;
  readonly #cache: string;

  constructor(servers: Servers, maxValueBytes: number, client: MemjsClient | undefined, cache: string) {
    this.capabilities = { wire: 'bytes', ttlResolutionMs: 1_000, shared: true, maxValueBytes, clears: 'namespace' };
    this.identity = `memcached:${servers.all.map(({ name }) => name).join()}`;
    this.#servers = servers;
    this.#generations = new Generations(new GenerationEntries(servers));
    this.#gets = new SingleGets(servers, this.#generations);
    this.#rewriting = new Rewriting(servers, cache);
    this.locks = new MemcachedLocks(servers);
    this.versions = new MemcachedVersions(servers, this.#generations);
    this.#client = client;
    this.#cache = cache;
  }

  async connect(): Promise<void> {
    await Promise.all(this.#servers.all.map((server) => server.connect()));
  }

  close(): Promise<void> {
    return this.#servers.close();
  }

  get(key: string, { namespace, wire }: BackendCall): Promise<Wire | undefined> {
    return this.#gets.get(key, namespace, wire);
  }

  multiGet(keys: readonly string[], { namespace, wire }: BackendCall): Promise<(Wire | undefined)[]> {
    return this.#generations.within(namespace, (generation) =>
      this.#servers.getMany(
        keys.map((key) => wireKey(key, generation)),
        wire,
      ),
    );
  }

  async set(key: string, wire: Wire, ttlMs: number | undefined, { namespace }: BackendCall): Promise<void> {
    const value = toWire(wire);
    await this.#on(key, namespace, (final) =>
      this.#servers.one({ opcode: Opcode.set, key: final, value, extras: lifetime(ttlMs) }),
    );
  }

  async multiSet(
    entries: readonly (readonly [string, Wire])[],
    ttlMs: number | undefined,
    { namespace }: BackendCall,
  ): Promise<void> {
    const values = entries.map(([key, wire]) => [key, toWire(wire)] as const);
    await this.#generations.within(namespace, (generation) => {
      const extras = lifetime(ttlMs);
      return this.#servers.quiet(
        values.map(([key, value]) => ({ opcode: Opcode.setQuietly, key: wireKey(key, generation), value, extras })),
      );
    });
  }

  add(key: string, wire: Wire, ttlMs: number | undefined, { namespace }: BackendCall): Promise<boolean> {
    const value = toWire(wire);
    return this.#on(key, namespace, async (final) => {
      const { status } = await this.#servers.one({ opcode: Opcode.add, key: final, value, extras: lifetime(ttlMs) });
      return status === Status.ok;
    });
  }

  delete(keys: readonly string[], { namespace }: BackendCall): Promise<number> {
    return this.#generations.within(namespace, async (generation) => {
      const requests = [...new Set(keys)].map((key) => ({
        opcode: Opcode.deleteQuietly,
        key: wireKey(key, generation),
      }));
      const replies = await this.#servers.quiet(requests);
      return requests.filter((_, index) => replies[index] === undefined).length;
    });
  }

  exists(key: string, { namespace }: BackendCall): Promise<boolean> {
    return this.#on(key, namespace, async (final) => (await this.#servers.get(final)) !== undefined);
  }

  increment(key: string, delta: number, ttlMs: number | undefined, { namespace }: BackendCall): Promise<number> {
    return this.#on(key, namespace, (final) => this.#rewriting.increment(final, delta, ttlMs));
  }

  expire(key: string, ttlMs: number | undefined, { namespace }: BackendCall): Promise<boolean> {
    return this.#on(key, namespace, async (final) => (await this.#rewriting.expire(final, ttlMs)) === true);
  }

  expireUnless(
    key: string,
    ttlMs: number | undefined,
    beginning: string,
    { namespace }: BackendCall,
  ): Promise<boolean | undefined> {
    return this.#on(key, namespace, async (final) => {
      return (await this.#rewriting.expire(final, ttlMs, beginning)) ?? undefined;
    });
  }

  ttl(key: string, { namespace }: BackendCall): Promise<number | null | undefined> {
    return this.#on(key, namespace, async (final) => {
      const found = await this.#servers.get(final);
      if (found === undefined) return undefined;
      const endsAtS = endOf(found.extras);
      return endsAtS === 0 ? null : Math.max(1, endsAtS * 1_000 - Date.now());
    });
  }

  /** Of a namespace: a new generation. Of everything: what the servers themselves offer. */
  async clear(prefix: string): Promise<void> {
    if (prefix !== '') return this.#generations.renew(prefix);
    await Promise.all(this.#servers.all.map((server) => server.one({ opcode: Opcode.flush })));
  }

  /** See the documentation: commands of ours by their names in the protocol, or the methods of the given client. */
  raw(command: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#client === undefined) return runRaw(this.#servers, command, args, this.#cache);
    const method = (this.#client as unknown as Record<string, unknown>)[command];
    if (typeof method !== 'function') {
      throw new UnsupportedCommandError('raw: the given memjs client has no method of this name', {
        cache: this.#cache,
      });
    }
    return Promise.resolve(method.apply(this.#client, args) as unknown);
  }

  #on<T>(key: string, namespace: string, run: (final: string) => Promise<T>): Promise<T> {
    return this.#generations.within(namespace, (generation) => run(wireKey(key, generation)));
  }
}
