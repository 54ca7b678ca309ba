import { expect } from 'chai';
import fc from 'fast-check';
import { createCache, localBus, type Backend, type Cache } from 'cachewright';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { doubleOf } from '#lib/testing/backend-commands.js';
import { systemClock } from '#lib/util/clock.js';
import { withFences } from '../support/memory-fences.js';

/** `CACHEWRIGHT_INTERLEAVINGS=233334` for the long run: so many for each kind of store, 700,000 in all. */
const RUNS = Number(process.env['CACHEWRIGHT_INTERLEAVINGS'] ?? 400);

type Scheduler = fc.Scheduler;

/** The processes of a program. In memory there is one. */
type World = readonly [one: Cache, two: Cache];

/** Text behind promises: each command is carried out, and answered, when the scheduler says so. */
function server(scheduler: Scheduler): () => Backend {
  const memory = withFences(memoryBackend({}, { cache: 'shared', clock: systemClock }), systemClock);
  const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
  const backend = doubleOf(memory, async (command, carryOut) => {
    await scheduler.schedule(Promise.resolve(), command);
    const answer: unknown = await carryOut();
    await scheduler.schedule(Promise.resolve(), `answer of ${command}`);
    return answer;
  });
  return () => ({ ...backend, capabilities, identity: {}, close: () => Promise.resolve() });
}

const UNBOUNDED = { namespace: 'n', budget: 0, timeout: 0, breaker: false } as const;

const WORLDS: Readonly<Record<string, (scheduler: Scheduler) => World>> = {
  memory() {
    const cache = createCache({ backend: 'memory', ...UNBOUNDED });
    return [cache, cache];
  },
  'a shared store'(scheduler) {
    const backend = server(scheduler);
    const make = (): Cache => createCache({ backend: backend(), ...UNBOUNDED });
    return [make(), make()];
  },
  tiers(scheduler) {
    const backend = server(scheduler);
    const bus = localBus();
    const make = (): Cache =>
      createCache({ tiers: [{ backend: 'memory' }, { backend: backend() }], bus, ...UNBOUNDED });
    return [make(), make()];
  },
};

/** What a writer puts in the place of a loaded version: newer than all of them. */
const WRITTEN = Number.MAX_SAFE_INTEGER;

type Step = 'load' | 'load with a tag' | 'load with a late tag' | 'delete' | 'clear' | 'set' | 'invalidateTags';

const step = fc.record({
  /** How often others may go first. */
  pauses: fc.nat({ max: 12 }),
  by: fc.constantFrom<0 | 1>(0, 1),
  what: fc.constantFrom<Step>(
    'load',
    'load',
    'load with a late tag',
    'load with a tag',
    'delete',
    'clear',
    'set',
    'invalidateTags',
  ),
});

/** A row that is written and invalidated while it is loaded. */
class Story {
  #version = 0;
  /** What must not be seen any more: nothing older than this is stored in the end. */
  #least = 0;

  constructor(
    private readonly world: World,
    private readonly scheduler: Scheduler,
    private readonly tagged: boolean,
  ) {}

  async play({
    pauses,
    by,
    what,
  }: {
    readonly pauses: number;
    readonly by: 0 | 1;
    readonly what: Step;
  }): Promise<void> {
    for (let pause = 0; pause <= pauses; pause++) await this.scheduler.schedule(Promise.resolve(), what);
    const cache = this.world[by];
    if (what.startsWith('load')) return this.#load(cache, what);
    const version = ++this.#version;
    // A tag says nothing of entries that do not have it.
    if (what === 'invalidateTags' && !this.tagged) return;
    // Which of two writers comes last is their own affair: what they write passes for new.
    if (what === 'set') await cache.set('k', WRITTEN);
    else if (what === 'delete') await cache.delete('k');
    else if (what === 'clear') await cache.clear();
    else await cache.invalidateTags(['t']);
    this.#least = Math.max(this.#least, version);
  }

  /** Whatever became of everything: what is there now. */
  async check(): Promise<void> {
    for (const cache of this.world) {
      const reading = cache.get<number>('k');
      const stored = await this.scheduler.waitFor(reading);
      if (stored !== undefined) expect(stored).to.be.at.least(this.#least);
    }
  }

  async #load(cache: Cache, what: Step): Promise<void> {
    const least = this.#least;
    const tags = this.tagged || what === 'load with a tag' ? ['t'] : undefined;
    const options = what === 'load with a late tag' ? { tags: () => ['t'] } : tags === undefined ? {} : { tags };
    const value = await cache.getOrSet(
      'k',
      async () => {
        const version = this.#version;
        await this.scheduler.schedule(Promise.resolve(), 'loader');
        return version;
      },
      options,
    );
    // In one process nobody joins, or finds, what is older than an invalidation that had ended.
    if (this.world[0] === this.world[1]) expect(value).to.be.at.least(least);
  }
}

for (const [name, make] of Object.entries(WORLDS)) {
  describe(`loads and invalidations in any order on ${name}`, function () {
    this.timeout(20_000 + RUNS * 20);

    it('never leave a value that is older than an invalidation', async () => {
      const property = fc.asyncProperty(
        fc.scheduler(),
        fc.array(step, { minLength: 2, maxLength: 6 }),
        fc.boolean(),
        async (scheduler, steps, tagged) => {
          const world = make(scheduler);
          const story = new Story(world, scheduler, tagged);
          await scheduler.waitFor(Promise.all(steps.map((each) => story.play(each))));
          await story.check();
          await Promise.all(world.map((cache) => cache.close()));
        },
      );
      await fc.assert(property, { numRuns: RUNS });
    });
  });
}
