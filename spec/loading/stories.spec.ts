import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import {
  type Cache,
  cacheScope,
  type GetOrSetOptions,
  isCacheError,
  type Isolation,
  type LoadContext,
} from 'cachewright';
import { internalsOf } from '#lib/cache/internals.js';
import { Framed } from '#lib/entries/framed.js';
import { allowed, type Call, ERRORS_MS, type Freshness, JITTER, type Other, step } from '../support/story-steps.js';
import { type Setting, type World, WORLDS } from '../support/story-worlds.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

/** `CACHEWRIGHT_STORIES=100000` for the long run: so many for each kind of store. */
const RUNS = Number(process.env['CACHEWRIGHT_STORIES'] ?? 200);

/** With other specs in the process, what those left running has timers on our clock, too. */
const ALONE = process.env['CACHEWRIGHT_STORIES'] !== undefined;

const TICK_MS = 4;
interface Value {
  readonly key: string;
  readonly id: number;
}

/** What a loader, or a writer, made. */
interface Made extends Value {
  readonly process: Cache;
  /** Moments of the story. */
  readonly begun: number;
  ended: number;
  /** Times, and lifetimes, in ms. */
  endedAt: number;
  lastAt: number;
  ttlMs: number;
  /** It has been on its way to a store that tells of that. */
  sent: boolean;
  readonly tagged: boolean;
  /** A loader said that it is not modified. */
  renewed: boolean;
}

class OriginError extends Error {
  constructor(readonly load: Made) {
    super(`of load ${load.id}`);
  }
}

/** What is invalidated, and when that began and was acknowledged. */
interface Invalidation {
  readonly by: Cache;
  readonly key: string | undefined;
  readonly tags: boolean;
  /** Across processes what was written may have been there and expired within a load, which nobody notices. */
  readonly replaces: boolean;
  readonly begun: number;
  ended: number;
}

class Story {
  readonly world: World;
  #moment = 0;
  readonly #made: Made[] = [];
  readonly #invalidations: Invalidation[] = [];
  readonly #running = new Set<Made>();
  /** Loads of these may be more than one at a time from now on. */
  readonly #excused = new Set<string>();
  readonly #closed = new Set<Cache>();
  #failing = 0;
  #failed = false;
  #off = 0;

  constructor(
    make: (setting: Setting) => World,
    private readonly scheduler: fc.Scheduler,
    private readonly tagged: boolean,
    draw: number,
    budget: number,
    private readonly isolation: Isolation,
  ) {
    this.world = make({
      pause: (label) => this.pause(label),
      random: () => draw,
      stores: (id) => {
        this.#made[id]!.lastAt = performance.now();
        this.#made[id]!.sent = true;
      },
      fails: () => this.#failing > 0,
      budget,
      isolation,
    });
  }

  async pause(label: string, times = 1): Promise<void> {
    for (let time = 0; time < times; time++) await this.scheduler.schedule(Promise.resolve(), label);
  }

  async play(each: Call | Other): Promise<void> {
    await this.pause(each.what, each.pauses + 1);
    const cache = this.world.caches[each.by];
    if (each.what === 'call') return this.#call(cache, each);
    if (each.what === 'off') return this.#switchOff(cache, each);
    if (each.what === 'close') {
      this.#excuse(cache, undefined);
      this.#closed.add(cache);
      return cache.close();
    }
    if (each.what === 'failing store') {
      this.#failing++;
      this.#failed = true;
      await this.pause(each.what, each.lasts);
      return void this.#failing--;
    }
    return this.#invalidate(cache, each);
  }

  async #switchOff(cache: Cache, { lasts }: Other): Promise<void> {
    this.#excuse(cache, undefined);
    this.#off++;
    cache.disable();
    await this.pause('off', lasts);
    if (--this.#off === 0) for (const each of this.world.caches) each.enable();
  }

