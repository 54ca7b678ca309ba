import { inspect } from 'node:util';
import { expect } from 'chai';
import { localBus } from '#lib/bus/local-bus.js';
import { ConfigError } from '#lib/errors.js';
import { busSource } from '#lib/registry/bus-source.js';
import { systemClock } from '#lib/util/clock.js';

const REMEDY = `use { backend: 'redis', url: '…' } or a Bus`;
const OPTIONS =
  'options of a redis bus: url, host, port, username, password, db, tls, connectTimeout, cluster, sentinels, name, sentinelUsername, sentinelPassword, sentinelTls, natMap, client, channel, tracking';
const SECRET = 'c4n4ry';

const redis = (options: object): unknown => ({ backend: 'redis', ...options });

const BAD: readonly (readonly [what: string, value: unknown, message: string])[] = [
  ['text', 'redis://h', `a.bus is of type string; ${REMEDY}`],
  ['null', null, `a.bus is of type null; ${REMEDY}`],
  ['a list', [], `a.bus is of type array; ${REMEDY}`],
  ['no backend', { url: 'redis://h' }, `a.bus.backend is missing; ${REMEDY}`],
  ['an unknown backend', { backend: 'redi' }, 'a.bus.backend is not known; did you mean "redis"? use one of redis'],
  ['a backend of the wrong type', { backend: 5 }, 'a.bus.backend is of type number; use one of redis'],
  [
    'an unknown option',
    redis({ chanel: 'x' }),
    `a.bus.chanel is no option of a redis bus; did you mean "channel"? ${OPTIONS}`,
  ],
  ['an option of a cache', redis({ ttl: 5 }), `a.bus.ttl is no option of a redis bus; ${OPTIONS}`],
  ['a bad address', redis({ url: SECRET }), 'a.bus.url is no Redis URL; use redis'],
  ['a query', redis({ url: `redis://h?channel=${SECRET}` }), 'a.bus.url has a query; write its options beside url'],
  ['a channel that is no text', redis({ channel: 5 }), 'a.bus.channel is no string; use a string'],
  ['an empty channel', redis({ channel: '' }), 'a.bus.channel is empty; leave it out or fill it in'],
  ['a tracking that is neither', redis({ tracking: 'on' }), 'a.bus.tracking is no boolean; use true or false'],
  [
    'tracking on a cluster',
    redis({ cluster: ['h:1'], tracking: true }),
    'a.bus.tracking is not possible on a cluster: each node knows only of its own keys; leave it out',
  ],
  ['half a bus', { publish() {} }, 'a.bus is no Bus: it lacks join(), close()'],
  ['a bus without a name', { ...methods() }, 'a.bus.name is of type undefined; use a string'],
  ['a bus that does not say whether it listens', { ...methods(), name: 'x' }, 'a.bus.listening is of type undefined'],
  [
    'a bus that does not say what waits',
    { ...methods(), name: 'x', listening: true },
    'a.bus.pending is of type undefined; give a number',
  ],
];

function methods(): object {
  return { publish() {}, join() {}, close() {} };
}

describe('configuration of a bus', () => {
  const context = { cache: 'specs', prefix: 'shop:', clock: systemClock };

  for (const [what, value, message] of BAD) {
    it(`refuses ${what}`, () => {
      let error: unknown;
      try {
        busSource(value, 'a.bus');
      } catch (thrown) {
        error = thrown;
      }
      expect(error).to.be.instanceOf(ConfigError);
      expect((error as Error).message).to.satisfy((text: string) => text.startsWith(message), message);
      expect(inspect(error)).not.to.contain(SECRET);
    });
  }

  it('makes a bus on Redis, which belongs to the cache, and connects nothing', async () => {
    const source = busSource(
      redis({ url: `redis://:${SECRET}@127.0.0.1:1`, channel: 'c', tracking: true, db: undefined }),
      'a.bus',
    );
    expect(source).to.include({ name: 'redis', owned: true });
    const [one, other] = [source.create(context), source.create(context)];
    expect(one).not.to.equal(other);
    expect([one.name, one.listening, one.pending]).to.deep.equal(['redis', false, 0]);
    expect(inspect([source, one], { depth: 20, showHidden: true })).not.to.contain(SECRET);
    await Promise.all([one.close(), other.close()]);
  });

  it('takes a ready bus as it is, which stays with its owner', () => {
    const bus = localBus();
    const source = busSource(bus, 'a.bus');
    expect(source).to.include({ name: 'local', owned: false });
    expect(source.create(context)).to.equal(bus);
  });
});
