import type { Fault } from '../../support/fault-proxy.js';
import type { Arena } from '../arena.js';
import type { Random } from '../random.js';
import { again, type FaultKind, WHILE } from './kind.js';

/** One worker's line, or all of them. */
function lineOf({ fleet }: Arena, random: Random): number | 'all' {
  return random.chance(0.5) ? 'all' : random.between(0, fleet.size - 1);
}

function network(name: string, fault: (random: Random) => Fault, cutAfterwards = false): FaultKind {
  return {
    name,
    lasts: WHILE,
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

/** Replies that cannot be trusted: what has no checksum is not protected. Such connections are cut in the end. */
function damaged(name: string, fault: (random: Random) => Fault): FaultKind {
  const kind = network(name, fault, true);
  return {
    ...kind,
    async inject(arena, random) {
      const over = arena.judge.damages();
      const heal = await kind.inject(arena, random);
      return async () => {
        await heal();
        await arena.sleep(300);
        over();
      };
    },
  };
}

export const NETWORK_FAULTS: readonly FaultKind[] = [
  network('connections are reset', () => ({ kind: 'rst' })),
  network('connections are closed', () => ({ kind: 'fin' })),
  network('peers are gone without a word', () => ({ kind: 'gone' })),
  network('replies are kept back', () => ({ kind: 'hang' })),
  network('replies come late', (random) => ({ kind: 'delay', ms: random.between(50, 600) })),
  network('replies drip', (random) => ({ kind: 'drip', bytes: random.between(1, 40), everyMs: 5 }), true),
  network('replies are cut off', (random) => ({ kind: 'cut-after', bytes: random.between(1, 4_000) })),
  network('a reply is lost', () => ({ kind: 'drop-reply-once' })),
  damaged('bits of replies flip', (random) => ({ kind: 'corrupt', oneIn: random.between(2, 20) })),
  damaged('garbage between replies', (random) => ({ kind: 'garbage', oneIn: random.between(2, 20) })),
  {
    name: 'new connections lead nowhere',
    lasts: WHILE,
    async inject(arena, random) {
      const line = lineOf(arena, random);
      await arena.net(line, { kind: 'blackhole-after-connect' });
      await arena.cut(line);
      return () => arena.heal(line);
    },
  },
  {
    name: 'connections break again and again',
    lasts: WHILE,
    async inject(arena, random) {
      const line = lineOf(arena, random);
      return again(random.between(50, 250), () => arena.cut(line));
    },
  },
];
