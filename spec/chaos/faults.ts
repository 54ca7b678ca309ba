import { type Arena, CANARY } from './arena.js';
import { CALM } from './origin.js';
import type { Random } from './random.js';

/** Something that goes wrong, and how it is put right again. */
export interface FaultKind {
  readonly name: string;
  /** How long it lasts, in ms; drawn between these. */
  readonly lasts: readonly [shortest: number, longest: number];
  /** @returns what puts it right */
  inject(arena: Arena, random: Random): Promise<() => Promise<unknown>>;
}

const nothing = (): Promise<void> => Promise.resolve();

/** One worker's line, or all of them. */
function lineOf(arena: Arena, random: Random): number | 'all' {
  return random.chance(0.5) ? 'all' : random.between(0, arena.fleet.size - 1);
}

/** The network misbehaves; afterwards connections that may be out of step are cut. */
function network(
  name: string,
  lasts: FaultKind['lasts'],
  fault: (random: Random) => Parameters<Arena['net']>[1],
  cutAfterwards = false,
): FaultKind {
  return {
    name,
    lasts,
    async inject(arena, random) {
      const line = lineOf(arena, random);
      await arena.net(line, fault(random));
      return async () => {
        if (cutAfterwards) await arena.cut(line);
        await arena.heal(line);
      };
    },
  };
}

/** Replies that cannot be trusted: what has no checksum is not protected. */
function damaged(name: string, fault: (random: Random) => Parameters<Arena['net']>[1]): FaultKind {
  const kind = network(name, [500, 2_500], fault, true);
  return {
    ...kind,
    async inject(arena, random) {
      const settled = arena.judge.relax(true);
      const heal = await kind.inject(arena, random);
      return async () => {
        await heal();
        await arena.sleep(300);
        settled();
      };
    },
  };
}

function setting(name: string, option: string, bad: string, good: string, lasts: FaultKind['lasts']): FaultKind {
  return {
    name,
    lasts,
    async inject(arena) {
      await arena.admin('CONFIG', 'SET', option, bad);
      return () => arena.admin('CONFIG', 'SET', option, good);
    },
  };
}

/** Done in a moment; what follows is up to the clients. */
function momentary(name: string, ...command: (string | number)[]): FaultKind {
  return {
    name,
    lasts: [0, 0],
    async inject(arena) {
      await arena.admin(...(command as [string, ...string[]]));
      return nothing;
    },
  };
}

function frozen(name: string, lasts: FaultKind['lasts']): FaultKind {
  return {
    name,
    lasts,
    inject(arena) {
      const { redis } = arena;
      redis.freeze();
      return Promise.resolve(async () => redis.thaw());
    },
  };
}

export const FAULTS: readonly FaultKind[] = [
  frozen('redis stands still for a moment', [100, 400]),
  frozen('redis stands still', [1_000, 4_000]),
  {
    name: 'redis is killed and comes back with its data',
    lasts: [100, 300],
    async inject({ redis }) {
      await redis.kill();
      return () => redis.start();
    },
  },
  {
    name: 'redis is killed and comes back empty',
    lasts: [100, 300],
    async inject(arena) {
      const { redis } = arena;
      await redis.kill();
      return async () => {
        await redis.start({ args: ['--appendonly', 'no'] });
        await arena.admin('CONFIG', 'SET', 'appendonly', 'yes');
      };
    },
  },
  network('connections are reset', [200, 2_000], () => ({ kind: 'rst' })),
  network('replies come late', [500, 3_000], (random) => ({ kind: 'delay', ms: random.between(50, 600) })),
  damaged('bits of replies flip', (random) => ({ kind: 'corrupt', oneIn: random.between(2, 20) })),
  momentary('all clients are disconnected', 'CLIENT', 'KILL', 'TYPE', 'normal'),
  setting('redis is full', 'maxmemory', '1', '0', [500, 3_000]),
  {
    name: 'the password changes',
    lasts: [500, 3_000],
    async inject(arena) {
      await arena.admin('CONFIG', 'SET', 'requirepass', CANARY);
      arena.password = CANARY;
      await arena.admin('CLIENT', 'KILL', 'TYPE', 'normal');
      return async () => {
        await arena.admin('CONFIG', 'SET', 'requirepass', '');
        arena.password = undefined;
      };
    },
  },
  momentary('everything is deleted', 'FLUSHALL'),
  {
    name: 'a worker stands still',
    lasts: [200, 3_000],
    inject({ fleet }, random) {
      const place = random.between(0, fleet.size - 1);
      fleet.freeze(place);
      return Promise.resolve(async () => fleet.thaw(place));
    },
  },
  {
    name: 'a worker is killed and replaced',
    lasts: [100, 1_000],
    async inject({ fleet }, random) {
      const place = random.between(0, fleet.size - 1);
      await fleet.kill(place);
      return () => fleet.replace(place);
    },
  },
  {
    name: 'the origin fails',
    lasts: [500, 3_000],
    inject({ origin }, random) {
      origin.mood = { ...CALM, failing: random.chance(0.5) ? 1 : 0.4 };
      return Promise.resolve(async () => (origin.mood = CALM));
    },
  },
];
