import { expect } from 'chai';
import * as fc from 'fast-check';
import { ConfigError } from '#lib/errors.js';
import { createRegistry } from '#lib/registry/create.js';
import type { CacheUrl } from '#lib/registry/config.js';

const CANARY = 'c4n4ry';
const scheme = fc.constantFrom(
  'memory://',
  'redis://',
  'rediss://',
  'memcached://',
  'dynamodb://',
  'REDIS://',
  'redis:',
  '',
);
const login = fc.constantFrom(
  '',
  `user:${CANARY}@`,
  `:${CANARY}@`,
  `${CANARY}@`,
  `user:${CANARY}%40@`,
  `user:${CANARY}`,
);
const PIECES = [
  ['://', ':', '/', '?', '&', '=', '@', '#', '%', '%ff', '%00', '%40', '+', ' ', '\n', '\0', '\ud800', 'ü', '..', ','],
  ['host', '127.0.0.1', '[::1]', '[', '6379', '99999', '-1', '0', 'table', '__proto__', 'constructor'],
  ['ttl', '5s', 'timeout', 'maxEntries', 'plugins', 'timing', 'serializer', 'json', 'region', 'breaker', 'false'],
];
const piece = fc.constantFrom(...PIECES.flat());
const url = fc.tuple(scheme, login, fc.array(piece, { maxLength: 9 })).map((parts) => parts.flat().join(''));

describe('cache URLs, put together at random', () => {
  it('are taken, or refused with a ConfigError that says where, and never show a login', () => {
    let taken = 0;
    fc.assert(
      fc.property(url, (text) => {
        try {
          const registry = createRegistry({ default: text as CacheUrl });
          expect(JSON.stringify(registry.config())).not.to.include(CANARY);
          taken++;
        } catch (error) {
          expect(error).to.be.instanceOf(ConfigError);
          expect(error)
            .to.have.property('message')
            .that.matches(/^caches\.default\b/)
            .and.not.includes(CANARY);
        }
      }),
      { numRuns: 3_000 },
    );
    expect(taken, 'taken').to.be.above(50);
  });
});
