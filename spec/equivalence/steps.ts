import * as fc from 'fast-check';
import { type Cache, isCacheError, optimistic } from 'cachewright';
import { type Lifetime, type Model, MS } from './model.js';

/** One command, as a real cache and the model carry it out. Prints as it could be typed. */
export interface Step {
  readonly text: string;
  real(cache: Cache, run: string): Promise<unknown>;
  model(model: Model): unknown;
}

/** Next to each other in every way that somebody might take for the same. */
const NAMESPACES = ['', 'a', 'a:', 'a*', 'b'];
const KEYS = ['k', 'kk', 'a:k', 'k*', 'grüße 世界', '%k', 'x'.repeat(300)];
const LIFETIMES: readonly Lifetime[] = ['ever', 'hour', 'day'];

const namespace = fc.constantFrom(...NAMESPACES);
const key = fc.constantFrom(...KEYS);
const keys = fc.array(key, { maxLength: 5 });
const lifetime = fc.constantFrom(...LIFETIMES);
const value = fc.oneof(
  fc.constantFrom<unknown>('', 'null', '42', null, true, false, 0, 1.5, -7, Number.MAX_SAFE_INTEGER),
  fc.integer({ min: -3, max: 3 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom<unknown>([], {}, { a: [1, null, { b: '\u0000' }] }),
);
const delta = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constant(Number.MAX_SAFE_INTEGER));

/** A namespace of its own for every run, so that no run needs an empty store. */
const within = (run: string, name: string) => ({ namespace: `${run}.${name}` });
const inModel = (name: string, one: string): string => `${JSON.stringify(name)} ${one}`;

function classOf(ttl: number | null | undefined): Lifetime | undefined {
  if (ttl === undefined) return undefined;
  if (ttl === null) return 'ever';
  return ttl <= MS.hour + 5_000 ? 'hour' : 'day';
}

function step(name: string, args: readonly unknown[], real: Step['real'], model: Step['model']): Step {
  const text = `${name}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`;
  return { text, real, model, [fc.toStringMethod]: () => text } as Step;
}

const setting = fc.tuple(namespace, key, value, lifetime);

export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  setting.map((args) => {
    const [n, k, v, l] = args;
    return step(
      'set',
      args,
      async (cache, run) => cache.set(k, v, { ...within(run, n), ttl: MS[l] }),
      (model) => model.set(inModel(n, k), v, l),
    );
  }),
  setting.map((args) => {
    const [n, k, v, l] = args;
    return step(
      'add',
      args,
      (cache, run) => cache.add(k, v, { ...within(run, n), ttl: MS[l] }),
      (model) => model.add(inModel(n, k), v, l),
    );
  }),
  fc.tuple(namespace, key).map((args) => {
    const [n, k] = args;
    return step(
      'get',
      args,
      (cache, run) => cache.get(k, within(run, n)),
      (model) => model.get(inModel(n, k)),
    );
  }),
  fc.tuple(namespace, keys).map((args) => {
    const [n, many] = args;
    return step(
      'multiGet',
      args,
      (cache, run) => cache.multiGet(many, within(run, n)),
      (model) => many.map((k) => model.get(inModel(n, k))),
    );
  }),
  fc.tuple(namespace, fc.array(fc.tuple(key, value), { maxLength: 5 }), lifetime).map((args) => {
    const [n, entries, l] = args;
    return step(
      'multiSet',
      args,
      async (cache, run) => cache.multiSet(entries, { ...within(run, n), ttl: MS[l] }),
      (model) => entries.forEach(([k, v]) => model.set(inModel(n, k), v, l)),
    );
  }),
  fc.tuple(namespace, key).map((args) => {
    const [n, k] = args;
    return step(
      'delete',
      args,
      (cache, run) => cache.delete(k, within(run, n)),
      (model) => model.delete(inModel(n, k)),
    );
  }),
  fc.tuple(namespace, keys).map((args) => {
    const [n, many] = args;
    return step(
      'multiDelete',
      args,
      (cache, run) => cache.multiDelete(many, within(run, n)),
      (model) => many.filter((k) => model.delete(inModel(n, k))).length,
    );
  }),
  fc.tuple(namespace, key).map((args) => {
    const [n, k] = args;
    return step(
      'exists',
      args,
      (cache, run) => cache.exists(k, within(run, n)),
      (model) => model.exists(inModel(n, k)),
    );
  }),
  fc.tuple(namespace, key, delta, lifetime).map((args) => {
    const [n, k, d, l] = args;
    return step(
      'increment',
      args,
      (cache, run) => cache.increment(k, d, { ...within(run, n), ttl: MS[l] }),
      (model) => model.increment(inModel(n, k), d, l),
    );
  }),
  fc.tuple(namespace, key, lifetime).map((args) => {
    const [n, k, l] = args;
    return step(
      'expire',
      args,
      (cache, run) => cache.expire(k, MS[l], within(run, n)),
      (model) => model.expire(inModel(n, k), l),
    );
  }),
  fc.tuple(namespace, key).map((args) => {
    const [n, k] = args;
    return step(
      'ttl',
      args,
      async (cache, run) => classOf(await cache.ttl(k, within(run, n))),
      (model) => model.ttl(inModel(n, k)),
    );
  }),
  namespace.map((n) =>
    step(
      'clear',
      [n],
      async (cache, run) => cache.clear(within(run, n)),
      (model) => model.clear(inModel(n, '')),
    ),
  ),
  fc.tuple(namespace, key, value, fc.constantFrom('nothing', 'a set', 'a deletion'), lifetime).map((args) => {
    const [n, k, v, between, l] = args;
    return step(
      'compareAndSet',
      args,
      async (cache, run) => {
        const entry = await optimistic(cache, k, within(run, n));
        if (between === 'a set') await cache.set(k, otherThan(entry.value), within(run, n));
        if (between === 'a deletion') await cache.delete(k, within(run, n));
        await entry.compareAndSet(v, { ttl: MS[l] });
        return entry.value;
      },
      (model) => {
        const final = inModel(n, k);
        const version = model.version(final);
        if (between === 'a set') model.set(final, otherThan(model.get(final)), 'ever');
        if (between === 'a deletion') model.delete(final);
        if (model.version(final) !== version) return { code: 'ERR_CACHE_CONFLICT' };
        model.set(final, v, l);
        return v;
      },
    );
  }),
);

/** A store that compares values cannot tell a value from itself. */
function otherThan(seen: unknown): string {
  return seen === 'between' ? 'between, again' : 'between';
}

/** What a step answers: of an error, its code. */
export async function answerOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    if (!isCacheError(error)) throw error;
    return { code: error.code };
  }
}
