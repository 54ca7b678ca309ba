import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import sinon from 'sinon';
import {
  CommandTimeoutError,
  ConfigError,
  createCache,
  isCacheError,
  type Cache,
  type CommandContext,
  type CommandOutcome,
  type Plugin,
} from 'cachewright';
import { HeldBackend, settled } from '../support/held-backend.js';
import { caught } from '../support/caught.js';

const backends = {
  'a backend that answers at once': () => ({ backend: 'memory' as const }),
  'a backend that answers later': () => ({ backend: new HeldBackend().backend }),
};

for (const [kind, config] of Object.entries(backends)) {
  describe(`the pipeline over ${kind}`, () => {
    it('runs hooks in list order, before and after', async () => {
      const log: string[] = [];
      const plugin = (name: string, async: boolean): Plugin => ({
        name,
        preSet: (): void | Promise<void> => {
          log.push(`${name} pre`);
          return async ? settled(1) : undefined;
        },
        postSet: (): void => void log.push(`${name} post`),
      });
      const cache = createCache({ ...config(), plugins: [plugin('a', true), plugin('b', false), plugin('c', true)] });
      await cache.set('k', 1);
      expect(log).to.deep.equal(['a pre', 'b pre', 'c pre', 'a post', 'b post', 'c post']);
    });

    it('tells hooks the arguments, the output, the hit and the time', async () => {
      const seen: [CommandContext<'get'>, CommandOutcome<'get'>][] = [];
      const cache: Cache = createCache({
        ...config(),
        plugins: [{ name: 'spy', postGet: (context, outcome) => void seen.push([context, outcome]) }],
      });
      await cache.set('k', { a: 1 });
      await cache.get('k');
      await cache.get('none', { default: 7 });
      const [hit, miss] = seen;
      expect(hit![0].cache).to.equal(cache);
      expect(hit![0].command).to.equal('get');
      expect(hit![0].input.key).to.equal('k');
      expect(hit![0].startedAt).to.be.a('number');
      expect(hit![1].output).to.deep.equal({ a: 1 });
      expect(hit![1].hit).to.equal(true);
      expect(hit![1].tookMs).to.be.at.least(0);
      expect(miss![1].output).to.equal(7);
      expect(miss![1].hit).to.equal(false);
    });

    it('counts hits per key in multiGet', async () => {
      const hits: unknown[] = [];
      const cache = createCache({
        ...config(),
        plugins: [{ name: 'spy', postMultiGet: (_context, outcome) => void hits.push(outcome.hit) }],
      });
      await cache.set('b', null);
      expect(await cache.multiGet(['a', 'b', 'a', 'b'])).to.deep.equal([undefined, null, undefined, null]);
      expect(hits).to.deep.equal([[false, true, false, true]]);
    });

    it('fails the command when a hook fails, and tells onError', async () => {
      const failures: unknown[] = [];
      const broken = new Error('hook');
      const cache = createCache({
        ...config(),
        plugins: [
          {
            name: 'broken',
            preGet: () => {
              throw broken;
            },
          },
          {
            name: 'observer',
            onError: ({ command }, error) => {
              failures.push([command, error]);
              throw new Error('dropped');
            },
          },
        ],
      });
      expect(await caught(cache.get('k'))).to.equal(broken);
      expect(failures).to.deep.equal([['get', broken]]);
    });

    it('rejects, and never throws, whatever is wrong with the arguments', async () => {
      const cache = createCache(config());
      const wrong: [() => Promise<unknown>, string][] = [
        [() => cache.get(''), 'ERR_CACHE_INVALID_KEY'],
        [() => cache.get('a\ud800'), 'ERR_CACHE_INVALID_KEY'],
        [() => cache.get(undefined as never), 'ERR_CACHE_INVALID_KEY'],
        [() => cache.set('k', undefined), 'ERR_CACHE_SERIALIZATION'],
        [() => cache.set('k', 1, { ttl: '5 minutes' as never }), 'ERR_CACHE_CONFIG'],
        [() => cache.set('k', 1, { ttl: -1 }), 'ERR_CACHE_CONFIG'],
        [() => cache.set('k', 1, { ttl: Number.NaN }), 'ERR_CACHE_CONFIG'],
        [() => cache.set('k', 1, { ttl: Infinity }), 'ERR_CACHE_CONFIG'],
        [() => cache.get('k', { timeout: '1x' as never }), 'ERR_CACHE_CONFIG'],
        [() => cache.expire('k', undefined as never), 'ERR_CACHE_CONFIG'],
        [() => cache.increment('k', 0.5), 'ERR_CACHE_NOT_A_NUMBER'],
        [() => cache.multiGet('keys' as never).then(() => cache.multiGet(5 as never)), 'ERR_CACHE_CONFIG'],
        [() => cache.multiSet(5 as never), 'ERR_CACHE_CONFIG'],
        [() => cache.multiSet([['a']] as never), 'ERR_CACHE_CONFIG'],
        [() => cache.get('k', { namespace: 5 as never }), 'ERR_CACHE_CONFIG'],
        [() => cache.getOrSet('k', undefined as never), 'ERR_CACHE_CONFIG'],
      ];
      for (const [index, [call, code]] of wrong.entries()) {
        const error = await caught(call());
        expect(isCacheError(error, code as never), `${index}: ${String(error)}`).to.equal(true);
      }
    });

    it('answers as an empty cache would when it is switched off, without hooks', async () => {
      const hooked = sinon.stub();
      const cache = createCache({ ...config(), plugins: [{ name: 'spy', preGet: hooked, preSet: hooked }] });
      cache.disable();
      expect(cache.enabled).to.equal(false);
      expect(await cache.add('k', 1)).to.equal(true);
      expect(await cache.set('k', 1)).to.equal(undefined);
      expect(await cache.get('k')).to.equal(undefined);
      expect(await cache.get('k', { default: 2 })).to.equal(2);
      expect(await cache.multiGet(['a', 'b'])).to.deep.equal([undefined, undefined]);
      expect(await cache.multiSet({ a: 1 })).to.equal(undefined);
      expect(await cache.delete('k')).to.equal(false);
      expect(await cache.multiDelete(['k'])).to.equal(0);
      expect(await cache.exists('k')).to.equal(false);
      expect(await cache.increment('k', 5)).to.equal(5);
      expect(await cache.expire('k', '1s')).to.equal(false);
      expect(await cache.ttl('k')).to.equal(undefined);
      expect(await cache.clear()).to.equal(undefined);
      expect(await cache.raw('anything')).to.equal(undefined);
      expect(await cache.getOrSet('k', () => 'loaded')).to.equal('loaded');
      expect(hooked.called).to.equal(false);
      cache.enable();
      expect(await cache.get('k')).to.equal(undefined);
      expect(hooked.callCount).to.equal(1);
    });

    it('rejects with CacheClosedError after close, which is idempotent', async () => {
      const cache = createCache(config());
      await cache.close();
      await cache.close();
      expect(cache.closed).to.equal(true);
      for (const call of [() => cache.get('k'), () => cache.set('k', 1), () => cache.clear(), () => cache.connect()]) {
        expect(await caught(call())).to.have.property('code', 'ERR_CACHE_CLOSED');
      }
    });

    it('takes pairs for multiSet, and nothing that only looks empty', async () => {
      const cache = createCache(config());
      class Settings {
        theme = 'dark';
      }
      const wrong: [unknown, string][] = [
        [Promise.resolve({ a: 1 }), 'a promise, which has to be awaited first'],
        [new Date(0), 'an object of a class'],
        [new Settings(), 'an object of a class'],
      ];
      for (const [entries, got] of wrong) {
        expect(await caught(cache.multiSet(entries as never)))
          .to.be.instanceOf(ConfigError)
          .with.property('message', `multiSet: entries must be pairs, a Map or a plain object; got ${got}`);
      }
      expect(await caught(cache.multiGet(Promise.resolve(['a']) as never)))
        .to.be.instanceOf(ConfigError)
        .with.property('message', `multiGet: keys must be a list of strings; got ${wrong[0]![1]}`);
      await cache.multiSet(Object.assign(Object.create(null) as object, { a: 1 }) as never);
      await cache.multiSet(runInNewContext('({ b: 2 })') as never);
      expect(await cache.multiGet(['a', 'b', 'theme'])).to.deep.equal([1, 2, undefined]);
    });

    it('refuses a signal that is none, an AbortController for one', async () => {
      const cache = createCache(config());
      const signal = new AbortController() as unknown as AbortSignal;
      for (const call of [
        () => cache.get('k', { signal }),
        () => cache.multiSet({ k: 1 }, { signal }),
        () => cache.getOrSet('k', () => 1, { signal }),
        () => cache.invalidateTags(['t'], { signal }),
      ]) {
        expect(await caught(call()))
          .to.be.instanceOf(ConfigError)
          .with.property('message', 'signal is no AbortSignal; give the `signal` of an AbortController');
      }
    });

    it('rejects with the reason of a signal that was aborted before', async () => {
      const cache = createCache(config());
      const reason = { mine: true };
      const signal = AbortSignal.abort(reason);
      expect(await caught(cache.get('k', { signal }))).to.equal(reason);
      expect(await caught(cache.getOrSet('k', () => 1, { signal }))).to.equal(reason);
    });
  });
}

