import { eventually } from '../../support/eventually.js';
import type { Arena } from '../arena.js';
import type { Random } from '../random.js';
import { CLUSTER, type FaultKind, type Heal, MOMENT, nothing, SHORT, WHILE } from './kind.js';
import { durable } from './servers.js';

const SLOTS = 24;

/** A slot on its way from one master to another one. */
interface Move {
  readonly slot: number;
  readonly from: string;
  readonly to: string;
}

/** Slots with keys move from the master that the fault concerns to another one, in two steps each. */
class Moves {
  readonly #arena: Arena;
  readonly #ids: readonly string[];

  private constructor(arena: Arena, ids: readonly string[]) {
    this.#arena = arena;
    this.#ids = ids;
  }

  static async of(arena: Arena): Promise<Moves> {
    return new Moves(
      arena,
      (await arena.cluster.masters()).map(({ id }) => id),
    );
  }

  /** Some moves of slots that are in use. */
  async plan(random: Random): Promise<readonly Move[]> {
    const { redis } = this.#arena;
    const from = String(await this.#arena.ask(redis, 'CLUSTER', 'MYID'));
    const others = this.#ids.filter((id) => id !== from);
    const client = this.#arena.connect(redis);
    const [, keys] = await client.scan('0', 'COUNT', 10_000);
    const slots = new Set<number>();
    for (const key of random.shuffled(keys)) {
      if (slots.size < SLOTS) slots.add(Number(await client.cluster('KEYSLOT', key)));
    }
    client.disconnect();
    return [...slots].map((slot) => ({ slot, from, to: random.pick(others) }));
  }

  /** From now on either of the two may have a key of it. */
  async begin({ slot, from, to }: Move): Promise<void> {
    await this.#ask(to, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', from);
    await this.#ask(from, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', to);
  }

  /** @param most keys @returns whether some are left */
  async carry({ slot, from, to }: Move, most: number): Promise<boolean> {
    const keys = (await this.#ask(from, 'CLUSTER', 'GETKEYSINSLOT', slot, most)) as string[];
    if (keys.length === 0) return false;
    const { port } = this.#server(await this.#arena.cluster.nodes(), to);
    const { password } = this.#arena;
    await this.#ask(from, 'MIGRATE', '127.0.0.1', port, '', 0, 5_000, 'AUTH', password, 'KEYS', ...keys);
    return true;
  }

  async end(move: Move): Promise<void> {
    while (await this.carry(move, 1_000));
    const { slot, to, from } = move;
    for (const id of [to, from, ...this.#ids.filter((other) => other !== to && other !== from)]) {
      await this.#ask(id, 'CLUSTER', 'SETSLOT', slot, 'NODE', to);
    }
  }

  async #ask(id: string, command: string, ...args: (string | number)[]): Promise<unknown> {
    return this.#arena.ask(this.#server(await this.#arena.cluster.nodes(), id), command, ...args);
  }

  #server(nodes: Awaited<ReturnType<Arena['cluster']['nodes']>>, id: string): Arena['redis'] {
    return nodes.find((node) => node.id === id)!.server;
  }
}

/** The replica is the master, and everybody may know. */
async function promoted(arena: Arena, how: readonly string[]): Promise<void> {
  const replica = await arena.cluster.replica();
  await arena.ask(replica, 'CLUSTER', 'FAILOVER', ...how);
  await eventually(async () => {
    if (!String(await arena.ask(replica, 'INFO', 'replication')).includes('role:master')) throw new Error('not yet');
  }, 20_000);
}

async function untilItLed(arena: Arena, work: () => Promise<unknown>): Promise<Heal> {
  const { redis } = arena;
  const replica = await arena.cluster.replica();
  await work();
  await eventually(async () => {
    if (!String(await arena.ask(replica, 'INFO', 'replication')).includes('role:master')) throw new Error('not yet');
  }, 30_000);
  return async () => {
    await redis.start();
    await durable(arena);
  };
}

export const CLUSTER_FAULTS: readonly FaultKind[] = [
  {
    name: 'slots move',
    stacks: CLUSTER,
    lasts: MOMENT,
    async inject(arena, random) {
      const moves = await Moves.of(arena);
      for (const move of await moves.plan(random)) {
        await moves.begin(move);
        await moves.carry(move, 1);
        await arena.sleep(random.between(5, 50));
        await moves.end(move);
      }
      return nothing;
    },
  },
  {
    name: 'slots stand between two masters',
    stacks: CLUSTER,
    lasts: WHILE,
    async inject(arena, random) {
      const moves = await Moves.of(arena);
      const begun = await moves.plan(random);
      for (const move of begun) {
        await moves.begin(move);
        await moves.carry(move, random.between(1, 3));
      }
      return async () => {
        for (const move of begun) await moves.end(move);
      };
    },
  },
  {
    name: 'a replica takes over in peace',
    stacks: CLUSTER,
    lasts: MOMENT,
    async inject(arena) {
      await promoted(arena, []);
      // The master had waited until the replica knew everything.
      await arena.cluster.agree();
      return nothing;
    },
  },
  {
    name: 'a replica takes over by force',
    stacks: CLUSTER,
    lasts: MOMENT,
    async inject(arena, random) {
      await promoted(arena, [random.pick(['FORCE', 'TAKEOVER'])]);
      return nothing;
    },
  },
  {
    name: 'a master is killed and its replica takes over',
    stacks: CLUSTER,
    lasts: SHORT,
    inject: (arena) => untilItLed(arena, () => arena.redis.kill()),
  },
  {
    name: 'a master and its replica are away',
    stacks: CLUSTER,
    lasts: WHILE,
    async inject(arena) {
      const { redis } = arena;
      const replica = await arena.cluster.replica();
      await Promise.all([redis.kill(), replica.kill()]);
      return async () => {
        // The one with everything that was acknowledged first: it must not become a replica of the other one.
        await redis.start();
        await arena.answering();
        await replica.start();
        await durable(arena);
      };
    },
  },
  {
    name: 'most masters stand still',
    stacks: CLUSTER,
    lasts: [1_500, 4_000],
    async inject(arena, random) {
      const masters = random.shuffled(await arena.cluster.masters()).slice(0, 2);
      for (const { server } of masters) server.freeze();
      return async () => {
        for (const { server } of masters) server.thaw();
        await arena.answering();
      };
    },
  },
  {
    name: 'all replicas are away',
    stacks: CLUSTER,
    lasts: WHILE,
    async inject(arena) {
      const replicas = (await arena.cluster.nodes()).filter(({ replicaOf }) => replicaOf !== undefined);
      await Promise.all(replicas.map(({ server }) => server.kill()));
      return () => Promise.all(replicas.map(({ server }) => server.start()));
    },
  },
];