  async #invalidate(cache: Cache, { what, key }: Other): Promise<void> {
    const { enabled } = cache;
    const begun = ++this.#moment;
    const concerned = what === 'delete' || what === 'set' ? key : undefined;
    const invalidation = {
      by: cache,
      key: concerned,
      tags: what === 'invalidateTags',
      replaces: what === 'set',
      begun,
      ended: Infinity,
    };
    for (const each of this.world.caches) this.#excuse(each, concerned);
    if (what === 'set' && !enabled) return;
    try {
      if (what === 'set') {
        const { id, made } = this.#make(cache, key, 40, false);
        await cache.set(key, { key, id }, { ttl: 40 });
        made.lastAt = performance.now();
        // Which of two writers comes last is their own affair.
        (made as { begun: number }).begun = this.#moment + 1;
      } else if (what === 'delete') await cache.delete(key);
      else if (what === 'clear') await cache.clear();
      else await cache.invalidateTags(['t']);
    } catch (error) {
      if (!this.#failed && !this.#closed.has(cache)) throw error;
      return;
    }
    // A cache that was closed meanwhile tells nobody any more.
    if (!enabled || this.#closed.has(cache)) return;
    invalidation.ended = ++this.#moment;
    this.#invalidations.push(invalidation);
  }

  /** What has been invalidated, as far as this process, or nobody in particular, has to know. */
  #known(cache: Cache | undefined, key: string): Invalidation[] {
    return this.#invalidations.filter((each) => {
      if (each.key !== undefined && each.key !== key) return false;
      return this.world.told || each.by === cache || (cache === undefined && !each.replaces);
    });
  }

  /** It is none of what was known to be invalidated. */
  #allowed(made: Made, known: readonly Invalidation[], what: string): void {
    const least = known.map((each) => {
      const notNoticed = made.renewed && !this.world.told && !each.tags;
      return notNoticed || (each.tags && !made.tagged) ? 0 : each.begun;
    });
    expect(made.begun, `${what} ${made.id} of ${made.key}: invalidated`).to.be.at.least(Math.max(0, ...least));
  }

  #excuse(cache: Cache, key: string | undefined): void {
    for (const each of key === undefined ? ['a', 'b'] : [key])
      this.#excused.add(`${this.world.caches.indexOf(cache)} ${each}`);
  }

  #make(process: Cache, key: string, ttlMs: number, tagged: boolean): { id: number; made: Made } {
    const id = this.#made.length;
    const begun = ++this.#moment;
    const made: Made = {
      key,
      id,
      process,
      begun,
      ended: Infinity,
      endedAt: Infinity,
      lastAt: Infinity,
      ttlMs,
      sent: false,
      tagged,
      renewed: false,
    };
    this.#made.push(made);
    return { id, made };
  }

  async #load(
    cache: Cache,
    step: Call,
    known: readonly Invalidation[],
    context: LoadContext | undefined,
  ): Promise<Value> {
    const { key, loader, options, tagsBy } = step;
    const ttlMs = loader === 'sets a ttl' ? 20 : options.ttl * (1 + (options.jitter ?? 0));
    const { id, made } = this.#make(cache, key, loader === 'sets a ttl' ? ttlMs * (1 + JITTER) : ttlMs, this.tagged);
    for (const each of this.#running)
      if (each.key === key && each.process === cache)
        expect(this.#excused.has(`${this.world.caches.indexOf(cache)} ${key}`), `loads of ${key} at a time`).to.equal(
          true,
        );
    if (this.world.tiered) for (const each of this.world.caches) if (each !== cache) this.#excuse(each, key);
    this.#running.add(made);
    if (context?.stale !== undefined) this.#sound(context.stale, key, known, 'stale');
    await this.pause(`loader ${id} of ${key}`, 2);
    this.#running.delete(made);
    made.ended = ++this.#moment;
    made.endedAt = made.lastAt = performance.now();
    if (loader === 'fails') throw new OriginError(made);
    if (context?.signal.aborted === true) throw context.signal.reason;
    if (loader === 'skips') context?.skip();
    if (loader === 'sets a ttl') context?.setTtl(20);
    if (this.tagged && tagsBy === 'context') context?.setTags(['t']);
    if (loader === 'is not modified' && context?.stale !== undefined) {
      const stale = this.#made[(context.stale as Value).id]!;
      stale.renewed = true;
      stale.lastAt = performance.now();
      stale.ttlMs = Math.max(stale.ttlMs, ttlMs);
      return context.stale as Value;
    }
    return { key, id };
  }

  /** It is one that was made for the key, as it was made, and not invalidated. */
  #sound(value: unknown, key: string, known: readonly Invalidation[], what: string): Made {
    const { id } = value as Value;
    const made = this.#made[id]!;
    expect(value, what).to.deep.equal({ key, id });
    this.#allowed(made, known, what);
    return made;
  }

  async #call(cache: Cache, step: Call): Promise<void> {
    const { key, options: given, tagsBy, scope, abortsAfter, loader } = step;
    const options = allowed(given);
    const known = this.#known(cache, key);
    const begun = ++this.#moment;
    const begunAt = performance.now();
    const closed = this.#closed.has(cache);
    const used = cache.enabled && !closed;
    if (options.hardTimeout !== undefined || scope?.read === false) this.#excuse(cache, key);
    const controller = abortsAfter === null ? undefined : new AbortController();
    if (controller !== undefined)
      void this.pause('abort', abortsAfter! + 1).then(() => {
        this.#excuse(cache, key);
        controller.abort(new Error('gave up'));
      });
    const talks = (this.tagged && tagsBy === 'context') || !['answers', 'fails'].includes(loader);
    const load = talks
      ? (context: LoadContext): Promise<Value> => this.#load(cache, step, known, context)
      : (): Promise<Value> => this.#load(cache, step, known, undefined);
    const tags = tagsBy === 'list' ? ['t'] : () => ['t'];
    const how: GetOrSetOptions<Value> = {
      ...options,
      signal: controller?.signal,
      ...(this.tagged && tagsBy !== 'context' && { tags }),
    };
    const kept = this.world.entries?.find(`n:${key}`)?.value;
    let value: Value;
    try {
      value = await cacheScope(scope ?? {}, () => cache.getOrSet(key, load, how));
    } catch (error) {
      if (controller?.signal.aborted === true && error === controller.signal.reason) return;
      if (isCacheError(error, 'ERR_CACHE_LOADER_TIMEOUT') && options.hardTimeout !== undefined) return;
      if (closed && isCacheError(error, 'ERR_CACHE_CLOSED')) return;
      if (!(error instanceof OriginError)) throw error;
      const { load: failed } = error;
      expect(failed.key).to.equal(key);
      expect(failed.process === cache, 'the error of this process').to.equal(true);
      this.#allowed(failed, known, 'error');
      if (failed.ended < begun) expect(begunAt - failed.endedAt, 'error too old').to.be.below(ERRORS_MS);
      this.#couldStandIn(kept, key, step, options);
      return;
    }
    const made = this.#sound(value, key, known, 'answer');
    if ((options.isolation ?? this.isolation) === 'copy') (value as { key: string }).key = 'changed';
    if (options.isolation === 'freeze' && used) expect(Object.isFrozen(value), 'frozen').to.equal(true);
    this.#inTime(made, cache, begun, begunAt, options);
  }

  /** It is no older than the options of the call allow. */
  #inTime(made: Made, cache: Cache, begun: number, begunAt: number, options: Freshness): void {
    if (this.world.tiered && this.#failed) return;
    // Its marks are still being asked for: its load goes on, and may be joined.
    if (this.world.entries === undefined && !made.sent) return;
    const staleFor = begunAt - made.lastAt - made.ttlMs;
    const { staleWhileRevalidate = 0, staleIfError = 0 } = options;
    expect(staleFor, `answer ${made.id}: stale`).to.be.below(
      Math.max(staleWhileRevalidate, staleIfError, Number.MIN_VALUE),
    );
    if (staleFor < Math.max(staleWhileRevalidate, Number.MIN_VALUE)) return;
    const { softTimeout, hardTimeout, retryAfter, staleIfErrorWhen } = options;
    if (softTimeout !== undefined || retryAfter !== undefined) return;
    if (hardTimeout !== undefined && staleIfErrorWhen === undefined) return;
    const failed = this.#made.some(
      ({ key, process, ended, endedAt }) =>
        key === made.key && process === cache && (ended > begun || begunAt - endedAt < ERRORS_MS),
    );
    expect(failed && staleIfErrorWhen === undefined, `answer ${made.id}: stale without a failure`).to.equal(true);
  }

  /** Nothing was there that the options let stand in for a loader's failure. */
  #couldStandIn(kept: unknown, key: string, { scope }: Call, options: Freshness): void {
    const { staleIfError, staleIfErrorWhen } = options;
    if (staleIfError === undefined || staleIfErrorWhen !== undefined || scope !== null) return;
    if (!(kept instanceof Framed) || this.world.entries!.find(`n:${key}`)?.value !== kept) return;
    if (this.#invalidations.length > 0 || this.#off > 0 || this.#closed.size > 0) return;
    const { freshUntil, keptUntil } = kept.facts;
    expect(performance.now(), 'a stale value could be had').to.be.at.least(
      Math.min(keptUntil, freshUntil + staleIfError),
    );
  }

  get loading(): boolean {
    return this.#running.size > 0;
  }

  /** What is stored in the end. */
  async check(): Promise<void> {
    for (const cache of this.world.caches) {
      if (this.#closed.has(cache)) continue;
      for (const key of ['a', 'b']) {
        const stored = await cache.get<Value | undefined>(key);
        if (stored === undefined) continue;
        this.#sound(stored, key, this.#known(undefined, key), 'stored');
      }
    }
  }
}

