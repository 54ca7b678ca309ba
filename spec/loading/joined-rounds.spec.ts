import { expect } from 'chai';
import sinon from 'sinon';
import { createCache, MultiCached, type Backend, type Cache, type GetOrSetOptions } from 'cachewright';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { fenceOf } from '#lib/command/fence.js';
import { systemClock } from '#lib/util/clock.js';
import { Random } from '../chaos/random.js';
import { context } from '../support/backend-calls.js';
import { withFences } from '../support/memory-fences.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

/** Of each kind. `CACHEWRIGHT_ROUNDS=20000` for the long run. */
const ROUNDS = Number(process.env['CACHEWRIGHT_ROUNDS'] ?? 150);
/** Some have found two loads at once: 422 and 14622 one that went on though others had taken over, 5146 one that stood in its own way where there is one place for loaders. */
const SEEDS = [422, 5_146, 14_622, ...Array.from({ length: ROUNDS }, (_, index) => index + 1)];
const KEYS = ['a', 'b', 'c'] as const;
const LATE_MS = [0, 1, 30, 70, 200, 1_000] as const;
const PATIENCE_MS = [0, 20, 50, 100, 5_000] as const;

/** Twelve calls for three keys, each with a patience of its own, on a store that answers in any order. */
class Round {
  /** Calls that have not ended. */
  open = 0;
  readonly wrong: string[] = [];
  /** Loads that began while the same key was being loaded. */
  doubles = 0;
  readonly identity = {};
  readonly #random: Random;
  readonly #cache: Cache;
  readonly #loading = new Map<string, number>();
  readonly #decorated = new Map<string, (ids: readonly string[]) => Promise<Map<string, string>>>();

  /** @param reentrant loaders ask for other keys, keys are invalidated meanwhile, and the store fails now and then */
  constructor(
    seed: number,
    readonly reentrant: boolean,
  ) {
    this.#random = new Random(seed);
    const memory = memoryBackend({}, context);
    const backend = this.#late(this.#random.chance(0.5) ? withFences(memory, systemClock) : memory);
    const originConcurrency = this.#random.pick([undefined, undefined, 1, 2]);
    this.#cache = createCache({ backend, breaker: false, ...(originConcurrency && { originConcurrency }) });
  }

  async run(time: sinon.SinonFakeTimers): Promise<void> {
    for (let call = 0; call < 12; call++) {
      this.#follow(this.#call());
      await time.tickAsync(this.#random.pick([0, 0, 1, 10, 40, 100]));
    }
    await time.tickAsync(60_000);
    await this.#cache.close();
  }

  #call(): Promise<unknown> {
    if (this.#random.chance(0.6)) return this.#one(this.#random.pick(KEYS), 0);
    if (this.reentrant && this.#random.chance(0.3)) return this.#cache.delete(this.#random.pick(KEYS));
    return this.#many(this.#random.pick([['a', 'b'], ['b', 'c', 'a'], ['a', 'a', 'c'], ['c']]));
  }

  #follow(call: Promise<unknown>): void {
    this.open++;
    const ended = (): void => void this.open--;
    call.then(ended, ended);
  }

  async #one(key: string, depth: number): Promise<void> {
    const options: GetOrSetOptions = {
      budget: this.#random.pick(PATIENCE_MS),
      timeout: this.#random.pick(PATIENCE_MS),
      onCacheError: this.#random.pick(['run', 'run', 'throw']),
      ...(this.#random.chance(0.3) && { lease: '2s' }),
    };
    this.#check(key, await this.#cache.getOrSet(key, () => this.#load(key, depth), options));
  }

  async #many(keys: readonly string[]): Promise<void> {
    const budget = this.#random.pick(PATIENCE_MS);
    const onCacheError = this.#random.pick(['run', 'run', 'throw'] as const);
    const options = `${budget} ${onCacheError}`;
    let call = this.#decorated.get(options);
    if (call === undefined) {
      const cache = (): Cache => this.#cache;
      const load = async (ids: readonly string[]): Promise<Map<string, string>> =>
        new Map(await Promise.all(ids.map(async (id) => [id, await this.#load(id, Infinity)] as const)));
      class Batches {
        @MultiCached({ cache, key: (id: string) => id, budget, onCacheError })
        load(ids: readonly string[]): Promise<Map<string, string>> {
          return load(ids);
        }
      }
      const batches = new Batches();
      this.#decorated.set(options, (call = (ids) => batches.load(ids)));
    }
    for (const [key, value] of await call(keys)) this.#check(key, value);
  }

  async #load(key: string, depth: number): Promise<string> {
    const others = this.#loading.get(key) ?? 0;
    if (others > 0) this.doubles++;
    this.#loading.set(key, others + 1);
    await new Promise((resolve) => setTimeout(resolve, this.#random.pick([0, 5, 50, 300])));
    if (this.reentrant && depth < 3 && this.#random.chance(0.4)) {
      await this.#one(this.#random.pick(KEYS), depth + 1).catch(() => undefined);
    }
    this.#loading.set(key, this.#loading.get(key)! - 1);
    return `value of ${key}`;
  }

  #check(key: string, value: string): void {
    if (value !== `value of ${key}`) this.wrong.push(`${key}: ${value}`);
  }

  /** Everything is carried out, and answered, some time later. */
  #late<T extends object>(target: T): T & Backend {
    const known = { identity: this.identity, near: undefined, close: async () => undefined };
    return new Proxy(target, {
      get: (_, name) => {
        if (name in known) return known[name as keyof typeof known];
        const value = Reflect.get(target, name) as unknown;
        if (name === 'capabilities') return { ...(value as object), wire: 'text', shared: true };
        if (name === 'fences' && value !== undefined) return this.#late(value as object);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) =>
          new Promise((resolve, reject) => {
            const fails = this.reentrant && this.#random.chance(0.05);
            const end = fails ? () => reject(new Error('down')) : () => resolve(Reflect.apply(value, target, args));
            setTimeout(end, this.#random.pick(LATE_MS));
          });
      },
    }) as T & Backend;
  }
}

describe('calls of different patience for the same keys', function () {
  this.timeout(30_000 + ROUNDS * 100);
  forbidUnhandledRejections();

  for (const reentrant of [false, true]) {
    it(`all end, ${reentrant ? 'though loaders ask for each other and keys are invalidated' : 'by one load at a time of each'}`, async () => {
      for (const seed of SEEDS) {
        // Not `process.nextTick`: the fake one forgets inside of which load it was called.
        const toFake = ['setTimeout', 'clearTimeout', 'setImmediate', 'performance', 'Date'] as const;
        const time = sinon.useFakeTimers({ toFake: [...toFake] });
        const round = new Round(seed, reentrant);
        // Not `time.restore()`: the sandbox would remember each of them.
        await round.run(time).finally(() => sinon.restore());
        expect(round.open, `calls that never end, seed ${seed}`).to.equal(0);
        expect(round.wrong, `seed ${seed}`).to.deep.equal([]);
        expect(fenceOf(round.identity).idle, `no flight is left behind, seed ${seed}`).to.equal(true);
        if (!reentrant) expect(round.doubles, `loads at the same time, seed ${seed}`).to.equal(0);
      }
    });
  }
});
