import { expect } from 'chai';
import { createCache, type Cache } from 'cachewright';
import { HeldBackend, settled } from '../support/held-backend.js';
import { caught } from '../support/caught.js';
import { deferred } from '../support/deferred.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

const stores: Record<string, () => Cache> = {
  memory: () => createCache('memory://'),
  'a backend that answers later': () => createCache({ backend: new HeldBackend().backend }),
};

for (const [kind, make] of Object.entries(stores)) {
  describe(`getOrSet over ${kind}: one load per key`, () => {
    forbidUnhandledRejections();

    it('loads once for 10,000 concurrent callers', async () => {
      const cache = make();
      const load = deferred<number>();
      let loads = 0;
      const calls = Array.from({ length: 10_000 }, () => cache.getOrSet('k', () => (loads++, load.promise)));
      await settled();
      load.resolve(42);
      expect(new Set(await Promise.all(calls))).to.deep.equal(new Set([42]));
      expect(loads).to.equal(1);
      expect(await cache.get('k')).to.equal(42);
    });

    it('also for callers who arrive in any microtask around the one in which the load ends', async () => {
      const cache = make();
      let loads = 0;
      const calls: Promise<number>[] = [];
      const call = (): void => void calls.push(cache.getOrSet('k', async () => ++loads));
      call();
      for (let tick = 0; tick < 60; tick++) {
        await Promise.resolve();
        call();
      }
      expect(new Set(await Promise.all(calls))).to.deep.equal(new Set([1]));
      expect(loads).to.equal(1);
    });

    it('shares a failure, stores none, and passes it on as it is', async () => {
      const cache = make();
      for (const failure of [new Error('origin'), Object.freeze(new TypeError('frozen')), 'text', undefined, null, 0]) {
        let loads = 0;
        const fail = async (): Promise<never> => {
          loads++;
          throw failure;
        };
        const failures = await Promise.all([1, 2, 3].map(() => caught(cache.getOrSet('k', fail))));
        expect(failures).to.deep.equal([failure, failure, failure]);
        expect(failures.every((one) => one === failure)).to.equal(true);
        expect(loads).to.equal(1);
        expect(await cache.exists('k')).to.equal(false);
      }
      expect(await cache.getOrSet('k', () => 'fine')).to.equal('fine');
    });

    it('copes with loaders that throw at once, answer at once, or are odd thenables', async () => {
      const cache = make();
      expect(await cache.getOrSet('sync', () => 1)).to.equal(1);
      const thrown = new Error('at once');
      expect(
        await caught(
          cache.getOrSet('thrown', () => {
            throw thrown;
          }),
        ),
      ).to.equal(thrown);
      const twice = {
        then(resolve: (value: number) => void, reject: (error: unknown) => void) {
          resolve(3);
          reject(new Error('too late'));
          throw new Error('later still');
        },
      };
      expect(await cache.getOrSet('twice', () => twice as unknown as Promise<number>)).to.equal(3);
      expect(await cache.get('twice')).to.equal(3);
    });

    it('answers undefined without storing it, and stores null', async () => {
      const cache = make();
      let loads = 0;
      for (let round = 0; round < 2; round++) {
        expect(await cache.getOrSet('u', () => void loads++)).to.equal(undefined);
      }
      expect(loads).to.equal(2);
      expect(await cache.getOrSet('n', () => null)).to.equal(null);
      expect(await cache.getOrSet('n', () => 'not run')).to.equal(null);
    });

    it('keeps keys and caches apart', async () => {
      const [one, other] = [make(), make()];
      const answers = await Promise.all([
        one.getOrSet('a', async () => 'one a'),
        one.getOrSet('b', async () => 'one b'),
        other.getOrSet('a', async () => 'other a'),
        one.getOrSet('a', async () => 'namespaced', { namespace: 'x' }),
      ]);
      expect(answers).to.deep.equal(['one a', 'one b', 'other a', 'namespaced']);
    });

    it('lets the loader decide the ttl, or not to store', async () => {
      const cache = make();
      await cache.getOrSet('t', ({ setTtl }) => (setTtl('1h'), 1), { ttl: '1m' });
      expect(await cache.ttl('t')).to.be.within(3_590_000, 3_600_000);
      await cache.getOrSet('m', () => 1, { ttl: '1m' });
      expect(await cache.ttl('m')).to.be.within(59_000, 60_000);
      await cache.getOrSet('never', () => 1, { ttl: 0 });
      expect(await cache.ttl('never')).to.equal(null);
      await cache.getOrSet('s', (context) => (context.skip(), 1));
      expect(await cache.exists('s')).to.equal(false);
    });

    it('tells the loader its key, and rejects a bad ttl', async () => {
      const cache = make();
      expect(await cache.getOrSet('k', ({ key }) => key)).to.equal('k');
      const wrong = caught(cache.getOrSet('j', (context) => (context.setTtl('soon' as never), 1)));
      expect(await wrong).to.have.property('code', 'ERR_CACHE_CONFIG');
      expect(await caught(cache.getOrSet('j', () => 1, { ttl: 'soon' as never }))).to.have.property(
        'code',
        'ERR_CACHE_CONFIG',
      );
    });

    it('does not deadlock when a load asks for itself, at any depth, also by way of another key', async () => {
      const cache = make();
      const nest = (depth: number): Promise<number> =>
        cache.getOrSet('k', async () => {
          await settled(1);
          return depth === 0 ? 1 : (await nest(depth - 1)) + 1;
        });
      for (let depth = 1; depth <= 5; depth++) {
        expect(await nest(depth)).to.equal(depth + 1);
        await cache.delete('k');
      }
      const a = (again: boolean): Promise<string> =>
        cache.getOrSet('a', async () => (await settled(1), again ? `a(${await b()})` : 'a'));
      const b = (): Promise<string> => cache.getOrSet('b', async () => (await settled(1), `b(${await a(false)})`));
      expect(await a(true)).to.equal('a(b(a))');
    });
  });
}