const turn = setImmediate;

for (const [name, make] of Object.entries(WORLDS)) {
  describe(`stories of all that loading can do, on ${name}`, function () {
    this.timeout(20_000 + RUNS * 40);
    forbidUnhandledRejections();

    it('end, answer what may be answered, and leave nothing behind', async () => {
      const property = fc.asyncProperty(
        fc.scheduler(),
        fc.array(step, { minLength: 2, maxLength: 8 }),
        fc.boolean(),
        fc.constantFrom(0, 0.5, 0.99),
        fc.constantFrom(0, 20),
        fc.constantFrom<Isolation>('none', 'copy'),
        async (scheduler, steps, tagged, draw, budget, isolation) => {
          // Not `process.nextTick`: the fake one forgets inside of which load it was called.
          const toFake = ['setTimeout', 'clearTimeout', 'setImmediate', 'performance', 'Date'] as const;
          const time = sinon.useFakeTimers({ toFake: [...toFake] });
          try {
            const story = new Story(make, scheduler, tagged, draw, budget, isolation);
            const open = new Set(steps);
            const ended = Promise.allSettled(steps.map((each) => story.play(each).finally(() => open.delete(each))));
            const clock = async (): Promise<void> => {
              for (let tick = 0; tick < 30; tick++) {
                await story.pause('time');
                time.tick(TICK_MS);
              }
            };
            void clock();
            const settle = async (until: () => boolean): Promise<void> => {
              for (let round = 0; !until() && round < 60; round++) {
                await scheduler.waitIdle();
                time.tick(round < 20 ? 1 : 1_000);
                await new Promise((resolve) => turn(resolve));
              }
            };
            const settled = async (work: Promise<unknown>): Promise<void> => {
              let outcome: unknown = 'unsettled';
              work.then(
                () => (outcome = undefined),
                (error: unknown) => (outcome = error),
              );
              await settle(() => outcome !== 'unsettled');
              if (outcome !== undefined) throw outcome;
            };
            await settle(() => open.size === 0 && !story.loading);
            expect([...open].map(({ what }) => what)).to.deep.equal([]);
            for (const outcome of await ended) if (outcome.status === 'rejected') throw outcome.reason;
            await settled(story.check());
            await settled(Promise.all(story.world.caches.map((cache) => cache.close())));
            await scheduler.waitIdle();
            await story.world.store.close();
            time.tick(3_600_000);
            await new Promise((resolve) => turn(resolve));
            if (ALONE) expect(time.countTimers(), 'timers left').to.equal(0);
            for (const cache of story.world.caches)
              expect(internalsOf(cache).stack.fence.idle, 'the fence is idle').to.equal(true);
          } finally {
            time.restore();
          }
        },
      );
      await fc.assert(property, { numRuns: RUNS });
    });
  });
}
