import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { redisBus } from '#lib/bus/redis-bus.js';
import { caught } from '../support/caught.js';
import { useRedis } from '../support/redis-server.js';
import { keys, listener, Recorder } from './recorder.js';

const page = readFileSync(new URL('../../../docs/bus.md', import.meta.url), 'utf8');
const line = (user: string): string => new RegExp(`^user ${user} .*$`, 'm').exec(page)?.[0] ?? `user ${user} off`;

describe('redis bus: rights', () => {
  const server = useRedis({ acl: [line('bus'), line('tracker'), 'user default on nopass ~* &* +@all'] });

  for (const [username, tracking] of [
    ['bus', false],
    ['tracker', true],
  ] as const) {
    it(`needs no more than the documentation lists (tracking: ${tracking})`, async () => {
      const options = { url: server.url, username, password: 'change-me', tracking };
      const [one, other] = [redisBus(options), redisBus(options)];
      const from = await listener(one);
      const heard = await listener(other);
      await one.publish(keys('k'), from);
      await heard.until('k', () => heard.keys.includes('k'));
      if (tracking) {
        await server.client().set('written', '1');
        await heard.until('written', () => heard.keys.includes('written'));
      }
      await Promise.all([one.close(), other.close()]);
    });
  }

  it('says so when they are not there', async () => {
    const bus = redisBus({ url: server.url, username: 'bus', password: 'change-me', channel: 'elsewhere' });
    const error = await caught(bus.connect!());
    expect(error).to.have.property('code', 'ERR_CACHE_BACKEND_UNAVAILABLE');
    expect(error).to.have.property('message').that.contains('NOPERM');
    await bus.publish(keys('k'), new Recorder());
    expect(bus.pending).to.equal(1);
    await bus.close();
  });
});
