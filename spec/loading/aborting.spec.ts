import { expect } from 'chai';
import { createCache, type Cache } from 'cachewright';
import { caught } from '../support/caught.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

describe('a call that gives up', () => {
  forbidUnhandledRejections();
  let cache: Cache;
  let controller: AbortController;
  let stopped: unknown;
  beforeEach(() => {
    cache = createCache({ backend: 'memory' });
    controller = new AbortController();
    stopped = undefined;
  });
  afterEach(() => cache.close());

  const hanging = ({ signal }: { signal: AbortSignal }): Promise<never> =>
    new Promise(() => signal.addEventListener('abort', () => (stopped = signal.reason)));

  const REASON = new Error('enough');

  it('while its own loader begins', async () => {
    const answer = cache.getOrSet(
      'k',
      (context) => {
        controller.abort(REASON);
        return hanging(context);
      },
      { signal: controller.signal },
    );
    expect(await Promise.race([caught(answer), new Promise(setImmediate)])).to.equal(REASON);
    expect(await Promise.race([cache.getOrSet('k', () => 'loaded'), new Promise(setImmediate)])).to.equal('loaded');
  });

  it('while the cache is disabled', async () => {
    cache.disable();
    const answer = cache.getOrSet('k', hanging, { signal: controller.signal });
    controller.abort(REASON);
    expect(await Promise.race([caught(answer), new Promise(setImmediate)])).to.equal(REASON);
    expect(stopped).to.equal(REASON);
  });

  it('inside of the load that it asks for', async () => {
    const outer = cache.getOrSet('k', () => {
      const inner = cache.getOrSet('k', hanging, { signal: controller.signal });
      controller.abort(REASON);
      return inner;
    });
    expect(await Promise.race([caught(outer), new Promise(setImmediate)])).to.equal(REASON);
    expect(stopped).to.equal(REASON);
  });
});
