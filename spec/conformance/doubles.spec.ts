import { expect } from 'chai';
import { createCache, createRegistry, isCacheError, type Backend } from 'cachewright';
import { asynchronous, backendConformance, faulty, FakeClock } from 'cachewright/testing';
import sinon from 'sinon';
import { memoryBackend } from '#lib/backends/memory/memory.js';

const CALL = { wire: 'text', namespace: '', signal: undefined } as const;

function memory(clock = new FakeClock()): Backend {
  return memoryBackend({}, { cache: 'memory', clock });
}

async function rejection(promise: unknown): Promise<unknown> {
  return Promise.resolve(promise).then(
    () => expect.fail('it should have been rejected'),
    (error: unknown) => error,
  );
}

/** Whether the promise is still open after everything that is due has happened. */
async function isOpen(promise: unknown): Promise<boolean> {
  const open = Symbol('open');
  const turn = new Promise((resolve) => setImmediate(() => resolve(open)));
  return (await Promise.race([promise, turn])) === open;
}

describe('FakeClock', () => {
  it('stands still until it is advanced', () => {
    const clock = new FakeClock();
    expect(clock.now()).to.equal(0);
    clock.advance(250);
    clock.advance('1.5s');
    expect(clock.now()).to.equal(1_750);
  });

  it('never goes back', () => {
    expect(() => new FakeClock().advance(-1))
      .to.throw()
      .with.property('code', 'ERR_CACHE_CONFIG');
  });

  it('moves the lifetimes of a whole registry', async () => {
    const clock = new FakeClock();
    const registry = createRegistry({ default: { backend: 'memory', ttl: '5m' } }, { clock });
    await registry.get().set('key', 'value');
    clock.advance('4m');
    expect(await registry.get().ttl('key')).to.equal(60_000);
    clock.advance('1m');
    expect(await registry.get().get('key')).to.equal(undefined);
    await registry.close();
  });
});

describe('asynchronous', () => {
  it('answers everything with a promise, later', async () => {
    const inner = memory();
    const double = asynchronous(inner);
    const writing = double.set('key', 'value', undefined, CALL);
    expect(writing).to.be.instanceOf(Promise);
    expect(inner.exists('key', CALL)).to.equal(false);
    await writing;
    expect(await double.get('key', CALL)).to.equal('value');
  });

  it('shares the store, and so the identity, of the one inside', () => {
    const inner = memory();
    expect(asynchronous(inner).identity).to.equal(inner);
    expect(asynchronous(faulty(inner)).identity).to.equal(inner);
  });
});

describe('faulty', () => {
  it('behaves as the one inside as long as nothing is said', async () => {
    const inner = memory();
    const double = faulty(inner);
    expect(double.set('key', 'value', undefined, CALL)).to.equal(undefined);
    expect(inner.get('key', CALL)).to.equal('value');
    expect(double.multiGet(['key', 'other'], CALL)).to.deep.equal(['value', undefined]);
    expect(double.capabilities).to.equal(inner.capabilities);
    await double.connect?.();
    await double.close();
    expect(inner.get('key', CALL)).to.equal(undefined);
  });

  it('fails the command it is told to, and carries nothing out', async () => {
    const inner = memory();
    const double = faulty(inner);
    const error = new Error('down');
    double.fail('set', error);
    expect(await rejection(double.set('key', 'value', undefined, CALL))).to.equal(error);
    expect(await rejection(double.set('key', 'value', undefined, CALL))).to.equal(error);
    expect(inner.exists('key', CALL)).to.equal(false);
    expect(await double.get('key', CALL)).to.equal(undefined);
  });

  it('hangs until it is healed, and goes on then', async () => {
    const inner = memory();
    const double = faulty(inner);
    double.hang('set');
    const writing = double.set('key', 'value', undefined, CALL);
    expect(await isOpen(writing)).to.equal(true);
    expect(inner.exists('key', CALL)).to.equal(false);
    double.heal();
    await writing;
    expect(inner.get('key', CALL)).to.equal('value');
    expect(double.get('key', CALL)).to.equal('value');
  });

  it('delays what it carries out', async () => {
    const timers = sinon.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      const double = faulty(memory());
      double.delay('exists', '2s');
      const answer = double.exists('key', CALL);
      timers.tick(1_999);
      expect(await isOpen(answer)).to.equal(true);
      timers.tick(1);
      expect(await answer).to.equal(false);
    } finally {
      timers.restore();
    }
  });

  it('has faults for one call, which come before lasting ones', async () => {
    const double = faulty(memory());
    const [once, always] = [new Error('once'), new Error('always')];
    double.fail('get', always);
    double.once.fail('get', once);
    expect(await rejection(double.get('key', CALL))).to.equal(once);
    expect(await rejection(double.get('key', CALL))).to.equal(always);
    double.heal();
    expect(double.get('key', CALL)).to.equal(undefined);
  });

  it('strikes all commands at once', async () => {
    const double = faulty(memory());
    double.fail('all');
    expect(await rejection(double.get('key', CALL))).to.be.instanceOf(Error);
    expect(await rejection(double.clear('', CALL))).to.be.instanceOf(Error);
  });

  it('counts calls, those that failed too', async () => {
    const double = faulty(memory());
    double.once.fail('get');
    await rejection(double.get('key', CALL));
    await double.get('key', CALL);
    await double.delete(['key'], CALL);
    expect([double.calls('get'), double.calls('set'), double.calls()]).to.deep.equal([2, 0, 3]);
  });

  it('serves as the backend of a cache', async () => {
    const backend = faulty();
    const cache = createCache({ backend, timeout: 5 });
    await cache.set('key', 'value');
    backend.fail('get');
    expect(isCacheError(await rejection(cache.get('key')), 'ERR_CACHE_BACKEND')).to.equal(true);
    expect(await cache.getOrSet('key', () => 'loaded')).to.equal('loaded');
    backend.hang('get');
    expect(isCacheError(await rejection(cache.get('key')), 'ERR_CACHE_COMMAND_TIMEOUT')).to.equal(true);
    backend.heal();
    expect(await cache.get('key')).to.equal('loaded');
    await cache.close();
  });
});

describe('conformance suites', () => {
  it('say which runner they need', () => {
    const { describe: declared } = globalThis;
    try {
      Reflect.deleteProperty(globalThis, 'describe');
      expect(() => backendConformance('memory', { create: () => memory() })).to.throw(/mocha, jest, or vitest/);
    } finally {
      globalThis.describe = declared;
    }
  });

  it("leave clear('') alone unless the store is theirs", () => {
    const declared: string[] = [];
    const runner = { describe: globalThis.describe, it: globalThis.it };
    try {
      const collecting = {
        describe: (_: string, body: () => void) => body(),
        it: (name: string) => void declared.push(name),
      };
      Object.assign(globalThis, collecting);
      backendConformance('shared', { create: () => memory() });
      expect(declared).to.include('exists answers true or false').and.not.include("clear('') deletes everything");
      backendConformance('own', { create: () => memory(), exclusive: true });
      expect(declared).to.include("clear('') deletes everything");
    } finally {
      Object.assign(globalThis, runner);
    }
  });
});
