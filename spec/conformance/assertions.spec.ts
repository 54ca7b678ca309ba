import { AssertionError } from 'node:assert';
import { expect } from 'chai';
import { Cached, cachedMethod, createCache, createRegistry, type LoadContext } from 'cachewright';
import { countLoads, expectCached, expectLoads, expectNotCached } from 'cachewright/testing';
import { attachRegistry } from '#lib/decorators/slot.js';
import { caught } from '../support/caught.js';

/** The message of the assertion that fails. */
function failing(check: () => void): string {
  try {
    check();
  } catch (error) {
    if (error instanceof AssertionError) return error.message;
    throw error;
  }
  throw new Error('it should have failed');
}

describe('countLoads and expectLoads', () => {
  it('count how often a function ran, and change nothing else about it', async () => {
    const repository = {
      prefix: 'user ',
      async find(id: string): Promise<string> {
        return this.prefix + id;
      },
    };
    const find = (repository.find = countLoads(repository.find));
    expect(find.name).to.equal('find');
    expect(find.length).to.equal(1);
    expectLoads(find).toBe(0);
    expect(await repository.find('7')).to.equal('user 7');
    expect(find.loads).to.equal(1);
    expectLoads(find).toBe(1);
    find.resetLoads();
    expectLoads(find).toBe(0);
  });

  it('count what failed, too', async () => {
    const load = countLoads(() => Promise.reject(new Error('down')));
    await caught(load());
    expectLoads(load).toBe(1);
  });

  it('fit getOrSet, by its keys', async () => {
    const cache = createCache({ backend: 'memory' });
    const load = countLoads(async ({ key }: LoadContext) => `value of ${key}`);
    await Promise.all([cache.getOrSet('a', load), cache.getOrSet('a', load), cache.getOrSet('b', load)]);
    expectLoads(load).toBe(2);
    expectLoads(load).for('a').toBe(1);
    expectLoads(load).for('c').toBe(0);
    expect(failing(() => expectLoads(load).for('a').toBe(2))).to.equal(
      'the loader should have run 2 times for what was asked about: it ran once, and once for others (by key: a once, b once)',
    );
    await cache.close();
  });

  it('tell calls apart by their first arguments, deeply', () => {
    const find = countLoads((query: { name: string }, page?: number) => [query, page]);
    find({ name: 'Ada' });
    find({ name: 'Ada' }, 2);
    find({ name: 'Grace' });
    expectLoads(find).for({ name: 'Ada' }).toBe(2);
    expectLoads(find).for({ name: 'Ada' }, 2).toBe(1);
    expectLoads(find).for({ name: 'Ada' }).for({ name: 'Grace' }).toBe(0);
  });

  it('say how often it was, and show no argument', () => {
    const find = countLoads((password: string) => password);
    find('SECRET-CANARY');
    find('another');
    expect(failing(() => expectLoads(find).toBe(1))).to.equal('the loader should have run once: it ran 2 times');
    expect(failing(() => expectLoads(find).for('SECRET-CANARY').toBeAtLeast(3))).to.equal(
      'the loader should have run at least 3 times for what was asked about: it ran once, and once for others',
    );
    expect(failing(() => expectLoads(find).toBeAtMost(0))).to.match(/at most 0 times: it ran 2 times$/);
    expectLoads(find).toBeAtLeast(2);
    expectLoads(find).toBeAtMost(2);
  });

  it('list no more than ten keys', async () => {
    const cache = createCache({ backend: 'memory' });
    const load = countLoads(({ key }: LoadContext) => key);
    for (let number = 0; number < 12; number++) await cache.getOrSet(`k${number}`, load);
    expect(failing(() => expectLoads(load).toBe(0))).to.match(/k9 once, \.\.\.\)$/);
    await cache.close();
  });

  it('refuse a function that nobody counts', () => {
    const plain = (() => 1) as unknown as ReturnType<typeof countLoads<() => number>>;
    expect(() => expectLoads(plain)).to.throw(/wrap it with countLoads/);
  });
});

describe('expectCached and expectNotCached', () => {
  it('look up a key, and answer with what is there', async () => {
    const cache = createCache({ backend: 'memory' });
    await expectNotCached(cache, 'key');
    await cache.set('key', null);
    expect(await expectCached(cache, 'key')).to.equal(null);
    expect(await caught(expectNotCached(cache, 'key'))).to.have.property(
      'message',
      'memory should not hold key, and does',
    );
    expect(await caught(expectCached(cache, 'other')))
      .to.be.instanceOf(AssertionError)
      .with.property('message', 'memory should hold other, and does not');
    await cache.close();
  });

  it('look up the result of a cached method, without running it', async () => {
    class Users {
      @Cached({ key: (id: string) => `user:${id}` })
      async find(id: string): Promise<{ id: string }> {
        return { id };
      }
    }
    const registry = createRegistry({ default: { backend: 'memory' } });
    const users = new Users();
    attachRegistry(users, registry);
    const find = cachedMethod(users, 'find');
    await expectNotCached(find, '7');
    await users.find('7');
    expect(await expectCached(find, '7')).to.deep.equal({ id: '7' });
    expect(await caught(expectCached(find, '8'))).to.have.property(
      'message',
      'default should hold user:8, and does not',
    );
    await registry.close();
  });
});
