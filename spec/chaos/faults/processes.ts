import { CALM, type OriginMood } from '../origin.js';
import type { Random } from '../random.js';
import { type FaultKind, MOMENT, nothing, WHILE } from './kind.js';

function origin(name: string, mood: (random: Random) => OriginMood): FaultKind {
  return {
    name,
    lasts: WHILE,
    inject({ origin }, random) {
      origin.mood = mood(random);
      return Promise.resolve(async () => (origin.mood = CALM));
    },
  };
}

export const PROCESS_FAULTS: readonly FaultKind[] = [
  {
    name: 'a worker stands still',
    lasts: [200, 4_000],
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
    name: 'a worker is busy with itself',
    lasts: MOMENT,
    inject({ fleet }, random) {
      fleet.stall(random.between(0, fleet.size - 1), random.between(100, 1_500));
      return Promise.resolve(nothing);
    },
  },
  origin('the origin is slow', (random) => ({ slowMs: random.between(300, 2_000), failing: 0 })),
  origin('the origin fails now and then', () => ({ ...CALM, failing: 0.4 })),
  origin('the origin fails', () => ({ ...CALM, failing: 1 })),
];
