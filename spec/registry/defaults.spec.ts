import { expect } from 'chai';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import type { CacheConfig } from '#lib/registry/config.js';
import { define, type Surroundings } from '#lib/registry/definition.js';
import { BACKENDS } from '#lib/registry/backends.js';
import type { StackSpec } from '#lib/command/stack-spec.js';
import { systemClock } from '#lib/util/clock.js';
import { SpiedFactory } from './spied-backend.js';

const ALONE: Surroundings = { outerNamespace: undefined, clock: undefined, enabled: true, dataClasses: [] };

function stackOf(config: CacheConfig, surroundings = ALONE): StackSpec {
  return define(config, 'cache').stack('sessions', 'sessions', surroundings);
}

describe('what a cache is built from', () => {
  it('has the defaults of the documentation', () => {
    const { backend, serializer, ...spec } = stackOf({ backend: 'memory' });
    expect(backend.name).to.equal('memory');
    expect(serializer.name).to.equal('reference');
    expect(spec).to.deep.equal({
      name: 'sessions',
      namespace: 'sessions',
      outerNamespace: undefined,
      buildKey: undefined,
      ownsBackend: true,
      nearTier: undefined,
      plugins: [],
      ttlMs: undefined,
      timeoutMs: 5_000,
      budgetMs: 250,
      originConcurrency: undefined,
      isolation: 'none',
      breaker: { after: 5, retryMs: 500, maxRetryMs: 2_000 },
      clock: systemClock,
      random: Math.random,
      enabled: true,
      dataClasses: [],
    });
    expect(stackOf({ backend: 'redis' }).serializer.name).to.equal('json');
    expect(stackOf({ backend: new SpiedFactory() }).serializer.name).to.equal('json');
  });

  it('takes undefined for not given, and 0 and null for none', () => {
    const unset = { ttl: undefined, timeout: undefined, budget: undefined, breaker: undefined, namespace: undefined };
    expect(stackOf({ backend: 'memory', ...unset })).to.include({
      namespace: 'sessions',
      timeoutMs: 5_000,
      budgetMs: 250,
    });
    for (const none of [0, null, '0s'] as const) {
      const spec = stackOf({ backend: 'memory', ttl: none, timeout: none, budget: none });
      expect(spec).to.include({ ttlMs: undefined, timeoutMs: undefined, budgetMs: undefined });
    }
    for (const none of [0, null]) {
      expect(stackOf({ backend: 'memory', originConcurrency: none })).to.include({ originConcurrency: undefined });
    }
  });

  it('hands on what is no default', () => {
    class Dto {}
    const buildKey = (key: string): string => key;
    const surroundings = { outerNamespace: 'shop', clock: undefined, enabled: false, dataClasses: [Dto] };
    const spec = stackOf({ backend: 'memory', isolation: 'freeze', buildKey, breaker: false }, surroundings);
    expect(spec).to.include({
      outerNamespace: 'shop',
      buildKey,
      isolation: 'freeze',
      breaker: undefined,
      enabled: false,
    });
    expect(spec.dataClasses).to.deep.equal([Dto]);
  });

  it('keeps an empty namespace: bare keys', () => {
    expect(stackOf({ backend: 'memory', namespace: '' }).namespace).to.equal('');
  });

  it('turns durations into milliseconds', () => {
    const breaker = { after: 2, retry: '3s', maxRetry: '1m' } as const;
    const spec = stackOf({ backend: 'redis', ttl: '1.5s', timeout: 20, budget: '2m', breaker });
    expect(spec).to.include({ ttlMs: 1_500, timeoutMs: 20, budgetMs: 120_000 });
    expect(spec.breaker).to.deep.equal({ after: 2, retryMs: 3_000, maxRetryMs: 60_000 });
  });

  it('lets a longer retry lengthen the longest wait', () => {
    const spec = stackOf({ backend: 'redis', breaker: { retry: '5s' } });
    expect(spec.breaker).to.deep.equal({ after: 5, retryMs: 5_000, maxRetryMs: 5_000 });
  });

  it('makes new plugins for each cache, and keeps the order', () => {
    const audit = { name: 'audit' };
    const definition = define({ backend: 'memory', plugins: ['timing', audit, 'hit-miss-ratio'] }, 'cache');
    const [one, two] = [1, 2].map(() => definition.stack('a', 'a', ALONE).plugins);
    expect(one!.map(({ name }) => name)).to.deep.equal(['timing', 'audit', 'hit-miss-ratio']);
    expect(one![0]).not.to.equal(two![0]);
    expect(one![1]).to.equal(two![1]).and.to.equal(audit);
  });

  it('prefers its own clock to the registry’s', () => {
    const [own, outer] = [{ now: () => 1 }, { now: () => 2 }];
    expect(stackOf({ backend: 'memory', clock: own }, { ...ALONE, clock: outer }).clock).to.equal(own);
    expect(stackOf({ backend: 'memory' }, { ...ALONE, clock: outer }).clock).to.equal(outer);
  });

  it('tells a factory the name and the clock, and owns what it makes', () => {
    const factory = new SpiedFactory();
    const clock = { now: () => 1 };
    expect(stackOf({ backend: factory, clock }).ownsBackend).to.equal(true);
    expect(factory.contexts).to.deep.equal([{ cache: 'sessions', clock }]);
  });

  it('does not own a backend that was given ready', () => {
    const backend = memoryBackend({}, { cache: 'x', clock: systemClock });
    expect(stackOf({ backend })).to.include({ backend, ownsBackend: false });
  });

  it('is not changed by what happens to the config object later', () => {
    const plugins = ['timing' as const];
    const config = { backend: 'memory' as const, ttl: '1s' as `${number}s`, plugins };
    const definition = define(config, 'cache');
    config.ttl = '2s';
    plugins.pop();
    const spec = definition.stack('a', 'a', ALONE);
    expect(spec.ttlMs).to.equal(1_000);
    expect(spec.plugins).to.have.length(1);
  });

  for (const [name, row] of BACKENDS) {
    it(`knows what ${name} can hold before it is built`, async () => {
      const backend = row.create(name === 'dynamodb' ? { table: 'carts' } : {}, { cache: 'x', clock: systemClock });
      expect(backend.name).to.equal(name);
      expect(backend.capabilities.wire).to.equal(row.wire);
      await backend.close();
    });
  }
});
