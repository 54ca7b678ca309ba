import { type Backend, type Cache, createCache, type Isolation, localBus } from 'cachewright';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { internalsOf } from '#lib/cache/internals.js';
import type { NearStore } from '#lib/contracts/near.js';
import { doubleOf } from '#lib/testing/backend-commands.js';
import { systemClock } from '#lib/util/clock.js';
import { withFences } from './memory-fences.js';

/** The processes of a program, and what they share. */
export interface World {
  readonly caches: readonly [Cache, Cache];
  /** Which process hears of an invalidation by another before that is acknowledged. */
  readonly told: boolean;
  readonly tiered: boolean;
  /** The store, where it holds the very entries. */
  readonly entries?: NearStore | undefined;
  readonly store: Backend;
}

export interface Setting {
  readonly pause: (label: string) => Promise<void>;
  readonly random: () => number;
  /** A value is being stored, or was. */
  readonly stores: (id: number) => void;
  readonly fails: () => boolean;
  readonly budget: number;
  readonly isolation: Isolation;
}

/** Text behind promises: each command is carried out, and answered, when the scheduler says so. */
function server({ pause, stores, fails }: Setting): { readonly store: Backend; connect(): Backend } {
  const memory = withFences(memoryBackend({}, { cache: 'shared', clock: systemClock }), systemClock);
  const double = doubleOf(memory, async (command, carryOut) => {
    await pause(command);
    if (fails()) throw new Error('of the store');
    const answer: unknown = await carryOut();
    await pause(`answer of ${command}`);
    return answer;
  });
  const noting = <A extends unknown[], R>(write: (...args: A) => R | Promise<R>) => {
    return async (...args: A): Promise<R> => {
      const note = (): void => {
        for (const [, id] of JSON.stringify(args.slice(0, 2)).matchAll(/\\"id\\":(\d+)/g)) stores(Number(id));
      };
      note();
      return Promise.resolve(write(...args)).finally(note);
    };
  };
  const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
  const fences = { ...double.fences!, store: noting(double.fences!.store) };
  const noted = { ...double, set: noting(double.set), fences, capabilities };
  return { store: memory, connect: () => ({ ...noted, identity: {}, close: () => Promise.resolve() }) };
}

/** By the name of what they keep entries in. */
export const WORLDS: Readonly<Record<string, (setting: Setting) => World>> = {
  memory({ random, budget, isolation }) {
    const cache = createCache({ backend: 'memory', namespace: 'n', random, budget, isolation });
    const { spec, near } = internalsOf(cache).stack;
    return { caches: [cache, cache], told: true, tiered: false, store: spec.backend, entries: near };
  },
  'a shared store'(setting) {
    const { store, connect } = server(setting);
    const { random, budget, isolation } = setting;
    const make = (): Cache =>
      createCache({ backend: connect(), namespace: 'n', breaker: false, timeout: 0, random, budget, isolation });
    return { caches: [make(), make()], told: false, tiered: false, store };
  },
  tiers(setting) {
    const { store, connect } = server(setting);
    const bus = localBus();
    const { random, budget, isolation } = setting;
    const make = (): Cache => {
      const tiers = [{ backend: 'memory' as const, ttl: 25 }, { backend: connect() }] as const;
      return createCache({
        tiers: [...tiers],
        bus,
        namespace: 'n',
        breaker: false,
        timeout: 0,
        random,
        budget,
        isolation,
      });
    };
    return { caches: [make(), make()], told: true, tiered: true, store };
  },
};