describe('closing a cache with a plugin that does not close', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => (clock = sinon.useFakeTimers()));
  afterEach(() => sinon.restore());

  const stuck: Plugin = { name: 'stuck', close: () => new Promise(() => undefined) };

  it('ends with the timeout, and closes the rest', async () => {
    const closed = sinon.spy();
    const cache = createCache({ backend: 'memory', timeout: '2s', plugins: [stuck, { name: 'other', close: closed }] });
    const failed = caught(cache.close());
    await clock.tickAsync(1_999);
    expect(await Promise.race([failed, Promise.resolve('waits')])).to.equal('waits');
    await clock.tickAsync(10);
    expect(await failed)
      .to.be.instanceOf(CommandTimeoutError)
      .with.property('message', 'close: plugin "stuck" did not close within 2000 ms');
    expect(closed.callCount).to.equal(1);
  });
});

describe('the pipeline over a backend that hangs', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => (clock = sinon.useFakeTimers()));
  afterEach(() => sinon.restore());

  const hung = (): Cache => createCache({ backend: new HeldBackend().hold('get', 'set').backend, breaker: false });

  it('times out after 5 s by default', async () => {
    const cache = hung();
    const failed = caught(cache.get('k'));
    await clock.tickAsync(4_999);
    expect(await Promise.race([failed, Promise.resolve('pending')])).to.equal('pending');
    await clock.tickAsync(5);
    const error = await failed;
    expect(error).to.have.property('code', 'ERR_CACHE_COMMAND_TIMEOUT');
    expect(error).to.have.property('message', 'get: no answer within 5000 ms');
  });

  it('says of a write that it may have happened', async () => {
    const failed = caught(hung().set('k', 1, { timeout: '20ms' }));
    await clock.tickAsync(30);
    expect(await failed).to.have.property(
      'message',
      'set: no answer within 20 ms; it may have been carried out all the same',
    );
  });

  it('lets the call win over the cache, and 0 and null switch the timeout off', async () => {
    const cache = createCache({ backend: new HeldBackend().hold('get').backend, timeout: '50ms', breaker: false });
    const [cacheLevel, callLevel] = [caught(cache.get('k')), caught(cache.get('k', { timeout: 200 }))];
    const [zero, none] = [caught(cache.get('k', { timeout: 0 })), caught(cache.get('k', { timeout: null }))];
    await clock.tickAsync(60);
    expect(await cacheLevel).to.have.property('code', 'ERR_CACHE_COMMAND_TIMEOUT');
    expect(await Promise.race([callLevel, Promise.resolve('pending')])).to.equal('pending');
    await clock.tickAsync(200);
    expect(await callLevel).to.have.property('code', 'ERR_CACHE_COMMAND_TIMEOUT');
    await clock.tickAsync(1e9);
    expect(await Promise.race([zero, none, Promise.resolve('pending')])).to.equal('pending');
  });

  it('counts the time of plugins, tells onError, and drops post hooks that come too late', async () => {
    const failures: unknown[] = [];
    const late = sinon.stub();
    const cache = createCache({
      backend: 'memory',
      timeout: '100ms',
      plugins: [
        { name: 'slow', preGet: () => new Promise((resolve) => setTimeout(resolve, 500)) },
        {
          name: 'spy',
          postGet: late,
          onError: ({ command }, error) => void failures.push([command, (error as Error).name]),
        },
      ],
    });
    const failed = caught(cache.get('k'));
    await clock.tickAsync(1_000);
    expect(await failed).to.have.property('code', 'ERR_CACHE_COMMAND_TIMEOUT');
    expect(failures).to.deep.equal([['get', 'CommandTimeoutError']]);
    expect(late.called).to.equal(false);
  });

  it('stops waiting when the caller aborts, and leaves no timer', async () => {
    const cache = hung();
    const controller = new AbortController();
    const failed = caught(cache.get('k', { signal: controller.signal }));
    controller.abort(new Error('enough'));
    expect(await failed).to.have.property('message', 'enough');
  });

  it('makes no timer for a hit in memory', async () => {
    const cache = createCache('memory://');
    await cache.set('k', 1);
    await cache.get('k');
    expect(clock.countTimers()).to.equal(0);
  });

  it('shares one timer among all commands under way', async () => {
    const held = new HeldBackend().hold('get');
    const cache = createCache({ backend: held.backend });
    const answers = Array.from({ length: 1_000 }, (_, index) => cache.get(`k${index}`));
    expect(clock.countTimers()).to.equal(1);
    held.releaseAll();
    await Promise.all(answers);
    for (let index = 0; index < 100; index++) await cache.get('k');
    expect(clock.countTimers()).to.equal(1);
  });
});
