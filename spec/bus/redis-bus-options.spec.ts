import { expect } from 'chai';
import { ConfigError, redisBus } from 'cachewright';

const OPTIONS =
  'options of a redis bus: url, host, port, username, password, db, tls, connectTimeout, cluster, sentinels, name, sentinelUsername, sentinelPassword, sentinelTls, natMap, client, channel, tracking';
const SECRET = 'c4n4ry';

const BAD: readonly (readonly [what: string, options: object, message: string])[] = [
  ['an unknown option', { chanel: 'x' }, `chanel is no option of a redis bus; did you mean "channel"? ${OPTIONS}`],
  ['an option of a cache', { ttl: 5 }, `ttl is no option of a redis bus; ${OPTIONS}`],
  ['a bad address', { url: SECRET }, 'url is no Redis URL; use redis'],
  ['a query', { url: `redis://h?channel=${SECRET}` }, 'url has a query; write its options beside url'],
  ['a channel that is no text', { channel: 5 }, 'channel is no string; use a string'],
  ['an empty channel', { channel: '' }, 'channel is empty; leave it out or fill it in'],
  ['a tracking that is neither', { tracking: 'on' }, 'tracking is no boolean; use true or false'],
  [
    'tracking on a cluster',
    { cluster: ['h:1'], tracking: true },
    'tracking is not possible on a cluster: each node knows only of its own keys; leave it out',
  ],
];

describe('options of a bus on redis', () => {
  for (const [what, options, message] of BAD) {
    it(`refuses ${what}`, () => {
      expect(() => redisBus(options))
        .to.throw(ConfigError)
        .with.property('message')
        .that.satisfies((text: string) => {
          expect(text).not.to.include(SECRET);
          return text.startsWith(message);
        });
    });
  }
});
