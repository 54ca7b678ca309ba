import { inspect } from 'node:util';
import { expect } from 'chai';
import type { RedisOptions } from '#lib/backends/redis/redis-options.js';
import { redisBackend } from '#lib/backends/redis/redis.js';
import { needsOperator } from '#lib/backends/redis/replies.js';
import { context, failureOf, text } from '../support/backend-calls.js';
import { freePort } from '../support/free-port.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { useRedis } from '../support/redis-server.js';

const PASSWORD = 's3cr3t-of-the-spec';
const WRONG = 'wr0ng-of-the-spec';

describe('redis that cannot be reached', () => {
  const server = useRedis({ password: PASSWORD });
  forbidUnhandledRejections();
  let nobody: number;
  before(async () => void (nobody = await freePort()));

  const here = (): string => `127.0.0.1:${server.port}`;
  const there = (): string => `127.0.0.1:${nobody}`;
  const CASES: Readonly<Record<string, [options: () => RedisOptions, says: RegExp]>> = {
    'a cluster that nobody is at': [
      () => ({ cluster: [there()] }),
      /the cluster of \S+ is not .*no node can be reached/,
    ],
    'a cluster that wants a login': [() => ({ cluster: [here()] }), /it refused the login \(NOAUTH\)/],
    'a cluster with a wrong password': [
      () => ({ cluster: [here()], password: WRONG }),
      /it refused the login \(WRONGPASS\); check username and password/,
    ],
    'a server for a cluster': [
      () => ({ cluster: [here()], password: PASSWORD }),
      /it is no cluster; use url, or host and port/,
    ],
    'sentinels that are not there': [
      () => ({ sentinels: [there()], name: 'main' }),
      /no sentinel can be reached that knows a master of this name/,
    ],
    'sentinels with a wrong password': [
      () => ({ sentinels: [here()], name: 'main', sentinelPassword: WRONG }),
      /the sentinels refused the login \(WRONGPASS\); check sentinelUsername and sentinelPassword/,
    ],
    'a server for a sentinel': [
      () => ({ sentinels: [here()], name: 'main', sentinelPassword: PASSWORD }),
      /answered with an error \(ERR\); check that they are sentinels/,
    ],
  };
  for (const [what, [options, says]] of Object.entries(CASES)) {
    it(`says so of ${what}`, async () => {
      const backend = redisBackend(options(), context);
      const error = await failureOf(() => backend.get('k', text), 'ERR_CACHE_BACKEND_UNAVAILABLE');
      expect(error.message).to.match(says);
      const shown = inspect(error, { depth: Infinity, showHidden: true });
      for (const secret of [PASSWORD, WRONG]) expect(shown).to.not.include(secret);
      await backend.close();
    });
  }

  it('waits longer where somebody has to change something, in a cluster and behind sentinels, too', () => {
    const reply = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });
    const ofCluster = (last: Error): Error => Object.assign(new Error('Failed to refresh'), { lastNodeError: last });
    const ofSentinels = (last: string): Error =>
      new Error(`All sentinels are unreachable and retry is disabled.${last && ` Last error: ${last}`}`);
    expect(needsOperator(ofCluster(reply('WRONGPASS invalid')))).to.equal(true);
    expect(needsOperator(ofCluster(reply('LOADING Redis is loading')))).to.equal(false);
    expect(needsOperator(ofCluster(new Error('Connection is closed.')))).to.equal(false);
    expect(needsOperator(ofSentinels('WRONGPASS invalid username'))).to.equal(true);
    expect(needsOperator(ofSentinels('Connection is closed.'))).to.equal(false);
    expect(needsOperator(ofSentinels(''))).to.equal(false);
  });
});
