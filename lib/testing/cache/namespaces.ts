import assert from 'node:assert/strict';
import type { Cache } from '../../contracts/cache.js';
import { callsOf } from './calls.js';
import type { CacheCase } from './case.js';

/** Pairs of namespace and key that a careless rule would join to the same final key. */
const LOOKALIKES = [
  ['a', 'b:c'],
  ['a:b', 'c'],
  ['a%3Ab', 'c'],
  ['a%253Ab', 'c'],
  ['a', '%3Ab:c'],
  ['a:', 'b:c'],
  ['a%', '3Ab:c'],
  ['A', 'b:c'],
  ['a:b:c', 'c'],
] as const;

const NEIGHBOURS = ['a', 'ab', 'a:b', 'a%3Ab', 'a%', 'a*', '*', '?', '[a]', 'a\\', 'A', 'a:', ':a', ' a', 'ä'];

/** Namespaces below that of the trial, which may share its server with others. */
function below(namespace: string, names: readonly string[]): string[] {
  return names.map((name) => `${namespace}${name}`);
}

async function fill(cache: Cache, namespaces: readonly string[]): Promise<void> {
  await Promise.all(namespaces.map((namespace) => cache.set('key', 'value', { namespace })));
}

/** Which of the namespaces still hold the key. */
async function survivors(cache: Cache, namespaces: readonly string[]): Promise<string[]> {
  const alive = await Promise.all(namespaces.map((namespace) => cache.exists('key', { namespace })));
  return namespaces.filter((_, index) => alive[index]);
}

/** No namespace reaches into another. */
export const namespaceCases: readonly CacheCase[] = [
  {
    name: 'it has the namespace it was given',
    async run({ cache, namespace }) {
      assert.equal(cache.namespace, namespace);
    },
  },
  {
    name: 'no key of one namespace is a key of another',
    async run({ cache, namespace }) {
      for (const [suffix, key] of LOOKALIKES) {
        const options = { namespace: namespace + suffix };
        assert.equal(await cache.add(key, `${suffix} and ${key}`, options), true, `${suffix} and ${key}`);
      }
      for (const [suffix, key] of LOOKALIKES) {
        assert.equal(await cache.get(key, { namespace: namespace + suffix }), `${suffix} and ${key}`);
      }
    },
  },
  {
    name: 'the namespace of a call replaces that of the cache, for every command',
    async run({ cache, namespace }) {
      const [own, other] = [{ namespace }, { namespace: `${namespace}-other` }];
      await cache.set('key', 'own');
      await cache.set('key', 'other', other);
      assert.equal(await cache.get('key'), 'own');
      assert.equal(await cache.get('key', own), 'own');
      assert.deepEqual(await cache.multiGet(['key'], other), ['other']);
      assert.equal(await cache.getOrSet('key', () => 'loaded', other), 'other');
      assert.equal(await cache.multiDelete(['key'], other), 1);
      assert.equal(await cache.exists('key', other), false);
      assert.equal(await cache.add('key', 'other', other), true);
      await cache.expire('key', 60_000, other);
      assert.equal(await cache.ttl('key'), null);
      assert.equal(typeof (await cache.ttl('key', other)), 'number');
      assert.equal(await cache.delete('key', other), true);
      await cache.multiSet({ key: 'other' }, other);
      assert.equal(await cache.get('key', other), 'other');
      assert.equal(await cache.get('key'), 'own');
    },
  },
  {
    name: 'an empty namespace means bare keys',
    async run({ cache, namespace, wholeNamespaces }) {
      const bare = { namespace: '' };
      await cache.set(`${namespace}-bare`, 'value', bare);
      assert.equal(await cache.get(`${namespace}-bare`), undefined);
      assert.equal(await cache.get(`${namespace}-bare`, bare), 'value');
      assert.equal(await cache.delete(`${namespace}-bare`, bare), true);
      if (wholeNamespaces) return;
      await cache.set('key', 'value');
      assert.equal(await cache.get(`${namespace}:key`, bare), 'value');
    },
  },
  {
    name: 'clear deletes its own namespace and nothing else',
    async run({ cache, namespace }) {
      const neighbours = below(namespace, NEIGHBOURS);
      await fill(cache, [namespace, ...neighbours]);
      assert.equal(await cache.clear(), undefined);
      assert.deepEqual(await survivors(cache, [namespace, ...neighbours]), neighbours);
    },
  },
  {
    name: 'clear with a namespace deletes that one and nothing else',
    async run({ cache, namespace }) {
      const all = [namespace, ...below(namespace, NEIGHBOURS)];
      for (const cleared of all) {
        await fill(cache, all);
        await cache.clear({ namespace: cleared });
        const left = all.filter((other) => other !== cleared);
        assert.deepEqual(await survivors(cache, all), left, `after clearing ${cleared}`);
      }
    },
  },
  {
    name: 'a key that was cleared is a miss for every command, and can be written again',
    async run({ cache }) {
      await cache.set('key', 'value');
      await cache.clear();
      const { get, exists, delete: remove, ttl, expire } = callsOf(cache);
      const answers = [];
      for (const call of [get!, exists!, remove!, ttl!, expire!]) answers.push(await call('key', {}));
      assert.deepEqual(answers, [undefined, false, false, undefined, false]);
      assert.equal(await cache.add('key', 'new'), true);
    },
  },
];
