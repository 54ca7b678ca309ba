import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { Cached, cachedMethod, CacheEvict, cacheScope, createCache, type Cache, type LockStore } from 'cachewright';
import { asynchronous, faulty } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { context, failureOf } from '../support/backend-calls.js';
import { caught } from '../support/caught.js';
import { deferred } from '../support/deferred.js';
import { eventually } from '../support/eventually.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

/** Two caches on one store that know nothing of each other, like two processes. */
function twoProcesses() {
  const memory = memoryBackend({}, context);
  const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
  const backends = [0, 1].map(() => {
    const double = asynchronous(memory);
    return faulty({ ...double, capabilities, identity: {}, close: () => Promise.resolve() });
  });
  const caches = backends.map((backend) => createCache({ backend, namespace: 'n', budget: '50ms', breaker: false }));
  return { backends, caches } as {
    backends: [ReturnType<typeof faulty>, ReturnType<typeof faulty>];
    caches: [Cache, Cache];
  };
}

describe('a lease', () => {
  forbidUnhandledRejections();
  let world: ReturnType<typeof twoProcesses>;
  beforeEach(() => (world = twoProcesses()));
  afterEach(() => Promise.all(world.caches.map((cache) => cache.close())));

  it('lets one process load, and the others read what it stored', async () => {
    const loaded = deferred<string>();
    let loads = 0;
    const load = (): Promise<string> => {
      loads += 1;
      return loaded.promise;
    };
    const answers = world.caches.flatMap((cache) => [1, 2, 3].map(() => cache.getOrSet('k', load, { lease: '5s' })));
    await sleep(30);
    expect(loads).to.equal(1);
    loaded.resolve('value');
    expect(new Set(await Promise.all(answers))).to.deep.equal(new Set(['value']));
    expect(loads).to.equal(1);
  });

  it('is taken over by the next when nothing was stored, or the loader failed', async () => {
    const [one, two] = world.caches;
    let loads = 0;
    const nothing = async (): Promise<undefined> => {
      loads += 1;
      await sleep(5);
      return undefined;
    };
    const plan = { lease: '5s' } as const;
    expect(await Promise.all([one.getOrSet('k', nothing, plan), two.getOrSet('k', nothing, plan)])).to.deep.equal([
      undefined,
      undefined,
    ]);
    expect(loads).to.equal(2);
    const failure = new Error('of the loader');
    const failing = caught(one.getOrSet('f', () => sleep(5).then(() => Promise.reject(failure)), plan));
    const fine = sleep(1).then(() => two.getOrSet('f', () => 'fine', plan));
    expect(await failing).to.equal(failure);
    expect(await fine).to.equal('fine');
  });

  // How much it costs is told by a fake clock, in lease-budget.spec.ts.
  it('is done without when the lock cannot be asked for, or never answers', async () => {
    const [backend] = world.backends;
    const [cache] = world.caches;
    backend.fail('acquire');
    expect(await cache.getOrSet('a', () => 'loaded', { lease: '5s' })).to.equal('loaded');
    backend.hang('acquire');
    expect(await cache.getOrSet('b', () => 'loaded', { lease: '5s' })).to.equal('loaded');
    backend.heal();
  });

  it('goes on waiting when a read fails meanwhile, and when the backend cannot wake anybody', async () => {
    const [one, two] = world.caches;
    world.backends[1].fail('watch');
    const loaded = deferred<string>();
    const first = one.getOrSet('k', () => loaded.promise, { lease: '5s' });
    await sleep(10);
    const second = two.getOrSet('k', () => 'own', { lease: '5s' });
    await sleep(10);
    world.backends[1].once.fail('get');
    await sleep(60);
    loaded.resolve('shared');
    expect(await first).to.equal('shared');
    expect(await second).to.equal('shared');
  });

  it('does not read what waits to be invalidated', async () => {
    const [cache] = world.caches;
    const [backend] = world.backends;
    class Reports {
      @CacheEvict({ key: () => 'k', cache: () => cache })
      async change(): Promise<void> {}
    }
    await cache.set('k', 'old');
    backend.fail('delete');
    await new Reports().change();
    expect(cache.pendingInvalidations).to.equal(1);
    expect(await cache.getOrSet('k', () => 'new', { lease: '5s' })).to.equal('new');
    backend.heal();
    await eventually(() => expect(cache.pendingInvalidations).to.equal(0));
  });

  it('leaves nobody listening whose question for that was answered too late', async () => {
    const [backend] = world.backends;
    const listening = deferred<() => void>();
    let stopped = 0;
    let asked = 0;
    const locks: LockStore = {
      acquire: () => ((asked += 1), { heldForMs: 30 }),
      renew: () => true,
      release: () => true,
      watch: () => listening.promise,
    };
    const cache = createCache({ backend: { ...backend, locks }, budget: '100ms', breaker: false });
    const waiting = new AbortController();
    const call = caught(cache.getOrSet('k', () => 'v', { lease: '5s', signal: waiting.signal }));
    // Asked once more: listening has been given up.
    await eventually(() => expect(asked).to.be.greaterThan(1));
    listening.resolve(() => void (stopped += 1));
    await eventually(() => expect(stopped).to.equal(1));
    waiting.abort();
    await call;
    await cache.close();
  });

  it('of a holder that vanished is waited for, and then taken over', async () => {
    const [one, two] = world.caches;
    world.backends[0].fail('renew');
    world.backends[0].fail('release');
    const gone = deferred<string>();
    const lost = one.getOrSet('k', () => gone.promise, { lease: '80ms' });
    await sleep(10);
    expect(await two.getOrSet('k', () => 'second', { lease: '80ms' })).to.equal('second');
    gone.resolve('first');
    // Its callers get what it loaded, but the value of the newer holder stays.
    expect(await lost).to.equal('first');
    expect(await two.get('k')).to.equal('second');
  });

  it('ends the wait of a caller who leaves', async () => {
    const [one, two] = world.caches;
    const loaded = deferred<string>();
    const first = one.getOrSet('k', () => loaded.promise, { lease: '5s' });
    await sleep(10);
    const leaving = new AbortController();
    const second = caught(two.getOrSet('k', () => 'own', { lease: '5s', signal: leaving.signal }));
    await sleep(10);
    leaving.abort('left');
    expect(await second).to.equal('left');
    loaded.resolve('value');
    await first;
  });

  it('works in decorators, and not for those who want the value anew', async () => {
    const [one, two] = world.caches;
    let loads = 0;
    class Reports {
      constructor(readonly cache: Cache) {}

      @Cached({ cache: (self: Reports) => self.cache, lease: '5s', key: (day: string) => day })
      async of(day: string): Promise<string> {
        loads += 1;
        await sleep(5);
        return `${day} ${loads}`;
      }

      @CacheEvict({ cache: (self: Reports) => self.cache, key: (day: string) => day })
      async drop(_day: string): Promise<void> {}
    }
    const [a, b] = [new Reports(one), new Reports(two)];
    expect(await Promise.all([a.of('mon'), b.of('mon')])).to.deep.equal(['mon 1', 'mon 1']);
    expect(await cachedMethod(a, 'of').refresh('mon')).to.equal('mon 2');
    expect(await cacheScope({ read: false }, () => b.of('mon'))).to.equal('mon 3');
    await a.drop('mon');
    expect(await b.of('mon')).to.equal('mon 4');
  });

  it('is refused where it is wrong, and does nothing on a backend of this process', async () => {
    const [cache] = world.caches;
    await failureOf(() => cache.getOrSet('k', () => 1, { lease: 0 }), 'ERR_CACHE_CONFIG');
    await failureOf(() => cache.getOrSet('k', () => 1, { lease: 'x' as never }), 'ERR_CACHE_CONFIG');
    const local = faulty();
    const own = createCache({ backend: local });
    expect(await own.getOrSet('k', () => 1, { lease: '1s' })).to.equal(1);
    expect(local.calls('acquire')).to.equal(0);
    await own.close();
  });
});
