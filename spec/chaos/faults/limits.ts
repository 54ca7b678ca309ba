import { eventually } from '../../support/eventually.js';
import { nowUs } from '../clock.js';
import type { Arena } from '../arena.js';
import { PASSWORD } from '../site.js';
import { again, type FaultKind, MOMENT, nothing, SHORT, WHILE } from './kind.js';

/** How long scripts that were forbidden are left alone, and the values live that were stored without them. */
const UNFENCED_US = 72_000_000;

function setting(
  name: string,
  option: string,
  bad: string | number,
  good: string | number,
  lasts = WHILE as FaultKind['lasts'],
): FaultKind {
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
function momentary(name: string, command: string, ...args: (string | number)[]): FaultKind {
  return {
    name,
    lasts: MOMENT,
    async inject(arena) {
      await arena.admin(command, ...args);
      return nothing;
    },
  };
}

/** The user may less than before, and later as much again. */
function forbidden(name: string, ...rules: readonly string[]): FaultKind {
  return {
    name,
    lasts: WHILE,
    async inject(arena) {
      // Without scripts, or what they do, there is no fence for keys; and they are tried again only after a minute.
      const over = arena.judge.unfence();
      await arena.admin('ACL', 'SETUSER', 'default', ...rules);
      return async () => {
        await arena.admin('ACL', 'SETUSER', 'default', '+@all');
        over(nowUs() + UNFENCED_US);
      };
    },
  };
}

async function paused(arena: Arena, kind: 'ALL' | 'WRITE', ms: number): Promise<() => Promise<unknown>> {
  await arena.admin('CLIENT', 'PAUSE', ms, kind);
  return nothing;
}

export const LIMIT_FAULTS: readonly FaultKind[] = [
  momentary('all clients are disconnected', 'CLIENT', 'KILL', 'TYPE', 'normal'),
  momentary('all listeners are disconnected', 'CLIENT', 'KILL', 'TYPE', 'pubsub'),
  {
    name: 'clients are paused',
    lasts: WHILE,
    inject: (arena, random) => paused(arena, 'ALL', random.between(200, 2_000)),
  },
  {
    name: 'writes are paused',
    lasts: WHILE,
    inject: (arena, random) => paused(arena, 'WRITE', random.between(200, 2_000)),
  },
  setting('redis is full', 'maxmemory', 1, 0),
  {
    name: 'redis drops what it likes',
    lasts: WHILE,
    async inject(arena) {
      const used = Number(/used_memory:(\d+)/.exec(String(await arena.admin('INFO', 'memory')))![1]);
      const over = arena.loses();
      await arena.admin('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random');
      await arena.admin('CONFIG', 'SET', 'maxmemory', Math.floor(used * 0.8));
      return async () => {
        await arena.admin('CONFIG', 'SET', 'maxmemory', 0);
        await arena.admin('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
        over();
      };
    },
  },
  setting('too few replicas to write', 'min-replicas-to-write', 2, 0),
  setting('idle connections are closed', 'timeout', 1, 0),
  {
    name: 'the password changes',
    lasts: WHILE,
    async inject(arena) {
      const other = `${PASSWORD}-either`;
      await arena.admin('CONFIG', 'SET', 'requirepass', other);
      arena.password = other;
      await arena.admin('CLIENT', 'KILL', 'TYPE', 'normal');
      return async () => {
        await arena.admin('CONFIG', 'SET', 'requirepass', PASSWORD);
        arena.password = PASSWORD;
      };
    },
  },
  forbidden('scripts are forbidden', '-eval', '-evalsha'),
  forbidden('writes are forbidden', '-@write'),
  forbidden('reads are forbidden', '-@read'),
  {
    name: 'no more clients are let in',
    lasts: WHILE,
    async inject(arena, random) {
      // Held before: nobody could get in to put it right.
      const client = arena.connect(arena.redis);
      await client.call('CONFIG', 'SET', 'maxclients', random.between(1, arena.fleet.size));
      await client.call('CLIENT', 'KILL', 'TYPE', 'normal');
      return async () => {
        await client.call('CONFIG', 'SET', 'maxclients', 10_000);
        client.disconnect();
      };
    },
  },
  momentary('scripts are forgotten', 'SCRIPT', 'FLUSH'),
  {
    name: 'scripts are forgotten again and again',
    lasts: WHILE,
    inject: (arena) => {
      const client = arena.connect(arena.redis);
      const stop = again(10, () => client.call('SCRIPT', 'FLUSH'));
      return Promise.resolve(async () => {
        await stop();
        client.disconnect();
      });
    },
  },
  {
    name: 'a script does not end',
    lasts: SHORT,
    async inject(arena) {
      await arena.admin('CONFIG', 'SET', 'lua-time-limit', 50);
      const running = arena.connect(arena.redis);
      running.call('EVAL', 'while true do end', 0).catch(() => undefined);
      return async () => {
        await eventually(() => arena.admin('SCRIPT', 'KILL'));
        running.disconnect();
        await arena.answering();
      };
    },
  },
  {
    name: 'redis sleeps',
    lasts: MOMENT,
    async inject(arena, random) {
      await arena.admin('DEBUG', 'SLEEP', random.between(1, 15) / 10);
      return nothing;
    },
  },
  {
    name: 'somebody asks for all keys again and again',
    lasts: WHILE,
    async inject(arena) {
      await arena.admin('CONFIG', 'SET', 'slowlog-log-slower-than', 0);
      const client = arena.connect(arena.redis);
      const stop = again(2, () => client.call('KEYS', '*'));
      return async () => {
        await stop();
        client.disconnect();
        await arena.admin('CONFIG', 'SET', 'slowlog-log-slower-than', 10_000);
      };
    },
  },
  {
    name: 'redis forks again and again',
    lasts: WHILE,
    inject: (arena) => Promise.resolve(again(50, () => arena.admin('BGSAVE'))),
  },
];