describe('getOrSet: callers that abort', () => {
  forbidUnhandledRejections();

  it('are none whose signal is null, on a miss as on a hit', async () => {
    const cache = createCache({ backend: 'memory' });
    const options = { signal: null as unknown as undefined };
    expect(await cache.getOrSet('k', () => 1, options)).to.equal(1);
    expect(await cache.getOrSet('k', () => 2, options)).to.equal(1);
    await cache.close();
  });

  it('do not hurt those who still wait', async () => {
    const cache = createCache('memory://');
    const load = deferred<number>();
    let told: AbortSignal | undefined;
    const loader = ({ signal }: { signal: AbortSignal }): Promise<number> => {
      told = signal;
      return load.promise;
    };
    const controllers = Array.from({ length: 10 }, () => new AbortController());
    const calls = controllers.map(({ signal }) => cache.getOrSet('k', loader, { signal }));
    for (let index = 0; index < 9; index++) {
      controllers[index]!.abort(`reason ${index}`);
      expect(await caught(calls[index]!)).to.equal(`reason ${index}`);
    }
    expect(told!.aborted).to.equal(false);
    load.resolve(7);
    expect(await calls[9]).to.equal(7);
    expect(await cache.get('k')).to.equal(7);
  });

  it('stop the load when nobody is left, and later callers start a new one', async () => {
    const cache = createCache('memory://');
    const controller = new AbortController();
    let told: AbortSignal | undefined;
    const first = cache.getOrSet('k', ({ signal }) => ((told = signal), new Promise(() => undefined)), {
      signal: controller.signal,
    });
    controller.abort('gone');
    expect(await caught(first)).to.equal('gone');
    expect(told!.aborted).to.equal(true);
    expect(told!.reason).to.equal('gone');
    expect(await cache.getOrSet('k', () => 'new')).to.equal('new');
  });

  it('leave the load running for a caller who cannot abort', async () => {
    const cache = createCache('memory://');
    const load = deferred<number>();
    const controller = new AbortController();
    const aborting = cache.getOrSet('k', () => load.promise, { signal: controller.signal });
    const staying = cache.getOrSet('k', () => -1);
    controller.abort('gone');
    expect(await caught(aborting)).to.equal('gone');
    load.resolve(1);
    expect(await staying).to.equal(1);
  });
});
