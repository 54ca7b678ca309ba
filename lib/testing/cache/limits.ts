import assert from 'node:assert/strict';
import type { Plugin } from '../../contracts/plugin.js';
import { assertRejects, rejectionOf } from '../assertions.js';
import { callsOf, type Calls } from './calls.js';
import type { CacheCase } from './case.js';

/** Keeps reads waiting for good. */
const stuck: Plugin = {
  name: 'stuck',
  preGet: () => new Promise(() => undefined),
};

/** How long a caller waits. */
export const limitCases: readonly CacheCase[] = [
  {
    name: 'a signal that was aborted before rejects every command with its reason, and nothing is done',
    async run({ cache }) {
      await cache.set('key', 'value');
      const reason = new Error('the caller left');
      const signal = AbortSignal.abort(reason);
      const calls: Calls = {
        ...callsOf(cache),
        clear: () => cache.clear({ signal }),
        getOrSet: (key) => cache.getOrSet(key, () => 'loaded', { signal }),
      };
      for (const [name, call] of Object.entries(calls)) {
        assert.equal(await rejectionOf(name, () => call('key', { signal })), reason);
        assert.equal(await rejectionOf(name, () => call('missing', { signal })), reason);
      }
      assert.deepEqual(await cache.multiGet(['key', 'missing']), ['value', undefined]);
      assert.equal(await cache.ttl('key'), null);
    },
  },
  {
    name: 'a signal that is aborted later rejects the command with its reason',
    async run({ another }) {
      const cache = await another({ plugins: [stuck] });
      const abort = new AbortController();
      const reading = rejectionOf('get', () => cache.get('key', { signal: abort.signal, timeout: 0 }));
      const reason = new Error('the caller left');
      abort.abort(reason);
      assert.equal(await reading, reason);
    },
  },
  {
    name: 'a command that takes longer than its timeout is a CommandTimeoutError',
    async run({ another }) {
      const cache = await another({ plugins: [stuck] });
      await assertRejects('get', 'ERR_CACHE_COMMAND_TIMEOUT', () => cache.get('key', { timeout: '5ms' }));
    },
  },
  {
    name: '0 and null mean no timeout',
    async run({ cache }) {
      for (const timeout of [0, null, '0s'] as const) {
        await cache.set('key', 'value', { timeout });
        assert.equal(await cache.get('key', { timeout }), 'value');
      }
    },
  },
  {
    name: 'a wrong timeout is a ConfigError that names the option, for every command',
    async run({ cache }) {
      for (const timeout of [-1, Number.NaN, Infinity, 'soon', {}] as unknown as readonly number[]) {
        const calls: Calls = { ...callsOf(cache), clear: () => cache.clear({ timeout }) };
        for (const [name, call] of Object.entries(calls)) {
          const { message } = await assertRejects(name, 'ERR_CACHE_CONFIG', () => call('key', { timeout }));
          assert.match(message, /\btimeout\b/, `${name}: the message does not name the option`);
        }
      }
    },
  },
];
