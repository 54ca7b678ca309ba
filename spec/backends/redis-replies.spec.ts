import { inspect } from 'node:util';
import { expect } from 'chai';
import { ReplyError } from 'ioredis';
import { BackOff } from '#lib/util/back-off.js';
import { commandError, describeFailure } from '#lib/backends/redis/replies.js';

const SECRET = 's3cr3t-of-the-spec';

/** Words of servers and clients that cannot be had from the server of the specs. */
describe('redis backend: replies', () => {
  const reply = (message: string): Error => new (ReplyError as new (message: string) => Error)(message);

  const LEAKY: Error[] = [
    reply(`ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' '${SECRET}' `),
    reply(`NOPERM User ${SECRET} has no permissions to run the 'get' command`),
    new Error(`Command queue state error. If you can reproduce this, please report it. Last reply: a\n${SECRET}\nb`),
    new Error(`Command queue state error. If you can reproduce this, please report it. Last error: ERR ${SECRET}`),
    Object.assign(reply('ERR syntax error'), { command: { name: 'set', args: [SECRET] } }),
    Object.assign(new Error(`connect ECONNREFUSED redis://user:${SECRET}@h:1`), { code: 'ECONNREFUSED' }),
  ];
  for (const error of LEAKY) {
    it(`takes the secret out of: ${error.message.slice(0, 40).split(SECRET)[0]}`, () => {
      const known = commandError(error, 'specs');
      expect(inspect(known, { depth: 20, showHidden: true })).not.to.contain(SECRET);
      expect(known.cause).to.be.an('error').with.property('stack').that.contains('\n    at ');
      expect(describeFailure(error)).not.to.contain(SECRET);
    });
  }

  const CODES: [message: string, code: string, says: string][] = [
    ['LOADING Redis is loading the dataset in memory', 'ERR_CACHE_BACKEND_UNAVAILABLE', 'LOADING'],
    ['NOAUTH Authentication required.', 'ERR_CACHE_BACKEND_UNAVAILABLE', 'NOAUTH'],
    ['MASTERDOWN Link with MASTER is down', 'ERR_CACHE_BACKEND_UNAVAILABLE', 'MASTERDOWN'],
    ['MISCONF Redis is configured to save RDB snapshots', 'ERR_CACHE_BACKEND', 'MISCONF'],
    ['BUSY Redis is busy running a script', 'ERR_CACHE_BACKEND', 'BUSY'],
    ['Protocol error', 'ERR_CACHE_BACKEND', 'ERR'],
  ];
  for (const [message, code, says] of CODES) {
    it(`answers ${says} with ${code}`, () => {
      const error = commandError(reply(message), 'specs');
      expect(error.code).to.equal(code);
      expect(error.message).to.contain(`(${says})`);
      expect(error.cache).to.equal('specs');
    });
  }

  it('waits longer and longer up to 2 s, and at least 1 s after a refused login', () => {
    const backOff = new BackOff();
    const longest = Array.from({ length: 200 }, () => backOff.nextMs(false));
    expect(Math.max(...longest.slice(0, 2))).to.be.at.most(200);
    expect(Math.max(...longest)).to.be.within(1_500, 2_000);
    expect(Math.min(...longest)).to.be.at.least(50);
    expect(new Set(longest.slice(20)).size).to.be.above(100);
    expect(backOff.nextMs(true)).to.be.within(1_000, 2_000);
    backOff.reset();
    expect(backOff.nextMs(false)).to.be.within(50, 100);
  });
});
