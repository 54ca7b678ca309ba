import { expect } from 'chai';
import { createCache, optimistic, type Cache } from 'cachewright';
import { caught } from '../support/caught.js';

const REASON = new Error('the request was closed');

/** Nothing but the caller's own interest ends these waits, with the cache or without. */
describe('the signal of a call whose cache is switched off', () => {
  let cache: Cache;

  beforeEach(() => {
    cache = createCache('memory://');
    cache.disable();
  });

  afterEach(() => cache.close());

  it('rejects every command when it was aborted before', async () => {
    const signal = AbortSignal.abort(REASON);
    for (const call of [
      () => cache.get('k', { signal }),
      () => cache.set('k', 1, { signal }),
      () => cache.multiGet(['k'], { signal }),
      () => cache.increment('k', 1, { signal }),
      () => cache.clear({ signal }),
      () => cache.invalidateTags(['t'], { signal }),
      () => optimistic(cache, 'k', { signal }),
      () => cache.getOrSet('k', () => 1, { signal }),
    ]) {
      expect(await caught(call()), String(call)).to.equal(REASON);
    }
  });

  it('ends the wait for a loader, which is told', async () => {
    const controller = new AbortController();
    let told: AbortSignal | undefined;
    const answer = caught(
      cache.getOrSet(
        'k',
        ({ signal }) => {
          told = signal;
          return new Promise(() => {});
        },
        { signal: controller.signal },
      ),
    );
    controller.abort(REASON);
    expect(await answer).to.equal(REASON);
    expect(told?.reason).to.equal(REASON);
  });

  it('ends the wait for a loader that would otherwise wait for itself', async () => {
    cache.enable();
    const controller = new AbortController();
    const inner = (): Promise<unknown> =>
      caught(cache.getOrSet('k', () => new Promise(() => {}), { signal: controller.signal }));
    const answer = cache.getOrSet('k', async () => {
      await Promise.resolve();
      const ended = inner();
      setImmediate(() => controller.abort(REASON));
      return ended;
    });
    expect(await answer).to.equal(REASON);
  });

  it('checks the options of invalidateTags, as those of every command', async () => {
    expect(await caught(cache.invalidateTags(['t'], { namspace: 'n' } as never))).to.have.property(
      'code',
      'ERR_CACHE_CONFIG',
    );
  });
});
