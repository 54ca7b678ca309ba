import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import { createCache, type Cache, MultiCached } from 'cachewright';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { doubleOf } from '#lib/testing/backend-commands.js';
import { systemClock } from '#lib/util/clock.js';
import { withFences } from '../support/memory-fences.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

/** `CACHEWRIGHT_INTERLEAVINGS=233334` for the long run. */
const RUNS = Number(process.env['CACHEWRIGHT_INTERLEAVINGS'] ?? 400);

const PATIENT = { budget: '10s' } as const;
const HASTY = { budget: '20ms' } as const;
/** Some of which pass while the calls are under way. */
const TICK_MS = 7;

const KINDS = ['patient', 'hasty', 'patient batch', 'hasty batch', 'nested', 'leased', 'delete'] as const;

const step = fc.record({
  /** How often others may go first. */
  pauses: fc.nat({ max: 12 }),
  what: fc.constantFrom(...KINDS),
  fails: fc.constantFrom(false, false, false, true),
});

/** Calls of different patience that meet on two keys, on a store that answers when the scheduler says so. */
class Story {
  readonly #cache: Cache;
  readonly #batches: Batches;
  #running = 0;
  #most = 0;

  constructor(
    private readonly scheduler: fc.Scheduler,
    originConcurrency: number | undefined,
  ) {
    const memory = withFences(memoryBackend({}, { cache: 'shared', clock: systemClock }), systemClock);
    const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
    const backend = doubleOf(memory, async (command, carryOut) => {
      await scheduler.schedule(Promise.resolve(), command);
      return carryOut();
    });
    this.#cache = createCache({
      backend: { ...backend, capabilities, identity: {}, close: () => Promise.resolve() },
      breaker: false,
      timeout: '20s',
      originConcurrency,
    });
    this.#batches = new Batches(this.#cache, (ids) => this.#load(ids));
  }

  async play({ pauses, what, fails }: { pauses: number; what: (typeof KINDS)[number]; fails: boolean }): Promise<void> {
    for (let pause = 0; pause <= pauses; pause++) await this.scheduler.schedule(Promise.resolve(), what);
    const load = async (): Promise<string> => {
      await this.#load(['a']);
      if (fails) throw new Error('of the loader');
      return 'a';
    };
    const cache = this.#cache;
    const calls: Record<typeof what, () => Promise<unknown>> = {
      patient: () => cache.getOrSet('a', load, PATIENT),
      hasty: () => cache.getOrSet('a', load, HASTY),
      leased: () => cache.getOrSet('a', load, { ...PATIENT, lease: '5s' }),
      'patient batch': () => this.#batches.patient(['a', 'b']),
      'hasty batch': () => this.#batches.hasty(['b', 'a']),
      // One that asks for the other key on its way, and so may meet those who ask the other way round.
      nested: () => cache.getOrSet('b', async () => `${await cache.getOrSet('a', load, HASTY)}b`, PATIENT),
      delete: () => cache.delete('a'),
    };
    await calls[what]().catch((error: unknown) => {
      if ((error as Error).message !== 'of the loader') throw error;
    });
  }

  /** How many loads of the origin ran at the same time. */
  get most(): number {
    return this.#most;
  }

  close(): Promise<void> {
    return this.#cache.close();
  }

  async #load(ids: readonly string[]): Promise<Map<string, string>> {
    this.#most = Math.max(this.#most, ++this.#running);
    await this.scheduler.schedule(Promise.resolve(), `loader of ${ids.join()}`);
    this.#running--;
    return new Map(ids.map((id) => [id, id]));
  }
}

class Batches {
  constructor(
    readonly cache: Cache,
    private readonly load: (ids: readonly string[]) => Promise<Map<string, string>>,
  ) {}

  @MultiCached({ cache: (self: Batches) => self.cache, key: (id: string) => id, ...PATIENT })
  patient(ids: readonly string[]): Promise<Map<string, string>> {
    return this.load(ids);
  }

  @MultiCached({ cache: (self: Batches) => self.cache, key: (id: string) => id, ...HASTY })
  hasty(ids: readonly string[]): Promise<Map<string, string>> {
    return this.load(ids);
  }
}

describe('calls of different patience for the same keys, in any order', function () {
  this.timeout(20_000 + RUNS * 40);
  forbidUnhandledRejections();

  it('all end', async () => {
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.array(step, { minLength: 2, maxLength: 6 }),
      fc.constantFrom(undefined, 1),
      async (scheduler, steps, originConcurrency) => {
        // Not `process.nextTick`: the fake one forgets inside of which load it was called.
        const time = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
        try {
          const story = new Story(scheduler, originConcurrency);
          const open = new Set(steps);
          const all = steps.map((each) => story.play(each).finally(() => open.delete(each)));
          const clock = async (): Promise<void> => {
            for (let tick = 0; tick < 8; tick++) {
              await scheduler.schedule(Promise.resolve(), 'time');
              time.tick(TICK_MS);
            }
          };
          void clock();
          const ended = Promise.all(all);
          for (let turn = 0; open.size > 0 && turn < 60; turn++) {
            await scheduler.waitIdle();
            if (turn > 30) time.tick(1_000);
            await new Promise(setImmediate);
          }
          expect([...open].map(({ what }) => what)).to.deep.equal([]);
          await ended;
          if (originConcurrency !== undefined) expect(story.most).to.be.at.most(originConcurrency);
          void scheduler.waitIdle();
          await story.close();
        } finally {
          time.restore();
        }
      },
    );
    await fc.assert(property, { numRuns: RUNS });
  });
});
