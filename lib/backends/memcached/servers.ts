import type { Wire } from '../../contracts/backend.js';
import type { WireKind } from '../../contracts/serializer.js';
import type { ServerAddress } from './memcached-options.js';
import type { Reply, Request } from './packet.js';
import { Ring } from './ring.js';
import { type AwaitedGet, Server } from './server.js';

/** All servers of one backend, and which key belongs to which. */
export class Servers {
  readonly all: readonly Server[];
  readonly #ring: Ring<Server> | undefined;

  constructor(addresses: readonly ServerAddress[], cache: string) {
    this.all = addresses.map((address) => new Server(address, cache));
    this.#ring = this.all.length === 1 ? undefined : new Ring(this.all, ({ name }) => name);
  }

  /** The server of a key. A dead one keeps its keys: another would answer with what was never told of their changes. */
  of(key: string): Server {
    return this.#ring === undefined ? this.all[0]! : this.#ring.ownerOf(key);
  }

  get(key: string): Promise<Reply | undefined> {
    return this.of(key).get(key);
  }

  ask(get: AwaitedGet): void {
    this.of(get.key).ask(get);
  }

  one(request: Request & { readonly key: string }): Promise<Reply> {
    return this.of(request.key).one(request);
  }

  /** By position. */
  getMany(keys: readonly string[], wire: WireKind): Promise<(Wire | undefined)[]> {
    return this.#share(
      keys,
      (key) => key,
      (server, share) => server.getMany(share, wire),
    );
  }

  /** Quiet requests to all servers concerned at once; replies by position. */
  quiet(requests: readonly (Request & { readonly key: string })[]): Promise<(Reply | undefined)[]> {
    return this.#share(
      requests,
      ({ key }) => key,
      (server, share) => server.quiet(share),
    );
  }

  async #share<T, A>(
    items: readonly T[],
    keyOf: (item: T) => string,
    ask: (server: Server, share: readonly T[]) => Promise<A[]>,
  ): Promise<A[]> {
    if (this.#ring === undefined) return ask(this.all[0]!, items);
    const answers = new Array<A>(items.length);
    const shares = new Map<Server, number[]>();
    items.forEach((item, position) => {
      const server = this.of(keyOf(item));
      const share = shares.get(server);
      if (share === undefined) shares.set(server, [position]);
      else share.push(position);
    });
    await Promise.all(
      [...shares].map(async ([server, positions]) => {
        const some = await ask(
          server,
          positions.map((position) => items[position]!),
        );
        positions.forEach((position, index) => (answers[position] = some[index]!));
      }),
    );
    return answers;
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((server) => server.close()));
  }
}
