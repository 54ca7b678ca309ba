import { redisBus } from '#lib/bus/redis-bus.js';
import { eventually } from '../support/eventually.js';
import { useRedisSentinels } from '../support/redis-sentinels.js';
import { keys, listener } from './recorder.js';

describe('redis bus behind sentinels', () => {
  const sentinels = useRedisSentinels();

  it('follows the master when it dies', async function () {
    this.timeout(40_000);
    const options = { sentinels: sentinels.addresses, name: sentinels.name, connectTimeout: '500ms' } as const;
    const [one, other] = [redisBus(options), redisBus(options)];
    const from = await listener(one);
    const heard = await listener(other);
    await sentinels.master.kill();
    await heard.until('deaf', () => heard.count('deaf') === 1);
    await eventually(async () => {
      await one.publish(keys('after'), from);
      if (!heard.keys.includes('after')) throw new Error('not heard yet');
    }, 30_000);
    await Promise.all([one.close(), other.close()]);
  });
});
