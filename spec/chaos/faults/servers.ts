import { eventually } from '../../support/eventually.js';
import type { RedisStart } from '../../support/redis-server.js';
import type { Arena } from '../arena.js';
import { again, type FaultKind, MOMENT, nothing, SHORT, SINGLE, WHILE } from './kind.js';

let emptied = 0;

/** A file that nobody has written: a replica keeps what it gets from its master in its own. */
function empty(): RedisStart {
  emptied += 1;
  return { args: ['--appendonly', 'no', '--dbfilename', `none-${emptied}.rdb`] };
}

function frozen(name: string, lasts: FaultKind['lasts']): FaultKind {
  return {
    name,
    lasts,
    inject({ redis }) {
      redis.freeze();
      return Promise.resolve(async () => redis.thaw());
    },
  };
}

function restarted(name: string, lasts: FaultKind['lasts'], start?: () => RedisStart): FaultKind {
  return {
    name,
    lasts,
    async inject(arena) {
      const { redis } = arena;
      const over = start === undefined ? undefined : arena.loses();
      await redis.kill();
      return async () => {
        await redis.start(start?.());
        await durable(arena);
        over?.();
      };
    },
  };
}

/** Whatever it was started with: from now on it keeps what it acknowledges. */
export async function durable(arena: Arena): Promise<void> {
  await arena.answering();
  await arena.admin('CONFIG', 'SET', 'appendonly', 'yes');
  await rewritten(arena);
}

/** A log that is still being written from memory would be incomplete after a crash. */
function rewritten(arena: Arena): Promise<void> {
  return eventually(async () => {
    const info = String(await arena.admin('INFO', 'persistence'));
    if (!/aof_rewrite_in_progress:0/.test(info) || !/aof_rewrite_scheduled:0/.test(info)) throw new Error('not yet');
  }, 20_000);
}

export const SERVER_FAULTS: readonly FaultKind[] = [
  frozen('redis stands still for a moment', SHORT),
  frozen('redis stands still', [1_000, 4_000]),
  frozen('redis stands still for long', [6_000, 7_500]),
  {
    name: 'redis stands still again and again',
    lasts: WHILE,
    inject({ redis }, random) {
      const ms = random.between(100, 300);
      let frozen = false;
      const stop = again(ms, () => {
        frozen = !frozen;
        if (frozen) redis.freeze();
        else redis.thaw();
      });
      return Promise.resolve(async () => {
        await stop();
        redis.thaw();
      });
    },
  },
  restarted('redis is killed and back with its data', SHORT),
  restarted('redis is killed and back empty', SHORT, empty),
  restarted('redis is killed and away for a while', [1_500, 4_000]),
  {
    name: 'redis is stopped and started',
    lasts: SHORT,
    async inject(arena) {
      await arena.redis.stop();
      return async () => {
        await arena.redis.start();
        await durable(arena);
      };
    },
  },
  {
    // What was invalidated since is back.
    name: 'redis is back with an old snapshot',
    lasts: SHORT,
    async inject(arena) {
      const { redis } = arena;
      const over = arena.judge.mayForget();
      // The file has another name where the server was started without one.
      const [, file] = (await arena.admin('CONFIG', 'GET', 'dbfilename')) as [string, string];
      await arena.admin('SAVE');
      await arena.sleep(1_000);
      await redis.kill();
      return async () => {
        await redis.start({ args: ['--appendonly', 'no', '--dbfilename', file] });
        await durable(arena);
        over(true);
      };
    },
  },
  {
    name: 'a replica takes over',
    stacks: SINGLE,
    lasts: MOMENT,
    async inject(arena) {
      const { redis } = arena;
      const { spare } = arena.single;
      await spare.start(empty());
      await arena.ask(spare, 'REPLICAOF', '127.0.0.1', redis.port);
      await eventually(async () => {
        const info = String(await arena.ask(spare, 'INFO', 'replication'));
        if (!info.includes('master_link_status:up')) throw new Error(`not in sync yet: ${info}`);
      }, 20_000);
      // For a moment the master may not yet know that it is in sync.
      await eventually(() => arena.admin('FAILOVER', 'TO', '127.0.0.1', spare.port), 20_000);
      await eventually(async () => {
        const info = String(await arena.ask(spare, 'INFO', 'replication'));
        if (!info.includes('role:master')) throw new Error('not promoted yet');
      }, 20_000);
      // New connections lead to the new master; those to the old one are told READONLY.
      await arena.swap();
      await durable(arena);
      await arena.sleep(1_000);
      await arena.single.spare.kill();
      return nothing;
    },
  },
  {
    name: 'redis becomes a replica of nobody',
    stacks: SINGLE,
    lasts: WHILE,
    async inject(arena) {
      await arena.admin('REPLICAOF', '127.0.0.1', 1);
      return () => arena.admin('REPLICAOF', 'NO', 'ONE');
    },
  },
];
